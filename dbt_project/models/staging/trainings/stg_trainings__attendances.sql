with source as (

    select * from {{ source('lake', 'trainings') }}

),

types as (

    select * from {{ ref('training_type') }}

),

results as (

    select * from {{ ref('training_result') }}

),

units as (

    select * from {{ ref('hours_unit') }}

),

final as (

    select
        -- keys
        source._source as source,
        source.training_id,
        source.person_key,
        source.org_unit_id,
        -- course
        source.type,
        coalesce(source.mandatory_flag, types.is_mandatory) as mandatory_flag,
        coalesce(types.is_development, false) as is_development,
        coalesce(types.is_induction, false) as is_induction,
        source.provider,
        source.start_date,
        source.end_date,
        source.hours,
        source.hours * coalesce(units.clock_hours, 1) as clock_hours,
        -- result; null while the course runs
        source.result,
        coalesce(results.is_completed, false) as is_completed,
        -- cost in UZS
        source.cost,
        source.cost_payer
    from source
    left join types on source.type = types.code
    left join results on source.result = results.code
    left join units on coalesce(source.hours_unit, 'academic') = units.code

)

select * from final
