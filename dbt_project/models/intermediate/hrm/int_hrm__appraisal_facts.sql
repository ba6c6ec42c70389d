with appraised as (

    select * from {{ ref('int_hrm__appraised') }}

),

spells as (

    select *
    from {{ ref('int_hrm__spells') }}
    where scope <> 'service'

),

parameters as (

    select
        cast(max(case when parameter = 'appraisal_min_days' then value else null end) as integer)
            as min_days
    from {{ ref('parameters') }}

),

-- a cycle of a ministry counts in the month in which the first of it is due
cycles as (

    select
        ministry_id,
        cycle,
        min(cycle_start) as cycle_start,
        max(day) as cycle_end,
        min(period_start) as period_start
    from appraised
    group by
        ministry_id,
        cycle

),

served as (

    select
        cycles.ministry_id,
        cycles.cycle,
        cycles.period_start,
        spells.person_key,
        max(least(spells.valid_to, cycles.cycle_end)) as day,
        sum(
            {{ days_between(
                'greatest(spells.valid_from, cycles.cycle_start)',
                'least(spells.valid_to, cycles.cycle_end)'
            ) }} + 1
        ) as days
    from cycles
    inner join spells
        on
            cycles.ministry_id = spells.ministry_id
            and cycles.cycle_end >= spells.valid_from
            and cycles.cycle_start <= spells.valid_to
    group by
        cycles.ministry_id,
        cycles.cycle,
        cycles.period_start,
        spells.person_key

),

completed as (

    select distinct
        ministry_id,
        cycle,
        person_key
    from appraised
    where is_completed

),

eligible as (

    select
        served.ministry_id,
        served.person_key,
        served.period_start,
        served.day,
        cast(null as varchar) as given_unit_id,
        completed.person_key is not null as is_completed
    from served
    cross join parameters
    left join completed
        on
            served.ministry_id = completed.ministry_id
            and served.cycle = completed.cycle
            and served.person_key = completed.person_key
    where served.days >= parameters.min_days

),

described as (

    {{ as_on_day('eligible', ['period_start', 'is_completed']) }}

),

final as (

    {{ facts('described', {
        'persons_eligible': 'count(*)',
        'persons_appraised': 'count(*) filter (where is_completed)',
    }) }}

    union all

    {{ facts('appraised', {
        'appraisals_due': 'count(*)',
        'appraisals_on_time': 'count(*) filter (where is_on_time)',
        'persons_rated': 'count(*) filter (where is_rated)',
        'persons_rated_top': 'count(*) filter (where is_rated and is_top)',
        'kpi_scored': 'count(kpi_score)',
        'kpi_scores': 'sum(kpi_score)',
    }) }}

)

select * from final
