with units as (

    select * from {{ ref('stg_org__units') }}

),

final as (

    select
        org_unit_id,
        max(ministry_id) as ministry_id
    from units
    group by org_unit_id

)

select * from final
