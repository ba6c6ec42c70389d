with absences as (

    select * from {{ ref('stg_leave__absences') }}

),

assignments as (

    select *
    from {{ ref('int_hrm__assignments') }}
    where long_leave_start is not null

),

spells as (

    select *
    from {{ ref('int_hrm__spells') }}
    where scope <> 'service'

),

calendar_days as (

    select * from {{ ref('int_hrm__calendar_days') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

-- parental and other long leave stands before all other leave of the same day
ranges as (

    select
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        absences.person_key,
        absences.org_unit_id,
        case
            when absences.is_long_leave or absences.leave_class = 'parental' then 1
            when absences.leave_class = 'sickness' then 2
            when absences.leave_class = 'annual' then 3
            else 4
        end as kind,
        absences.start_date,
        absences.end_date
    from absences
    {{ ministry_of('absences') }}

    union all

    select
        ministry_id,
        person_key,
        org_unit_id,
        1 as kind,
        greatest(long_leave_start, start_date) as start_date,
        least(coalesce(long_leave_end, end_date), end_date) as end_date
    from assignments

),

-- nobody is away from a post that is not held; each day belongs to the post of the day
served as (

    select
        ranges.ministry_id,
        ranges.person_key,
        ranges.org_unit_id,
        ranges.kind,
        spells.valid_from as held_from,
        greatest(ranges.start_date, spells.valid_from) as start_date,
        least(ranges.end_date, spells.valid_to) as end_date
    from ranges
    inner join spells
        on
            ranges.person_key = spells.person_key
            and ranges.ministry_id = spells.ministry_id
            and ranges.start_date <= spells.valid_to
            and ranges.end_date >= spells.valid_from

),

bounds as (

    select
        min(day) as first_day,
        max(day) as last_day
    from calendar_days

),

-- the days of each in each month, within the calendar
stretches as (

    select
        months.period_start,
        served.ministry_id,
        served.person_key,
        served.org_unit_id,
        served.kind,
        served.held_from,
        greatest(served.start_date, months.period_start, bounds.first_day) as first_day,
        least(served.end_date, months.period_end, bounds.last_day) as last_day
    from served
    inner join months
        on
            served.start_date <= months.period_end
            and served.end_date >= months.period_start
    cross join bounds

),

ordered as (

    select
        *,
        count(*) over (
            partition by period_start, ministry_id, person_key, held_from
        ) > 1 as is_one_of_several
    from stretches
    where first_day <= last_day

),

-- two certificates for one day are one day
days as (

    select
        ordered.period_start,
        ordered.ministry_id,
        ordered.person_key,
        ordered.held_from,
        calendar_days.day,
        min(ordered.org_unit_id) as org_unit_id,
        min(ordered.kind) as kind,
        max(calendar_days.work_day) as work_day
    from ordered
    inner join calendar_days
        on
            ordered.first_day <= calendar_days.day
            and ordered.last_day >= calendar_days.day
    where ordered.is_one_of_several
    group by
        ordered.period_start,
        ordered.ministry_id,
        ordered.person_key,
        ordered.held_from,
        calendar_days.day

),

-- most are away once in a month, and need not be looked at day by day
away as (

    select
        ordered.period_start,
        ordered.ministry_id,
        ordered.person_key,
        ordered.org_unit_id,
        ordered.kind,
        ordered.held_from,
        ordered.last_day as day,
        lasts.work_days_so_far - firsts.work_days_so_far + firsts.work_day as work_days,
        {{ days_between('ordered.first_day', 'ordered.last_day') }} + 1 as n_days
    from ordered
    inner join calendar_days as firsts on ordered.first_day = firsts.day
    inner join calendar_days as lasts on ordered.last_day = lasts.day
    where not ordered.is_one_of_several

    union all

    select
        period_start,
        ministry_id,
        person_key,
        org_unit_id,
        kind,
        held_from,
        day,
        work_day as work_days,
        1 as n_days
    from days

),

final as (

    select
        period_start,
        ministry_id,
        person_key,
        min(org_unit_id) as given_unit_id,
        max(day) as day,
        sum(work_days) filter (where kind = 1) as long_work_days,
        sum(work_days) filter (where kind = 2) as sick_work_days,
        coalesce(sum(n_days) filter (where kind = 3), 0) as annual_days
    from away
    group by
        period_start,
        ministry_id,
        person_key,
        held_from

)

select * from final
