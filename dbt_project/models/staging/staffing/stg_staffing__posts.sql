with source as (

    select * from {{ source('lake', 'staffing') }}

),

final as (

    select
        _source as source,
        position_id,
        org_unit_id,
        position_title,
        position_group,
        position_category,
        is_managerial,
        approved_fte,
        valid_from,
        coalesce(valid_to, date '9999-12-30') as valid_to
    from source

)

select * from final
