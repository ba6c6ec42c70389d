with cells as (

    select * from {{ ref('int_survey__cells') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

persons as (

    select
        period_start,
        ministry_id,
        sex,
        position_group,
        count(*) as persons
    from {{ ref('int_hrm__person_months') }}
    where
        is_end
        and scope <> 'service'
        and period_start in (select waves.frame_month from waves)
    group by
        period_start,
        ministry_id,
        sex,
        position_group

),

-- ministries that took part
taking_part as (

    select distinct
        instrument_id,
        instrument_version,
        wave_id,
        ministry
    from cells
    where ministry is not null

),

final as (

    select
        taking_part.instrument_id,
        taking_part.instrument_version,
        taking_part.wave_id,
        taking_part.ministry,
        persons.sex,
        persons.position_group,
        persons.persons
    from taking_part
    inner join waves
        on
            taking_part.instrument_id = waves.instrument_id
            and taking_part.wave_id = waves.wave_id
    inner join persons
        on
            taking_part.ministry = persons.ministry_id
            and waves.frame_month = persons.period_start

)

select * from final
