with source as (

    select * from {{ source('lake', 'leave') }}

),

types as (

    select * from {{ ref('leave_type') }}

),

final as (

    select
        -- keys
        source._source as source,
        source.record_id,
        source.person_key,
        source.org_unit_id,
        -- leave
        source.type,
        types.leave_class,
        types.day_treatment,
        coalesce(types.is_long_leave, false) as is_long_leave,
        coalesce(source.paid_flag, types.is_paid) as paid_flag,
        -- days
        source.start_date,
        coalesce(source.end_date, date '9999-12-30') as end_date,
        source.working_days
    from source
    left join types on source.type = types.code

)

select * from final
