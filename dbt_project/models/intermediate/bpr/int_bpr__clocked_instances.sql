{% set epoch = "timestamp '2000-01-01 00:00:00'" -%}
with instances as (

    select * from {{ ref('int_bpr__instances') }}

),

activities as (

    select * from {{ ref('int_bpr__activities') }}

),

work_days as (

    select * from {{ ref('int_bpr__work_days') }}

),

suspensions as (

    select * from {{ ref('int_bpr__suspensions') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

senders as (

    select * from {{ ref('int_org__source_ministries') }}

),

deliveries as (

    select
        source,
        delivery_id,
        cast(row_number() over (order by delivery_id, source) as integer) as delivery_number
    from {{ ref('int_bpr__executions') }}
    group by
        source,
        delivery_id

),

clocked as (

    select
        instances.case_number,
        instances.activity_number,
        instances.started_at,
        instances.completed_at,
        instances.is_start_inferred,
        instances.resource_key,
        instances.role,
        instances.org_unit_id,
        instances.is_return as sends_back,
        instances.sequence,
        deliveries.delivery_number,
        coalesce(suspensions.paused_cal, 0) as paused_cal,
        coalesce(suspensions.paused_work, 0) as paused_work,
        {{ working_seconds('start_days', 'instances.started_at') }} as start_work,
        {{ working_seconds('end_days', 'instances.completed_at') }} as end_work
    from instances
    left join deliveries
        on
            instances.source = deliveries.source
            and instances.delivery_id = deliveries.delivery_id
    left join work_days as start_days
        on
            instances.calendar_id = start_days.calendar_id
            and cast(instances.started_at as date) = start_days.work_day
    left join work_days as end_days
        on
            instances.calendar_id = end_days.calendar_id
            and cast(instances.completed_at as date) = end_days.work_day
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
        lag(activity_number) over in_case as earlier_number,
        lag(completed_at) over in_case as earlier_completed_at,
        lag(end_work) over in_case as earlier_end_work,
        lead(activity_number) over in_case as next_number,
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
        activities.process_id,
        timed.case_number,
        timed.place_in_case,
        activities.activity,
        timed.started_at,
        timed.completed_at,
        timed.is_start_inferred,
        timed.resource_key,
        timed.role,
        timed.org_unit_id,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        timed.sends_back as is_return,
        activities.is_signoff,
        timed.start_work,
        timed.end_work,
        earlier.activity as earlier_activity,
        coalesce(timed.activity_number in (timed.earlier_number, timed.next_number), false)
            as is_repeated,
        timed.is_next_return,
        timed.next_resource_key <> timed.resource_key as is_handed_over,
        timed.next_org_unit_id <> timed.org_unit_id as is_handed_to_unit,
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
        end as wait_{{ clock }},
        -- what it waits for the row before it alone
        case
            when start_{{ clock }} is null or earlier_end_{{ clock }} is null then null
            when start_{{ clock }} > earlier_end_{{ clock }}
                then start_{{ clock }} - earlier_end_{{ clock }}
            else 0
        end as gap_{{ clock }}{{ ',' if not loop.last }}
    {% endfor %}
    from timed
    inner join activities on timed.activity_number = activities.activity_number
    left join activities as earlier on timed.earlier_number = earlier.activity_number
    left join deliveries on timed.delivery_number = deliveries.delivery_number
    left join senders on deliveries.source = senders.source
    left join units on timed.org_unit_id = units.org_unit_id

)

select * from final
