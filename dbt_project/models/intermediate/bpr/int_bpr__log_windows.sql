with instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

processes as (

    select * from {{ ref('int_bpr__processes') }}

),

work_days as (

    select * from {{ ref('int_bpr__work_days') }}

),

executions as (

    select
        process_id,
        count(*) filter (where completed_at is null) as rows_unfinished
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

-- rows that one person completed in one second
seconds_of_persons as (

    select
        process_id,
        resource_key,
        floor(end_cal) as end_second,
        count(*) as rows_together
    from instances
    where resource_key is not null
    group by
        process_id,
        resource_key,
        floor(end_cal)

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
        count(*) filter (where end_cal - 86400 * floor(end_cal / 86400) = 0) as rows_at_midnight,
        min(start_cal) as opens_cal,
        max(end_cal) as closes_cal,
        max(end_work) as closes_work,
        cast(min(started_at) as date) as first_day,
        cast(max(completed_at) as date) as last_day,
        max(completed_at) as closes_at
    from instances
    group by process_id

),

working as (

    select
        spans.process_id,
        count(*) as work_days
    from spans
    inner join processes on spans.process_id = processes.process_id
    inner join work_days
        on
            processes.calendar_id = work_days.calendar_id
            and work_days.work_day between spans.first_day and spans.last_day
            and work_days.slot_1_seconds + work_days.slot_2_seconds > 0
    group by spans.process_id

),

thresholds as (

    select
        max(case when parameter = 'log_midnight_share_max' then value else null end)
            as midnight_share_max,
        max(case when parameter = 'log_at_once_share_max' then value else null end)
            as at_once_share_max
    from {{ ref('parameters') }}

),

final as (

    select
        spans.*,
        cases.cases,
        cases.cases_open,
        executions.rows_unfinished,
        coalesce(seconds_shared.rows_of_persons, 0) as rows_of_persons,
        coalesce(seconds_shared.rows_at_once, 0) as rows_at_once,
        working.work_days,
        spans.closes_cal - spans.opens_cal as span_seconds,
        spans.rows_at_midnight > thresholds.midnight_share_max * spans.n_rows as is_date_only,
        coalesce(
            seconds_shared.rows_at_once
            > thresholds.at_once_share_max * seconds_shared.rows_of_persons,
            false
        ) as is_bulk
    from spans
    inner join cases on spans.process_id = cases.process_id
    inner join executions on spans.process_id = executions.process_id
    cross join thresholds
    left join seconds_shared on spans.process_id = seconds_shared.process_id
    left join working on spans.process_id = working.process_id

)

select * from final
