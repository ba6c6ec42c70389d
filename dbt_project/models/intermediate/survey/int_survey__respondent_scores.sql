with scored as (

    select * from {{ ref('int_survey__item_scores') }}

),

final as (

    select
        source,
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
            when
                count(item_score) < (min_answered_share - 0.005) * count(*)
                or score_family = 'percent_positive'
                then null
            when score_family = 'mean_native'
                then {{ exact_sum('item_native') }} / nullif(count(item_native), 0)
            when score_family = 'sum'
                then {{ exact_sum('item_native') }} * count(*) / nullif(count(item_native), 0)
            else {{ exact_sum('item_score') }} / nullif(count(item_score), 0)
        end as score
    from scored
    group by
        source,
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
