with activities as (

    select * from {{ ref('stg_event_log__activities') }}

),

transitions as (

    select * from {{ ref('lifecycle') }}

),

events as (

    select
        activities.*,
        transitions.effect,
        case when transitions.effect = 'starts' then 1 else 0 end as is_start,
        case when transitions.effect = 'completes' then 1 else 0 end as is_end,
        case when transitions.effect = 'starts' then 0 else 1 end as turn
    from activities
    inner join transitions on activities.lifecycle = transitions.code
    where
        activities.completed_at is null
        and transitions.effect <> 'none'

),

-- at one moment a start stands before a completion: pairing does not hang on the order of such rows
counted as (

    select
        *,
        sum(is_start) over so_far as starts,
        sum(is_end) over so_far as ends
    from events
    window
        so_far as (
            partition by process_id, case_id, activity
            order by occurred_at, turn, sequence, delivery_id
            rows between unbounded preceding and current row
        )

),

-- completions that no start had come before
surplus as (

    select
        *,
        max(case when ends > starts then ends - starts else 0 end) over (
            partition by process_id, case_id, activity
            order by occurred_at, turn, sequence, delivery_id
            rows between unbounded preceding and current row
        ) as startless
    from counted

),

-- first start with first completion; a pause belongs to the newest start
final as (

    select
        source,
        delivery_id,
        row_number_in_delivery,
        process_id,
        case_id,
        activity,
        occurred_at,
        effect,
        resource_key,
        role,
        org_unit_id,
        is_return,
        due_at,
        is_case_closed,
        sequence,
        case
            when instance_id is not null then concat('i', instance_id)
            when is_end = 0 then concat('s', cast(starts as varchar))
            when
                ends - startless between 1 and starts
                and startless = coalesce(lag(startless) over (
                    partition by process_id, case_id, activity
                    order by occurred_at, turn, sequence, delivery_id
                ), 0)
                then concat('s', cast(ends - startless as varchar))
            else concat('e', cast(startless as varchar))
        end as execution_id
    from surplus

)

select * from final
