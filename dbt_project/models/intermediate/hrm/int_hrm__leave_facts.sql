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

spells as (

    select * from {{ ref('int_hrm__person_months') }}

),

calendar_days as (

    select * from {{ ref('int_hrm__calendar_days') }}

),

entitlements as (

    select *
    from {{ ref('leave_entitlements') }}
    where population = 'civil_servants'

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
    where away.is_serving

),

-- working days of service by the calendar; the spell ends `last_day`, `days` days after it began
served as (

    select
        spells.*,
        lasts.work_days_so_far - firsts.work_days_so_far + firsts.work_day as work_days,
        spells.days
        * coalesce(spells.annual_leave_days, entitlements.calendar_days) / 365.0 as entitled_days
    from spells
    inner join coverage
        on
            spells.ministry_id = coverage.ministry_id
            and spells.period_start = coverage.period_start
    left join calendar_days as lasts on spells.day = lasts.day
    left join calendar_days as firsts
        on {{ add_days('spells.day', '1 - spells.days') }} = firsts.day
    left join entitlements
        on
            spells.day >= entitlements.valid_from
            and spells.day <= coalesce(entitlements.valid_to, date '9999-12-30')

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

at_end as (

    select
        spells.*,
        spells.is_on_long_leave or on_long_leave.person_key is not null as is_long_away
    from spells
    inner join long_leave_coverage
        on
            spells.ministry_id = long_leave_coverage.ministry_id
            and spells.period_start = long_leave_coverage.period_start
    left join on_long_leave
        on
            spells.person_key = on_long_leave.person_key
            and spells.period_start = on_long_leave.period_start
    where spells.is_end

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

    {{ facts('at_end', {
        'long_leave_known_end': 'count(*)',
        'on_long_leave_end': 'count(*) filter (where is_long_away)',
    }) }}

)

select * from final
