with activities as (

    select * from {{ ref('stg_event_log__activities') }}

),

paired as (

    select * from {{ ref('int_bpr__paired_executions') }}

),

final as (

    select
        source,
        process_id,
        case_id,
        activity,
        cast(null as varchar) as execution_id,
        started_at,
        completed_at,
        resource_key,
        role,
        org_unit_id,
        is_return,
        due_at,
        sequence,
        delivery_id,
        is_case_closed
    from activities
    where completed_at is not null

    union all

    select
        source,
        process_id,
        case_id,
        activity,
        execution_id,
        started_at,
        completed_at,
        resource_key,
        role,
        org_unit_id,
        is_return,
        due_at,
        sequence,
        delivery_id,
        is_case_closed
    from paired

)

select * from final
