with absences as (

    select * from {{ ref('stg_leave__absences') }}

),

assignments as (

    select *
    from {{ ref('int_hrm__assignments') }}
    where long_leave_start is not null

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

-- two certificates for one day are one day
days as (

    select
        months.period_start,
        ranges.ministry_id,
        ranges.person_key,
        calendar_days.day,
        min(ranges.org_unit_id) as org_unit_id,
        min(ranges.kind) as kind,
        max(calendar_days.work_day) as work_day
    from ranges
    inner join months
        on
            ranges.start_date <= months.period_end
            and ranges.end_date >= months.period_start
    inner join calendar_days
        on
            calendar_days.day >= greatest(ranges.start_date, months.period_start)
            and calendar_days.day <= least(ranges.end_date, months.period_end)
    where ranges.ministry_id is not null
    group by
        months.period_start,
        ranges.ministry_id,
        ranges.person_key,
        calendar_days.day

),

final as (

    select
        period_start,
        ministry_id,
        person_key,
        min(org_unit_id) as given_unit_id,
        max(day) as day,
        sum(work_day) filter (where kind = 1) as long_work_days,
        sum(work_day) filter (where kind = 2) as sick_work_days,
        count(*) filter (where kind = 3) as annual_days
    from days
    group by
        period_start,
        ministry_id,
        person_key

)

select * from final
