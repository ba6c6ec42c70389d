with events as (

    select * from {{ ref('int_bpr__lifecycle_events') }}

),

grouped as (

    select
        source,
        process_id,
        case_id,
        activity,
        execution_id,
        min(occurred_at) filter (where effect = 'starts') as started_at,
        max(occurred_at) filter (where effect = 'completes') as completed_at,
        coalesce(
            min_by(resource_key, sequence) filter (where effect = 'completes'),
            min_by(resource_key, sequence)
        ) as resource_key,
        coalesce(
            min_by(role, sequence) filter (where effect = 'completes'), min_by(role, sequence)
        ) as role,
        coalesce(
            min_by(org_unit_id, sequence) filter (where effect = 'completes'),
            min_by(org_unit_id, sequence)
        ) as org_unit_id,
        max(is_return) as is_return,
        max(due_at) as due_at,
        min(sequence) as sequence,
        min(delivery_id) as delivery_id
    from events
    where effect <> 'closes_case'
    group by
        source,
        process_id,
        case_id,
        activity,
        execution_id

),

-- a case whose last word is a start goes on, unless it was aborted
cases as (

    select
        process_id,
        case_id,
        max(case when effect = 'closes_case' then 1 else 0 end) = 1 as is_aborted,
        min(case when is_case_closed then 1 else 0 end) = 1 as is_case_closed
    from events
    group by
        process_id,
        case_id

),

last_words as (

    select
        process_id,
        case_id,
        max(started_at) filter (where completed_at is null) as last_unfinished,
        max(completed_at) as last_completed
    from grouped
    group by
        process_id,
        case_id

),

final as (

    select
        grouped.*,
        cases.is_aborted or (
            cases.is_case_closed
            and (
                last_words.last_unfinished is null
                or last_words.last_unfinished < last_words.last_completed
            )
        ) as is_case_closed
    from grouped
    inner join cases
        on
            grouped.process_id = cases.process_id
            and grouped.case_id = cases.case_id
    inner join last_words
        on
            grouped.process_id = last_words.process_id
            and grouped.case_id = last_words.case_id

)

select * from final
