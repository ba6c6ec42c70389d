{% set described = [
    'ministry_id', 'org_unit_id', 'position_id', 'assignment_type', 'sex', 'education_level',
    'contract_type', 'birth_month', 'civil_service_start_date', 'pension_service_since',
    'annual_leave_days', 'disability_flag', 'long_leave_start', 'long_leave_end',
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
        coalesce(
            lead(start_date) over (
                partition by scope, scope_id, person_key
                order by start_date, end_date
            ) <= end_date,
            false
        ) as is_crossed
    from scoped

),

-- few have several posts at a time that count
crossed as (

    select distinct
        scope,
        scope_id,
        person_key
    from ordered
    where is_crossed

),

several as (

    select
        ordered.*,
        max(ordered.end_date) over one_post as end_date_before
    from ordered
    inner join crossed
        on
            ordered.scope = crossed.scope
            and ordered.scope_id = crossed.scope_id
            and ordered.person_key = crossed.person_key
    window one_post as (
        partition by
            ordered.scope, ordered.scope_id, ordered.person_key, ordered.assignment_type,
            ordered.position_id, ordered.org_unit_id
        order by ordered.start_date, ordered.end_date
        rows between unbounded preceding and 1 preceding
    )

),

joined as (

    select
        *,
        sum(
            case when {{ days_between('end_date_before', 'start_date') }} <= 1 then 0 else 1 end
        ) over (
            partition by
                scope, scope_id, person_key, assignment_type, position_id, org_unit_id
            order by start_date, end_date
        ) as stay
    from several

),

-- rows that follow each other in one post are one entry into it
entered as (

    select
        *,
        min(start_date) over one_stay as entered_on,
        max(end_date) over one_stay as held_until
    from joined
    window one_stay as (
        partition by
            scope, scope_id, person_key, assignment_type, position_id, org_unit_id, stay
    )

),

bounds as (

    select
        scope,
        scope_id,
        person_key,
        start_date as day
    from several

    union distinct

    select
        scope,
        scope_id,
        person_key,
        {{ add_days('end_date', 1) }} as day
    from several

),

pieces as (

    select
        scope,
        scope_id,
        person_key,
        day as valid_from,
        {{ add_days(
            'lead(day) over (partition by scope, scope_id, person_key order by day)', -1
        ) }} as valid_to
    from bounds

),

-- of posts held on one day that named as primary counts, else that entered last, of those entered
-- together that of the greater rate
chosen as (

    select
        entered.*,
        pieces.valid_from,
        pieces.valid_to,
        row_number() over (
            partition by entered.scope, entered.scope_id, entered.person_key, pieces.valid_from
            order by
                entered.primary_rank desc, entered.entered_on desc, entered.fte desc,
                entered.held_until desc, entered.assignment_type desc, entered.position_id desc,
                entered.org_unit_id desc, entered.start_date desc
        ) as choice
    from entered
    inner join pieces
        on
            entered.scope = pieces.scope
            and entered.scope_id = pieces.scope_id
            and entered.person_key = pieces.person_key
            and entered.start_date <= pieces.valid_from
            and entered.end_date >= pieces.valid_to

),

cut as (

    select
        ordered.*,
        ordered.start_date as valid_from,
        ordered.end_date as valid_to
    from ordered
    left join crossed
        on
            ordered.scope = crossed.scope
            and ordered.scope_id = crossed.scope_id
            and ordered.person_key = crossed.person_key
    where crossed.person_key is null

    union all

    select * exclude (end_date_before, stay, entered_on, held_until, choice)
    from chosen
    where choice = 1

),

followed as (

    select
        *,
        {% for name in described -%}
            lag({{ name }}) over one_person as {{ name }}_before,
        {% endfor -%}
        lag(valid_to) over one_person as valid_to_before
    from cut
    window one_person as (partition by scope, scope_id, person_key order by valid_from)

),

-- rows that tell of one spell piece by piece are one spell
numbered as (

    select
        *,
        sum(
            case
                when
                    {{ days_between('valid_to_before', 'valid_from') }} = 1
                    {% for name in described -%}
                        and {{ name }} is not distinct from {{ name }}_before
                    {% endfor -%}
                    then 0
                else 1
            end
        ) over (partition by scope, scope_id, person_key order by valid_from) as spell
    from followed

),

final as (

    select
        scope,
        person_key,
        {% for name in described -%}
            {{ name }},
        {% endfor -%}
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from numbered
    group by scope, scope_id, person_key, spell, {{ described | join(', ') }}

)

select * from final
