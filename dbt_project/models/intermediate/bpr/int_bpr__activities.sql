with start_counts as (

    select
        process_id,
        activity,
        count(*) as n_rows,
        count(started_at) as starts,
        sum(count(started_at)) over (partition by process_id) as starts_of_process
    from {{ ref('int_bpr__executions') }}
    where completed_at is not null
    group by
        process_id,
        activity

),

-- an activity that never starts in a log that has starts is a moment, not work; where another
-- lacks a start, work is inferred, and only in such processes
judged as (

    select
        process_id,
        activity,
        starts = 0 and starts_of_process > 0 as is_moment,
        max(
            case
                when starts < n_rows and (starts > 0 or starts_of_process = 0) then 1
                else 0
            end
        ) over (partition by process_id) = 1 as has_gaps
    from start_counts

),

-- numbers are carried through the order of a case faster than texts
final as (

    select
        cast(row_number() over (order by judged.process_id, judged.activity) as integer)
            as activity_number,
        judged.process_id,
        judged.activity,
        judged.is_moment,
        judged.has_gaps,
        coalesce(steps.is_return, false) as is_return,
        coalesce(steps.signoffs, 0) > 0 as is_signoff,
        processes.calendar_id
    from judged
    left join {{ ref('stg_processes__processes') }} as processes
        on judged.process_id = processes.process_id
    left join {{ ref('stg_processes__steps') }} as steps
        on
            judged.process_id = steps.process_id
            and judged.activity = steps.step_id

)

select * from final
