with responses as (

    select *
    from {{ ref('stg_survey__responses') }}
    where is_approved

),

final as (

    select
        instrument_id,
        instrument_version,
        wave_id,
        cast(min(submitted_at) as date) as period_start,
        cast(max(submitted_at) as date) as period_end,
        cast(date_trunc('month', max(submitted_at)) as date) as frame_month
    from responses
    group by
        instrument_id,
        instrument_version,
        wave_id

)

select * from final
