{% set described = [
    'ministry_id', 'org_unit_id', 'position_id', 'assignment_type', 'sex', 'education_level',
    'contract_type', 'birth_month', 'civil_service_start_date', 'disability_flag', 'long_leave_start',
    'long_leave_end',
] %}

with counted as (

    select *
    from {{ ref('int_hrm__assignments') }}
    where assignment_type in ('main', 'seconded_out')

),

-- who was never counted in two ministries counts alike in ministry and service
elsewhere as (

    select person_key
    from counted
    group by person_key
    having count(distinct coalesce(ministry_id, 'unknown')) > 1

),

-- a person counts once in each ministry, and once in the service
scoped as (

    select
        case when elsewhere.person_key is null then 'all' else 'ministry' end as scope,
        coalesce(counted.ministry_id, 'unknown') as scope_id,
        counted.*
    from counted
    left join elsewhere on counted.person_key = elsewhere.person_key

    union all

    select
        'service' as scope,
        'UZ' as scope_id,
        counted.*
    from counted
    inner join elsewhere on counted.person_key = elsewhere.person_key

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

-- a later main post ends the earlier one on the day before it starts, even where it ends first
cut as (

    select
        *,
        case
            when next_start_date <= end_date then {{ add_days('next_start_date', -1) }}
            else end_date
        end as valid_to
    from ordered

),

followed as (

    select
        *,
        {% for name in described -%}
            lag({{ name }}) over one_person as {{ name }}_before,
        {% endfor -%}
        lag(valid_to) over one_person as valid_to_before
    from cut
    where valid_to >= start_date
    window one_person as (partition by scope, scope_id, person_key order by start_date)

),

-- rows that tell of one spell piece by piece are one spell
numbered as (

    select
        *,
        sum(
            case
                when
                    {{ days_between('valid_to_before', 'start_date') }} = 1
                    {% for name in described -%}
                        and {{ name }} is not distinct from {{ name }}_before
                    {% endfor -%}
                    then 0
                else 1
            end
        ) over (partition by scope, scope_id, person_key order by start_date) as spell
    from followed

),

final as (

    select
        scope,
        person_key,
        {% for name in described -%}
            {{ name }},
        {% endfor -%}
        min(start_date) as valid_from,
        max(valid_to) as valid_to
    from numbered
    group by scope, scope_id, person_key, spell, {{ described | join(', ') }}

)

select * from final
