{% set epoch = "timestamp '2000-01-01 00:00:00'" -%}
with instances as (

    select * from {{ ref('int_bpr__instances') }}

),

processes as (

    select * from {{ ref('stg_processes__processes') }}

),

work_days as (

    select * from {{ ref('int_bpr__work_days') }}

),

suspensions as (

    select * from {{ ref('int_bpr__suspensions') }}

),

steps as (

    select * from {{ ref('stg_processes__steps') }}

),

clocked as (

    select
        instances.process_id,
        instances.case_number,
        instances.activity,
        instances.started_at,
        instances.completed_at,
        instances.is_start_inferred,
        instances.resource_key,
        instances.role,
        instances.org_unit_id,
        instances.ministry_id,
        instances.sequence,
        instances.delivery_number,
        coalesce(suspensions.paused_cal, 0) as paused_cal,
        coalesce(suspensions.paused_work, 0) as paused_work,
        coalesce(instances.is_return, steps.is_return, false) as sends_back,
        coalesce(steps.signoffs, 0) > 0 as is_signoff,
        {{ working_seconds('start_days', 'instances.started_at') }} as start_work,
        {{ working_seconds('end_days', 'instances.completed_at') }} as end_work
    from instances
    left join processes on instances.process_id = processes.process_id
    left join work_days as start_days
        on
            processes.calendar_id = start_days.calendar_id
            and cast(instances.started_at as date) = start_days.work_day
    left join work_days as end_days
        on
            processes.calendar_id = end_days.calendar_id
            and cast(instances.completed_at as date) = end_days.work_day
    left join steps
        on
            instances.process_id = steps.process_id
            and instances.activity = steps.step_id
    left join suspensions
        on
            instances.process_id = suspensions.process_id
            and instances.case_id = suspensions.case_id
            and instances.activity = suspensions.activity
            and instances.execution_id = suspensions.execution_id

),

-- one pass in the order of the case says all that a row asks of its neighbours
freed as (

    select
        *,
        row_number() over in_case as place_in_case,
        max(completed_at) over earlier_rows as free_at,
        max(end_work) over earlier_rows as free_work,
        lag(activity) over in_case as earlier_activity,
        lag(completed_at) over in_case as earlier_completed_at,
        lag(end_work) over in_case as earlier_end_work,
        lead(activity) over in_case as next_activity,
        lead(sends_back) over in_case as is_next_return,
        lead(resource_key) over in_case as next_resource_key,
        lead(org_unit_id) over in_case as next_org_unit_id
    from clocked
    window
        in_case as (
            partition by case_number
            order by started_at, completed_at, sequence, delivery_number
        ),
        earlier_rows as (
            partition by case_number
            order by started_at, completed_at, sequence, delivery_number
            rows between unbounded preceding and 1 preceding
        )

),

timed as (

    select
        *,
        {{ seconds_between(epoch, 'started_at') }} as start_cal,
        {{ seconds_between(epoch, 'completed_at') }} as end_cal,
        {{ seconds_between(epoch, 'free_at') }} as free_cal,
        {{ seconds_between(epoch, 'earlier_completed_at') }} as earlier_end_cal
    from freed

),

-- the first row of a case waits for nothing: null, not zero
final as (

    select
        process_id,
        case_number,
        place_in_case,
        activity,
        started_at,
        completed_at,
        is_start_inferred,
        resource_key,
        role,
        org_unit_id,
        ministry_id,
        sends_back as is_return,
        is_signoff,
        start_cal,
        end_cal,
        start_work,
        end_work,
        earlier_activity,
        earlier_end_cal,
        earlier_end_work,
        next_activity,
        is_next_return,
        next_resource_key <> resource_key as is_handed_over,
        next_org_unit_id <> org_unit_id as is_handed_to_unit,
    {% for clock in ['cal', 'work'] -%}
        end_{{ clock }} - start_{{ clock }} - paused_{{ clock }} as touch_{{ clock }},
        case
            when free_{{ clock }} is null or free_{{ clock }} <= start_{{ clock }}
                then end_{{ clock }} - start_{{ clock }}
            when free_{{ clock }} < end_{{ clock }} then end_{{ clock }} - free_{{ clock }}
            else 0
        end as busy_{{ clock }},
        case
            when start_{{ clock }} is null or free_{{ clock }} is null then null
            when start_{{ clock }} > free_{{ clock }} then start_{{ clock }} - free_{{ clock }}
            else 0
        end as wait_{{ clock }}{{ ',' if not loop.last }}
    {% endfor %}
    from timed

)

select * from final
