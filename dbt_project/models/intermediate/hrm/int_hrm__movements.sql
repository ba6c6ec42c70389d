with ordered as (

    select * from {{ ref('stg_orders__movements') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

persons as (

    select
        person_key,
        max(sex) as sex
    from {{ ref('int_hrm__assignments') }}
    group by person_key

),

-- the same movement may stand in two orders, an order and its correction
ranked as (

    select
        ordered.*,
        row_number() over (
            partition by
                ordered.person_key,
                ordered.movement_class,
                ordered.movement_date,
                ordered.org_unit_id
            order by ordered.order_date desc, ordered.order_no desc, ordered.source asc
        ) as choice
    from ordered

),

final as (

    select
        months.period_start,
        ranked.org_unit_id,
        ranked.to_org_unit_id,
        ranked.movement_class,
        ranked.direction,
        ranked.is_voluntary,
        ranked.is_service_exit,
        ranked.is_mass,
        coalesce(persons.sex, 'unknown') as sex
    from ranked
    inner join months
        on
            ranked.movement_date >= months.period_start
            and ranked.movement_date <= months.period_end
    left join persons on ranked.person_key = persons.person_key
    where ranked.choice = 1

)

select * from final
