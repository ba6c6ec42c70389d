with scored as (

    select * from {{ ref('int_survey__item_scores') }}

),

final as (

    select
        response_key,
        instrument_id,
        instrument_version,
        wave_id,
        org_unit_id,
        sex,
        submitted_at,
        index_id,
        score_family,
        -- half a percent of tolerance: 0.67 means two of three
        case
            when count(item_score) >= (min_answered_share - 0.005) * count(*)
                then {{ exact_sum('item_score') }} / nullif(count(item_score), 0)
            else null
        end as score
    from scored
    group by
        response_key,
        instrument_id,
        instrument_version,
        wave_id,
        org_unit_id,
        sex,
        submitted_at,
        index_id,
        score_family,
        min_answered_share

)

select * from final
