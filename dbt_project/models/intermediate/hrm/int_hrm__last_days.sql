with spells as (

    select * from {{ ref('int_hrm__spells') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

-- nearly all spells lie within one version of their post; of the others each last day is looked up
described as (

    select
        *,
        group_at_start as position_group,
        category_at_start as position_category
    from spells
    where has_one_version

    union all

    select
        spells.* replace (months.period_end as valid_from, months.period_end as valid_to),
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category
    from spells
    inner join months
        on
            spells.valid_from <= months.period_end
            and spells.valid_to >= months.period_end
    left join versions
        on
            spells.ministry_id = versions.ministry_id
            and spells.position_id = versions.position_id
            and months.period_end >= versions.valid_from
            and months.period_end <= versions.valid_to
    where not spells.has_one_version

),

final as (

    select
        scope,
        org_unit_id,
        sex,
        position_group,
        position_category,
        cast({{ month_number('birth_month') }} as integer) as birth_month_no,
        cast({{ day_number('civil_service_start_date') }} as integer) as service_since_no,
        cast({{ day_number('post_since') }} as integer) as post_since_no,
        cast({{ day_number('grade_since') }} as integer) as grade_since_no,
        cast({{ day_number('valid_from') }} as integer) as first_no,
        cast({{ day_number('valid_to') }} as integer) as last_no
    from described

)

select * from final
