with instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

cases as (

    select * from {{ ref('int_bpr__cases_by_org') }}

),

measured as (

    select
        cases.org_unit_id,
        instances.process_id,
        instances.activity as step_id,
        instances.case_number,
        cases.has_calendar,
        cases.rework_rows > 0 as is_reworked,
        instances.is_start_inferred,
        instances.is_next_return,
        case
            when cases.has_calendar then instances.touch_work
            else instances.touch_cal
        end as touch_seconds,
        case
            when cases.has_calendar then instances.wait_work
            else instances.wait_cal
        end as wait_seconds
    from instances
    inner join cases on instances.case_number = cases.case_number
    where cases.is_completed

),

final as (

    select
        process_id,
        org_unit_id,
        step_id,
        has_calendar,
        -- only a case with rework passes a step twice
        count(*) filter (where not is_reworked)
        + count(distinct case when is_reworked then case_number else null end) as cases,
        count(*) as instances,
        count(*) filter (where is_start_inferred) as n_inferred,
        count(wait_seconds) as waits,
        count(touch_seconds) as instances_timed,
        count(*) filter (where is_next_return and not is_reworked)
        + count(distinct case when is_next_return and is_reworked then case_number else null end)
            as cases_returned,
        {{ exact_sum('touch_seconds * touch_seconds') }} as touch_squares,
        {{ exact_sum('wait_seconds * wait_seconds') }} as wait_squares,
        {{ exact_seconds('wait_seconds') }} as wait_seconds,
        {{ exact_seconds('touch_seconds') }} as touch_seconds,
        percentile_cont(0.5) within group (order by touch_seconds) as touch_seconds_p50,
        percentile_cont(0.5) within group (order by wait_seconds) as wait_seconds_p50
    from measured
    group by
        process_id,
        org_unit_id,
        step_id,
        has_calendar

)

select * from final
