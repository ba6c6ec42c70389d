with instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

summed as (

    select
        instances.case_number,
        min_by(instances.ministry_id, instances.place_in_case) filter (
            where instances.ministry_id is not null
        ) as ministry_id,
        count(*) as n_rows,
        count(*) filter (where instances.is_start_inferred) as n_inferred,
        min(instances.started_at) as started_at,
        max(instances.completed_at) as completed_at,
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
        count(*) filter (where instances.is_return) as returns,
        {{ ordered_text('instances.activity', 'instances.place_in_case') }} as variant
    from instances
    group by instances.case_number

),

cases as (

    select
        summed.*,
        case_keys.process_id,
        case_keys.is_completed,
        case_keys.due_at
    from summed
    inner join {{ ref('int_bpr__case_keys') }} as case_keys
        on summed.case_number = case_keys.case_number

),

-- what hangs on steps and their order alone is looked up in one case of those that went alike
ways as (

    select
        process_id,
        variant,
        min(case_number) as way_number
    from cases
    group by
        process_id,
        variant

),

way_steps as (

    select
        ways.way_number,
        count(distinct instances.activity) as different_steps
    from ways
    inner join instances on ways.way_number = instances.case_number
    group by ways.way_number

),

final as (

    select
        cases.*,
        ways.way_number,
        cases.n_rows - way_steps.different_steps as rework_rows
    from cases
    inner join ways
        on
            cases.process_id = ways.process_id
            and cases.variant = ways.variant
    inner join way_steps on ways.way_number = way_steps.way_number

)

select * from final
