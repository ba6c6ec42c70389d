with movements as (

    select * from {{ ref('stg_orders__movements') }}

),

-- an order and its correction appoint once
ordered as (

    select
        movements.person_key,
        coalesce(to_units.ministry_id, units.ministry_id) as ministry_id,
        coalesce(movements.to_org_unit_id, movements.org_unit_id) as given_unit_id,
        movements.movement_date as day,
        movements.movement_class,
        movements.vacancy_id,
        movements.non_competitive_reason,
        row_number() over (
            partition by
                movements.person_key,
                movements.movement_date,
                coalesce(to_units.ministry_id, units.ministry_id)
            order by movements.order_date desc, movements.order_no desc, movements.source asc
        ) as choice
    from movements
    left join {{ ref('int_org__unit_ministries') }} as units
        on movements.org_unit_id = units.org_unit_id
    left join {{ ref('int_org__unit_ministries') }} as to_units
        on movements.to_org_unit_id = to_units.org_unit_id
    where
        not movements.is_mass
        and movements.movement_class in (
            'new_hire', 'rehire', 'transfer_in', 'promotion', 'internal_transfer', 'rotation',
            'demotion'
        )

),

chosen as (

    select *
    from ordered
    where choice = 1

),

final as (

    {{ as_on_day('chosen', ['movement_class', 'vacancy_id', 'non_competitive_reason']) }}

)

select * from final
