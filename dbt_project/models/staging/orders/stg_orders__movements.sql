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
        source.position_id,
        source.from_position_id,
        case
            when classes.direction = 'out' then source.to_position_id
            else coalesce(source.to_position_id, source.position_id)
        end as to_position_id,
        source.from_ministry_id,
        source.to_ministry_id,
        source.vacancy_id,
        -- what was ordered
        source.movement_class,
        classes.direction,
        source.reason_code,
        source.non_competitive_reason,
        source.qualification_rank,
        source.from_category,
        source.to_category,
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
