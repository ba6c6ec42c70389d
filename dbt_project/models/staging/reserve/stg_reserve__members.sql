with source as (

    select * from {{ source('lake', 'reserve') }}

),

degrees as (

    select * from {{ ref('readiness') }}

),

final as (

    select
        -- keys
        source._source as source,
        source.person_key,
        source.target_position,
        source.org_unit_id,
        -- membership
        source.reserve_type,
        source.readiness,
        coalesce(degrees.is_ready, false) as is_ready,
        source.entered_date,
        coalesce(source.left_date, date '9999-12-30') as left_date,
        source.exit_reason
    from source
    left join degrees on source.readiness = degrees.code

)

select * from final
