with responses as (

    select * from {{ ref('int_survey__valid_responses') }}

),

-- an export without moments of submission is dated by its delivery
final as (

    select
        instrument_id,
        wave_id,
        cast(coalesce(min(submitted_at), min(known_from)) as date) as period_start,
        cast(coalesce(max(submitted_at), max(known_from)) as date) as period_end,
        cast(
            date_trunc('month', coalesce(max(submitted_at), max(known_from))) as date
        ) as frame_month
    from responses
    group by
        instrument_id,
        wave_id

)

select * from final
