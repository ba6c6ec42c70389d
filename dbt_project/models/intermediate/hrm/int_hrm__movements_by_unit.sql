with movements as (

    select * from {{ ref('int_hrm__movements') }}

),

final as (

    select
        period_start,
        org_unit_id,
        sex,
        count(*) filter (where movement_class in ('new_hire', 'rehire')) as hires_new,
        count(*) filter (where is_service_exit) as service_exits,
        count(*) filter (
            where is_service_exit
            or (movement_class = 'transfer_out' and not is_mass)
        ) as ministry_exits,
        count(*) filter (where is_voluntary) as quits,
        count(*) filter (
            where direction = 'in' and movement_class not in ('new_hire', 'rehire')
        ) as transfers_in,
        count(*) filter (where direction = 'out' and not is_service_exit) as transfers_out
    from movements
    where direction in ('in', 'out')
    group by
        period_start,
        org_unit_id,
        sex

)

select * from final
