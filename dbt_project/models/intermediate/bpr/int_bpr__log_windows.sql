with processes as (

    select * from {{ ref('int_bpr__processes') }}

),

work_days as (

    select * from {{ ref('int_bpr__work_days') }}

),

executions as (

    select
        process_id,
        count(*) filter (where completed_at is null) as rows_unfinished,
        count(is_return) > 0 as tells_returns
    from {{ ref('int_bpr__executions') }}
    group by process_id

),

cases as (

    select
        process_id,
        count(*) as cases,
        count(*) filter (where not is_completed) as cases_open
    from {{ ref('int_bpr__cases') }}
    group by process_id

),

-- activities that take time; where none does, all are looked at
activities as (

    select
        process_id,
        activity,
        max(case when completed_at > started_at then 1 else 0 end) = 1 as takes_time,
        max(max(case when completed_at > started_at then 1 else 0 end)) over (
            partition by process_id
        ) = 1 as any_takes_time
    from {{ ref('int_bpr__clocked_instances') }}
    group by
        process_id,
        activity

),

-- rows that one person completed in one second; moments have no work that this could spoil
seconds_of_persons as (

    select
        instances.process_id,
        instances.resource_key,
        date_trunc('second', instances.completed_at) as end_second,
        count(*) as rows_together
    from {{ ref('int_bpr__clocked_instances') }} as instances
    inner join activities
        on
            instances.process_id = activities.process_id
            and instances.activity = activities.activity
    where
        instances.resource_key is not null
        and activities.takes_time = activities.any_takes_time
    group by
        instances.process_id,
        instances.resource_key,
        date_trunc('second', instances.completed_at)

),

seconds_shared as (

    select
        process_id,
        cast(sum(rows_together) as bigint) as rows_of_persons,
        cast(
            sum(case when rows_together > 1 then rows_together else 0 end) as bigint
        ) as rows_at_once
    from seconds_of_persons
    group by process_id

),

spans as (

    select
        process_id,
        count(*) as n_rows,
        count(*) filter (where is_start_inferred) as rows_start_inferred,
        count(*) filter (where resource_key is null) as rows_unnamed,
        count(*) filter (where org_unit_id is null) as rows_without_unit,
        count(*) filter (where completed_at = date_trunc('day', completed_at))
            as rows_at_midnight,
        {{ seconds_between("timestamp '2000-01-01 00:00:00'", 'min(started_at)') }} as opens_cal,
        {{ seconds_between("timestamp '2000-01-01 00:00:00'", 'max(completed_at)') }} as closes_cal,
        max(end_work) as closes_work,
        cast(min(started_at) as date) as first_day,
        cast(max(completed_at) as date) as last_day,
        max(completed_at) as closes_at
    from {{ ref('int_bpr__clocked_instances') }}
    group by process_id

),

-- days that a sender far away wrote as midnight stand at another hour here, in summer at the next
hours as (

    select
        process_id,
        extract(hour from completed_at) as hour_of_day,
        count(*) as rows_at_hour
    from {{ ref('int_bpr__clocked_instances') }}
    where completed_at = date_trunc('hour', completed_at)
    group by
        process_id,
        extract(hour from completed_at)

),

two_hours as (

    select
        first_hours.process_id,
        max(first_hours.rows_at_hour + coalesce(next_hours.rows_at_hour, 0)) as rows_at_one_time
    from hours as first_hours
    left join hours as next_hours
        on
            first_hours.process_id = next_hours.process_id
            and (first_hours.hour_of_day + 1) % 24 = next_hours.hour_of_day
    group by first_hours.process_id

),

-- days that the calendar does not know count at the rate of those it knows
working as (

    select
        spans.process_id,
        count(*) filter (where work_days.slot_1_seconds + work_days.slot_2_seconds > 0)
        * (
            cast({{ days_between('max(spans.first_day)', 'max(spans.last_day)') }} + 1 as double)
            / count(*)
        ) as work_days
    from spans
    inner join processes on spans.process_id = processes.process_id
    inner join work_days
        on
            processes.calendar_id = work_days.calendar_id
            and work_days.work_day between spans.first_day and spans.last_day
    group by spans.process_id

),

thresholds as (

    select
        max(case when parameter = 'log_midnight_share_max' then value else null end)
            as midnight_share_max,
        max(case when parameter = 'log_at_once_share_max' then value else null end)
            as at_once_share_max,
        max(case when parameter = 'log_inferred_share_max' then value else null end)
            as inferred_share_max,
        max(case when parameter = 'log_unnamed_share_max' then value else null end)
            as unnamed_share_max,
        max(case when parameter = 'log_cases_min' then value else null end) as rows_min
    from {{ ref('parameters') }}

),

judged as (

    select
        spans.*,
        cases.cases,
        cases.cases_open,
        executions.rows_unfinished,
        executions.tells_returns,
        coalesce(seconds_shared.rows_of_persons, 0) as rows_of_persons,
        coalesce(seconds_shared.rows_at_once, 0) as rows_at_once,
        working.work_days,
        spans.closes_cal - spans.opens_cal as span_seconds,
        greatest(
            spans.rows_at_midnight,
            case
                when spans.n_rows >= thresholds.rows_min
                    then coalesce(two_hours.rows_at_one_time, 0)
                else 0
            end
        ) as rows_at_one_time,
        spans.rows_unnamed > thresholds.unnamed_share_max * spans.n_rows as is_unnamed,
        spans.rows_without_unit > thresholds.unnamed_share_max * spans.n_rows as is_without_unit,
        spans.rows_start_inferred > thresholds.inferred_share_max * spans.n_rows as is_inferred,
        thresholds.midnight_share_max,
        coalesce(
            seconds_shared.rows_at_once
            > thresholds.at_once_share_max * seconds_shared.rows_of_persons,
            false
        ) as is_bulk
    from spans
    inner join cases on spans.process_id = cases.process_id
    inner join executions on spans.process_id = executions.process_id
    cross join thresholds
    left join two_hours on spans.process_id = two_hours.process_id
    left join seconds_shared on spans.process_id = seconds_shared.process_id
    left join working on spans.process_id = working.process_id

),

dated as (

    select
        *,
        rows_at_one_time > midnight_share_max * n_rows as is_date_only
    from judged

),

-- stamps that are days, entered in bulk, or worked out from persons whom nobody names say
-- nothing of hours at work
final as (

    select
        *,
        is_date_only or is_bulk or (is_inferred and is_unnamed) as is_coarse
    from dated

)

select * from final
