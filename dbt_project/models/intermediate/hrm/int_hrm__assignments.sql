with assignments as (

    select * from {{ ref('stg_personnel__assignments') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

senders as (

    select * from {{ ref('int_org__source_ministries') }}

),

-- a unit that the structure does not know belongs to the ministry that sent the extract
final as (

    select
        assignments.person_key,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        assignments.org_unit_id,
        assignments.position_id,
        assignments.assignment_type,
        case
            when assignments.is_primary then 2
            when not assignments.is_primary then 0
            else 1
        end as primary_rank,
        assignments.sex,
        coalesce(assignments.education_level, 'unknown') as education_level,
        coalesce(assignments.contract_type, 'unknown') as contract_type,
        assignments.birth_month,
        assignments.civil_service_start_date,
        assignments.pension_service_since,
        assignments.annual_leave_days,
        assignments.disability_flag,
        assignments.job_family,
        assignments.fte,
        assignments.start_date,
        assignments.end_date,
        assignments.long_leave_start,
        assignments.long_leave_end
    from assignments
    left join units on assignments.org_unit_id = units.org_unit_id
    left join senders on assignments.source = senders.source

)

select * from final
