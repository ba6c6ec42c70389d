with ordered as (

    select * from {{ ref('stg_orders__movements') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

units as (

    select * from {{ ref('int_org__unit_ministries') }}

),

parameters as (

    select
        cast(
            max(case when parameter = 'transfer_match_days' then value else null end) as integer
        ) as transfer_match_days
    from {{ ref('parameters') }}

),

persons as (

    select
        person_key,
        max(sex) as sex,
        max(birth_month) as birth_month,
        max(civil_service_start_date) as civil_service_start_date
    from {{ ref('int_hrm__assignments') }}
    group by person_key

),

spells as (

    select *
    from {{ ref('int_hrm__spells') }}
    where scope <> 'service'

),

versions as (

    select * from {{ ref('int_hrm__post_versions') }}

),

-- the same movement may stand in two orders, an order and its correction
ranked as (

    select
        ordered.*,
        units.ministry_id,
        row_number() over (
            partition by
                ordered.person_key,
                ordered.movement_class,
                ordered.movement_date,
                ordered.org_unit_id
            order by ordered.order_date desc, ordered.order_no desc, ordered.source asc
        ) as choice
    from ordered
    left join units on ordered.org_unit_id = units.org_unit_id

),

single as (

    select *
    from ranked
    where choice = 1

),

-- who leaves one ministry and soon enters another was transferred, whatever the orders call it
pairs as (

    select
        exits.person_key,
        exits.movement_date as left_on,
        entries.movement_date as entered_on,
        exits.ministry_id as left_ministry_id,
        entries.ministry_id as entered_ministry_id
    from single as exits
    cross join parameters
    inner join single as entries
        on
            exits.person_key = entries.person_key
            and exits.ministry_id <> entries.ministry_id
            and exits.movement_date <= entries.movement_date
            and {{ days_between('exits.movement_date', 'entries.movement_date') }}
            < parameters.transfer_match_days
    where
        exits.direction = 'out'
        and entries.direction = 'in'
        and not exits.is_mass
        and not entries.is_mass

),

left_by_pair as (

    select distinct
        person_key,
        left_on,
        left_ministry_id
    from pairs

),

entered_by_pair as (

    select distinct
        person_key,
        entered_on,
        entered_ministry_id
    from pairs

),

matched as (

    select
        single.*,
        case
            when
                single.direction = 'out'
                and not single.is_mass
                and left_by_pair.person_key is not null
                then 'transfer_out'
            when
                single.direction = 'in'
                and not single.is_mass
                and entered_by_pair.person_key is not null
                then 'transfer_in'
            else single.movement_class
        end as counted_class,
        coalesce(
            left_by_pair.person_key is not null or entered_by_pair.person_key is not null,
            false
        ) as is_matched
    from single
    left join left_by_pair
        on
            single.person_key = left_by_pair.person_key
            and single.movement_date = left_by_pair.left_on
            and single.ministry_id = left_by_pair.left_ministry_id
    left join entered_by_pair
        on
            single.person_key = entered_by_pair.person_key
            and single.movement_date = entered_by_pair.entered_on
            and single.ministry_id = entered_by_pair.entered_ministry_id

),

dated as (

    select
        months.period_start,
        matched.*,
        -- whoever goes is described as on the last day before
        case
            when matched.direction = 'in' then matched.movement_date
            else {{ add_days('matched.movement_date', -1) }}
        end as day
    from matched
    inner join months
        on
            matched.movement_date >= months.period_start
            and matched.movement_date <= months.period_end

),

described as (

    select
        dated.*,
        spells.position_id as held_position_id,
        spells.contract_type,
        spells.education_level,
        coalesce(persons.sex, 'unknown') as sex,
        {{ months_of_age('persons.birth_month', 'dated.day') }} as age_months,
        {{ days_since('persons.civil_service_start_date', 'dated.day') }} as tenure_days
    from dated
    left join persons on dated.person_key = persons.person_key
    left join spells
        on
            dated.person_key = spells.person_key
            and dated.ministry_id = spells.ministry_id
            and dated.day >= spells.valid_from
            and dated.day <= spells.valid_to

),

final as (

    select
        'all' as scope,
        described.period_start,
        described.movement_date,
        described.person_key,
        described.ministry_id,
        described.org_unit_id,
        described.to_org_unit_id,
        described.counted_class as movement_class,
        described.direction,
        described.is_voluntary
        and described.counted_class = described.movement_class as is_voluntary,
        described.is_service_exit and described.counted_class = described.movement_class
            as is_service_exit,
        described.is_mass,
        described.is_matched,
        described.sex,
        {{ age_band('described.age_months') }} as age_band,
        {{ tenure_band('described.tenure_days') }} as tenure_band,
        coalesce(versions.position_group, 'unknown') as position_group,
        coalesce(versions.position_category, 'unknown') as position_category,
        coalesce(described.contract_type, 'unknown') as contract_type,
        coalesce(described.education_level, 'unknown') as education_level
    from described
    left join versions
        on
            described.ministry_id = versions.ministry_id
            and described.held_position_id = versions.position_id
            and described.day >= versions.valid_from
            and described.day <= versions.valid_to

)

select * from final
