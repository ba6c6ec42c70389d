with instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

final as (

    select
        instances.process_id,
        instances.case_number,
        min_by(instances.ministry_id, instances.place_in_case) filter (
            where instances.ministry_id is not null
        ) as ministry_id,
        instances.is_completed,
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
        count(*) filter (where instances.is_handed_over) as handoffs,
        count(*) filter (where instances.is_handed_to_unit) as unit_handoffs,
        count(*) filter (where instances.is_signoff) as signoffs,
        count(*) - count(distinct instances.activity) as rework_rows,
        count(*) filter (where instances.is_return) as returns,
        {{ ordered_text('instances.activity', 'instances.place_in_case') }} as variant
    from instances
    group by
        instances.process_id,
        instances.case_number,
        instances.is_completed

)

select * from final
