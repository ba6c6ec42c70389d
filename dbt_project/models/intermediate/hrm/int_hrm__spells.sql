with spells as (

    select * from {{ ref('int_hrm__headcount_spells') }}

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

tables as (

    select distinct ministry_id from versions

),

-- whoever is moved with the whole unit, or stays in the post, has not begun anew
mass_moves as (

    select distinct
        person_key,
        movement_date
    from {{ ref('stg_orders__movements') }}
    where
        is_mass
        and direction = 'internal'

),

graded as (

    select
        spells.*,
        coalesce(versions.position_group, 'unknown') as group_at_start,
        coalesce(versions.position_category, 'unknown') as category_at_start,
        coalesce(versions.is_managerial, false) as is_managerial_at_start,
        -- nearly all do: what the post says is then not looked up month by month
        case
            when tables.ministry_id is null or spells.position_id is null then true
            else coalesce(spells.valid_to <= versions.valid_to, false)
        end as has_one_version,
        mass_moves.person_key is not null as is_carried_over,
        lag(spells.position_id) over (
            partition by spells.scope, spells.ministry_id, spells.person_key
            order by spells.valid_from
        ) as position_before,
        lag(coalesce(versions.position_category, 'unknown')) over (
            partition by spells.scope, spells.ministry_id, spells.person_key
            order by spells.valid_from
        ) as category_before,
        lag(spells.valid_to) over (
            partition by spells.scope, spells.ministry_id, spells.person_key
            order by spells.valid_from
        ) as valid_to_before
    from spells
    left join versions
        on
            spells.ministry_id = versions.ministry_id
            and spells.position_id = versions.position_id
            and spells.valid_from >= versions.valid_from
            and spells.valid_from <= versions.valid_to
    left join tables on spells.ministry_id = tables.ministry_id
    left join mass_moves
        on
            spells.person_key = mass_moves.person_key
            and spells.valid_from = mass_moves.movement_date

),

begun as (

    select
        *,
        sum(
            case
                when
                    {{ days_between('valid_to_before', 'valid_from') }} = 1
                    and (position_before = position_id or is_carried_over)
                    then 0
                else 1
            end
        ) over (
            partition by scope, ministry_id, person_key
            order by valid_from
        ) as post_run,
        sum(
            case
                when
                    {{ days_between('valid_to_before', 'valid_from') }} = 1
                    and category_before = category_at_start
                    then 0
                else 1
            end
        ) over (
            partition by scope, ministry_id, person_key
            order by valid_from
        ) as grade_run
    from graded

),

final as (

    select
        scope,
        person_key,
        ministry_id,
        org_unit_id,
        position_id,
        assignment_type,
        sex,
        education_level,
        contract_type,
        birth_month,
        civil_service_start_date,
        pension_service_since,
        annual_leave_days,
        disability_flag,
        long_leave_start,
        long_leave_end,
        valid_from,
        valid_to,
        group_at_start,
        category_at_start,
        is_managerial_at_start,
        has_one_version,
        min(valid_from) over (partition by scope, ministry_id, person_key, post_run) as post_since,
        min(valid_from) over (partition by scope, ministry_id, person_key, grade_run) as grade_since
    from begun

)

select * from final
