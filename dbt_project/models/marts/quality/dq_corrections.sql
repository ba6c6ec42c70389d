with corrections as (

    select * from {{ source('build', 'corrections') }}

),

final as (

    select
        source,
        correction_id,
        delivery_id,
        action,
        status,
        known_from,
        rows_addressed,
        rows_changed
    from corrections

)

select * from final
