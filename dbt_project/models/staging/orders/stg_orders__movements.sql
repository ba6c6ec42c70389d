with source as (

    select * from {{ source('lake', 'orders') }}

),

classes as (

    select * from {{ ref('movement_class') }}

),

final as (

    select
        -- keys
        source._source as source,
        source.order_no,
        source.person_key,
        source.org_unit_id,
        source.to_org_unit_id,
        -- what was ordered
        source.movement_class,
        classes.direction,
        coalesce(classes.is_voluntary, false) as is_voluntary,
        coalesce(classes.is_service_exit, false) as is_service_exit,
        coalesce(classes.is_mass, false) as is_mass,
        source.order_date,
        source.effective_date,
        -- whoever leaves is still counted on the last day worked
        case
            when classes.direction = 'out' then {{ add_days('source.effective_date', 1) }}
            else source.effective_date
        end as movement_date
    from source
    left join classes on source.movement_class = classes.code

)

select * from final
