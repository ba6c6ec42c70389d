with instances as (

    select * from {{ ref('int_bpr__instances') }}

),

processes as (

    select * from {{ ref('stg_processes__processes') }}

),

work_days as (

    select * from {{ ref('int_bpr__work_days') }}

),

-- what as_of does not know yet has not happened
clocked as (

    select
        instances.*,
        {{ seconds_between("timestamp '2000-01-01 00:00:00'", 'instances.started_at') }}
            as start_cal,
        {{ seconds_between("timestamp '2000-01-01 00:00:00'", 'instances.completed_at') }}
            as end_cal,
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
    where instances.is_known

),

freed as (

    select
        *,
        max(end_cal) over earlier_rows as free_cal,
        max(end_work) over earlier_rows as free_work,
        lead(resource_key) over in_case as next_resource_key
    from clocked
    window
        in_case as (partition by case_number order by place_in_case),
        earlier_rows as (
            partition by case_number
            order by place_in_case
            rows between unbounded preceding and 1 preceding
        )

),

-- the first row of a case waits for nothing: null, not zero
final as (

    select
        *,
    {% for clock in ['cal', 'work'] -%}
        case
            when start_{{ clock }} is null or free_{{ clock }} is null then null
            when start_{{ clock }} > free_{{ clock }} then start_{{ clock }} - free_{{ clock }}
            else 0
        end as wait_{{ clock }}{{ ',' if not loop.last }}
    {% endfor %}
    from freed

)

select * from final
