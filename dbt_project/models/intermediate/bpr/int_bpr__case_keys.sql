with run as (

    select {{ add_days('as_of', 1) }} as day_after from {{ source('build', 'run') }}

),

-- a case is open on as_of where its log goes on afterwards
cases as (

    select
        executions.process_id,
        executions.case_id,
        min(
            case
                when executions.is_case_closed and executions.completed_at < run.day_after then 1
                else 0
            end
        ) = 1 as is_completed,
        max(executions.due_at) filter (where executions.completed_at < run.day_after) as due_at
    from {{ ref('int_bpr__executions') }} as executions
    cross join run
    where executions.completed_at is not null
    group by
        executions.process_id,
        executions.case_id

),

final as (

    select
        *,
        cast(row_number() over (order by process_id, case_id) as integer) as case_number
    from cases

)

select * from final
