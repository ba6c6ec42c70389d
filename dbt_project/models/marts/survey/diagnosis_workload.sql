with leaves as (

    select * from {{ ref('int_survey__tasks') }}
    where task_function is not null

),

closure as (

    select * from {{ ref('int_org__closure') }}
    where is_greatest

),

parameters as (

    select
        max(case when parameter = 'annual_work_hours' then value else null end) as year_hours,
        max(case when parameter = 'fte_allowance_share' then value else null end) as allowance
    from {{ ref('parameters') }}

),

{{ placed_by_wave() }},

sums as (

    select
        instrument_id,
        wave_id,
        org_view,
        ancestor_id,
        task_function,
        count(distinct source || ' ' || response_key) as n,
        sum(month_volume * task_min) / 60.0 as month_hours
    from placed
    group by grouping sets (
        (instrument_id, wave_id, org_view, ancestor_id),
        (instrument_id, wave_id, org_view, ancestor_id, task_function)
    )

),

persons as (

    select
        instrument_id,
        wave_id,
        org_view,
        ancestor_id,
        n as respondents
    from sums
    where task_function is null

),

final as (

    select
        sums.instrument_id,
        sums.wave_id,
        sums.ancestor_id as org_unit_id,
        sums.org_view,
        'wave' as period_kind,
        waves.period_start,
        waves.period_end,
        case when sums.task_function is null then 'all' else 'task_function' end as dimension_1,
        coalesce(sums.task_function, 'all') as category_1,
        sums.n,
        persons.respondents,
        cast(sums.month_hours as double) as month_hours,
        cast(
            sums.month_hours * 12 * (1 + parameters.allowance) / nullif(parameters.year_hours, 0)
            as double
        ) as fte_demand,
        cast(
            sums.month_hours * 12 * (1 + parameters.allowance)
            / nullif(parameters.year_hours * persons.respondents, 0) as double
        ) as fte_per_person,
        'A' as obs_status,
        'F' as conf_status
    from sums
    inner join persons
        on
            sums.instrument_id = persons.instrument_id
            and sums.wave_id = persons.wave_id
            and sums.org_view = persons.org_view
            and sums.ancestor_id = persons.ancestor_id
    inner join waves
        on
            sums.instrument_id = waves.instrument_id
            and sums.wave_id = waves.wave_id
    cross join parameters

)

select * from final
