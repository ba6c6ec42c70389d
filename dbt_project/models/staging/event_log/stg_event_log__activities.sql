with source as (

    select * from {{ source('lake', 'event_log') }}

),

final as (

    select
        -- keys
        _source as source,
        _delivery_id as delivery_id,
        _row as row_number_in_delivery,
        process_id,
        case_id,
        -- what was done, when and by whom
        activity,
        started_at,
        completed_at,
        occurred_at,
        coalesce(lifecycle, 'complete') as lifecycle,
        instance_id,
        coalesce(sequence, _row) as sequence,
        resource_key,
        role,
        org_unit_id,
        is_return,
        -- case
        due_at,
        coalesce(is_case_closed, true) as is_case_closed
    from source

)

select * from final
