with source as (

    select * from {{ source('lake', 'personnel') }}

),

final as (

    select
        -- keys
        _source as source,
        person_key,
        position_id,
        org_unit_id,
        -- person
        birth_month,
        coalesce(sex, 'unknown') as sex,
        education_level,
        education_field,
        disability_flag,
        civil_service_start_date,
        -- where the years of work are not told, those of service count, earlier spells with them
        coalesce(
            pension_service_start_date,
            {{ add_days('civil_service_start_date', '-coalesce(prior_service_days, 0)') }}
        ) as pension_service_since,
        annual_leave_days,
        qualification_rank,
        qualification_rank_date,
        -- post held
        assignment_type,
        is_primary,
        contract_type,
        contract_end_date,
        job_family,
        funding_source,
        order_no,
        fte,
        start_date,
        coalesce(end_date, date '9999-12-30') as end_date,
        long_leave_start,
        case
            when long_leave_start is null then null
            else coalesce(long_leave_end, date '9999-12-30')
        end as long_leave_end
    from source

)

select * from final
