with scores as (

    select * from {{ ref('int_survey__item_scores') }}

),

ministries as (

    select * from {{ ref('int_org__unit_ministries') }}

),

final as (

    select
        scores.response_key,
        scores.instrument_id,
        scores.instrument_version,
        scores.wave_id,
        scores.index_id,
        scores.org_unit_id,
        ministries.ministry_id,
        scores.item_id,
        scores.item_score
    from scores
    left join ministries on scores.org_unit_id = ministries.org_unit_id

)

select * from final
