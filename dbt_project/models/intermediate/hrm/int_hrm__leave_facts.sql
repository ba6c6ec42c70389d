with days_away as (

    select * from {{ ref('int_hrm__days_away') }}

),

coverage as (

    select *
    from {{ ref('int_hrm__coverage') }}
    where kind = 'leave'

),

long_leave_coverage as (

    select distinct
        ministry_id,
        period_start
    from {{ ref('int_hrm__coverage') }}
    where kind in ('leave', 'long_leave')

),

calendar_days as (

    select * from {{ ref('int_hrm__calendar_days') }}

),

entitlements as (

    select * from {{ ref('leave_entitlements') }}

),

long_absences as (

    select *
    from {{ ref('stg_leave__absences') }}
    where is_long_leave

),

months as (

    select * from {{ ref('int_org__months') }}

),

away as (

    {{ as_on_day('days_away', [
        'period_start', 'long_work_days', 'sick_work_days', 'annual_days',
    ]) }}

),

covered_away as (

    select away.*
    from away
    inner join coverage
        on
            away.ministry_id = coverage.ministry_id
            and away.period_start = coverage.period_start

),

-- persons alike and counted from the same day to the same day
alike as (

    select
        scope,
        ministry_id,
        period_start,
        org_unit_id,
        {{ fact_dimensions() | join(', ') }},
        day,
        days,
        is_end,
        annual_leave_days,
        count(*) as persons
    from {{ ref('int_hrm__person_months') }}
    group by
        scope,
        ministry_id,
        period_start,
        org_unit_id,
        {{ fact_dimensions() | join(', ') }},
        day,
        days,
        is_end,
        annual_leave_days

),

-- working days of service by the calendar; the spell ends `last_day`, `days` days after it began
served as (

    select
        alike.*,
        alike.persons
        * (lasts.work_days_so_far - firsts.work_days_so_far + firsts.work_day) as work_days,
        alike.persons
        * alike.days
        * coalesce(alike.annual_leave_days, entitlements.calendar_days) / 365.0 as entitled_days
    from alike
    inner join coverage
        on
            alike.ministry_id = coverage.ministry_id
            and alike.period_start = coverage.period_start
    left join calendar_days as lasts on alike.day = lasts.day
    left join calendar_days as firsts
        on {{ add_days('alike.day', '1 - alike.days') }} = firsts.day
    left join entitlements
        on
            entitlements.population
            = case
                when alike.position_group = 'technical' then 'all_staff' else 'civil_servants'
            end
            and alike.day >= entitlements.valid_from
            and alike.day <= coalesce(entitlements.valid_to, date '9999-12-30')

),

on_long_leave as (

    select distinct
        long_absences.person_key,
        months.period_start
    from long_absences
    inner join months
        on
            long_absences.start_date <= months.period_end
            and long_absences.end_date >= months.period_end

),

known_at_end as (

    select alike.*
    from alike
    inner join long_leave_coverage
        on
            alike.ministry_id = long_leave_coverage.ministry_id
            and alike.period_start = long_leave_coverage.period_start
    where alike.is_end

),

away_at_end as (

    select spells.*
    from {{ ref('int_hrm__person_months') }} as spells
    inner join long_leave_coverage
        on
            spells.ministry_id = long_leave_coverage.ministry_id
            and spells.period_start = long_leave_coverage.period_start
    left join on_long_leave
        on
            spells.person_key = on_long_leave.person_key
            and spells.period_start = on_long_leave.period_start
    where
        spells.is_end
        and (spells.is_on_long_leave or on_long_leave.person_key is not null)

),

final as (

    {{ facts('covered_away', {
        'sick_work_days': 'sum(sick_work_days)',
        'available_work_days': '-sum(long_work_days)',
        'annual_leave_days': 'sum(annual_days)',
    }) }}

    union all

    {{ facts('served', {
        'available_work_days': 'sum(work_days)',
        'entitled_leave_days': 'sum(entitled_days)',
    }) }}

    union all

    {{ facts('known_at_end', {'long_leave_known_end': 'sum(persons)'}) }}

    union all

    {{ facts('away_at_end', {'on_long_leave_end': 'count(*)'}) }}

)

select * from final
