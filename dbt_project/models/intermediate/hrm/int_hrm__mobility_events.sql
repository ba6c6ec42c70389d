with movements as (

    select *
    from {{ ref('int_hrm__movements') }}
    where not is_mass

),

-- what a reorganisation does to people is no mobility of theirs
-- within the service a transfer is a move inside it
moved as (

    select
        case movement_class
            when 'promotion' then 'persons_promoted'
            else 'persons_moved'
        end as measure_id,
        case movement_class
            when 'transfer_in' then 'service'
            else scope
        end as counted_scope,
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
    from movements
    where
        movement_class in ('promotion', 'internal_transfer', 'rotation')
        or (movement_class = 'transfer_in' and scope = 'all')

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
