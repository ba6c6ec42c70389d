with movements as (

    select *
    from {{ ref('int_hrm__movements') }}
    where direction = 'internal'

),

-- what a reorganisation does to people is no mobility of theirs
final as (

    select
        case movement_class
            when 'promotion' then 'persons_promoted'
            else 'persons_moved'
        end as measure_id,
        scope,
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
    where movement_class in ('promotion', 'internal_transfer')

)

select * from final
