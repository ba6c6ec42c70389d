with instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

all_instances as (

    select * from {{ ref('int_bpr__instances') }}

),

-- a case is open on as_of where its log goes on afterwards
closed as (

    select
        case_number,
        min(case when is_case_closed then 1 else 0 end) = 1 as is_completed
    from all_instances
    group by case_number

),

final as (

    select
        instances.process_id,
        instances.case_number,
        min_by(instances.ministry_id, instances.place_in_case) filter (
            where instances.ministry_id is not null
        ) as ministry_id,
        closed.is_completed,
        count(*) as n_rows,
        count(*) filter (where instances.is_start_inferred) as n_inferred,
        min(instances.started_at) as started_at,
        max(instances.completed_at) as completed_at,
        max(instances.due_at) as due_at,
        -- in whole microseconds like the sums below, so that no case waits longer than it takes
        round(max(instances.end_cal) - min(instances.start_cal), 6) as lead_cal,
        count(instances.end_work - instances.start_work) = count(*) as is_in_calendar,
        round(max(instances.end_work) - min(instances.start_work), 6) as lead_work,
        min(instances.start_cal) as start_cal,
        min(instances.start_work) as start_work,
        max(instances.end_cal) as end_cal,
        {{ exact_seconds('instances.touch_cal') }} as touch_cal,
        {{ exact_seconds('instances.touch_work') }} as touch_work,
        {{ exact_seconds('instances.busy_cal') }} as busy_cal,
        {{ exact_seconds('instances.busy_work') }} as busy_work,
        {{ exact_seconds('coalesce(instances.wait_cal, 0)') }} as wait_cal,
        {{ exact_seconds('coalesce(instances.wait_work, 0)') }} as wait_work,
        count(*) filter (
            where instances.next_resource_key <> instances.resource_key
        ) as handoffs,
        count(*) filter (
            where instances.next_org_unit_id <> instances.org_unit_id
        ) as unit_handoffs,
        count(*) filter (where instances.is_signoff) as signoffs,
        count(*) - count(distinct instances.activity) as rework_rows,
        count(*) filter (where instances.is_return) as returns,
        {{ ordered_text('instances.activity', 'instances.place_in_case') }} as variant
    from instances
    inner join closed on instances.case_number = closed.case_number
    group by
        instances.process_id,
        instances.case_number,
        closed.is_completed

)

select * from final
