with counted as (

    select *
    from {{ ref('int_hrm__assignments') }}
    where assignment_type in ('main', 'seconded_out')

),

-- a person counts once in each ministry, and once in the service
scoped as (

    select
        'ministry' as scope,
        ministry_id as scope_id,
        *
    from counted

    union all

    select
        'service' as scope,
        'UZ' as scope_id,
        *
    from counted

),

ordered as (

    select
        *,
        lead(start_date) over (
            partition by scope, scope_id, person_key
            order by start_date, end_date, assignment_type, position_id
        ) as next_start_date
    from scoped

),

-- where two posts overlap the later start wins
cut as (

    select
        *,
        case
            when next_start_date <= end_date then {{ add_days('next_start_date', -1) }}
            else end_date
        end as valid_to
    from ordered

),

final as (

    select
        scope,
        person_key,
        ministry_id,
        org_unit_id,
        position_id,
        sex,
        birth_month,
        civil_service_start_date,
        start_date as valid_from,
        valid_to
    from cut
    where valid_to >= start_date

)

select * from final
