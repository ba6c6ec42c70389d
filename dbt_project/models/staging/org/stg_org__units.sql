with source as (

    select * from {{ ref('org_units') }}

),

final as (

    select
        org_unit_id,
        parent_id,
        coalesce(ministry_id, org_unit_id) as ministry_id,
        level,
        coalesce(soato, 'unknown') as region,
        valid_from,
        coalesce(valid_to, date '9999-12-30') as valid_to,
        name_uz,
        name_ru,
        name_en,
        name_ko
    from source

)

select * from final
