with events as (

    select * from {{ ref('int_bpr__lifecycle_events') }}

),

processes as (

    select * from {{ ref('stg_processes__processes') }}

),

work_days as (

    select * from {{ ref('int_bpr__work_days') }}

),

-- a pause lasts until the next event of its activity
spells as (

    select
        process_id,
        case_id,
        activity,
        execution_id,
        effect,
        occurred_at as paused_at,
        lead(occurred_at) over (
            partition by process_id, case_id, activity, execution_id
            order by occurred_at, sequence, delivery_id
        ) as resumed_at
    from events

),

final as (

    select
        spells.process_id,
        spells.case_id,
        spells.activity,
        spells.execution_id,
        {{ exact_sum(seconds_between('spells.paused_at', 'spells.resumed_at')) }} as paused_cal,
        {{ exact_sum(
            working_seconds('end_days', 'spells.resumed_at')
            ~ ' - ' ~ working_seconds('start_days', 'spells.paused_at')
        ) }} as paused_work
    from spells
    left join processes on spells.process_id = processes.process_id
    left join work_days as start_days
        on
            processes.calendar_id = start_days.calendar_id
            and cast(spells.paused_at as date) = start_days.work_day
    left join work_days as end_days
        on
            processes.calendar_id = end_days.calendar_id
            and cast(spells.resumed_at as date) = end_days.work_day
    where
        spells.effect = 'suspends'
        and spells.resumed_at is not null
    group by
        spells.process_id,
        spells.case_id,
        spells.activity,
        spells.execution_id

)

select * from final
