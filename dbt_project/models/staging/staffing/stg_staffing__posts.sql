with source as (

    select * from {{ source('lake', 'staffing') }}

),

final as (

    select
        _source as source,
        position_id,
        org_unit_id,
        position_title,
        position_group,
        position_category,
        job_family,
        is_managerial,
        coalesce(
            is_senior, position_category in ('minister', 'deputy_minister', 'department_head')
        ) as is_senior,
        coalesce(is_critical, false) as is_critical,
        approved_fte,
        funding_source,
        reports_to_position_id,
        rotation_term_months,
        valid_from,
        coalesce(valid_to, date '9999-12-30') as valid_to
    from source

)

select * from final
