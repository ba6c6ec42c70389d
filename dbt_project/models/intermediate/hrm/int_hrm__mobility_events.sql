with movements as (

    select *
    from {{ ref('int_hrm__movements') }}
    where not is_mass

),

-- what a reorganisation does to people is no mobility of theirs; within the service a transfer is one
moved as (

    select
        'persons_promoted' as measure_id,
        scope as counted_scope,
        movements.*
    from movements
    where movement_class = 'promotion'

    union all

    select
        'persons_moved' as measure_id,
        scope as counted_scope,
        movements.*
    from movements
    where movement_class in ('internal_transfer', 'rotation')

    union all

    select
        'persons_moved' as measure_id,
        'service' as counted_scope,
        movements.*
    from movements
    where
        movement_class = 'transfer_in'
        and scope = 'all'

),

final as (

    select
        measure_id,
        counted_scope as scope,
        person_key,
        period_start,
        org_unit_id,
        sex,
        age_band,
        tenure_band,
        position_group,
        position_category,
        contract_type,
        education_level
    from moved

)

select * from final
