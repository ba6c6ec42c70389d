with orders as (

    select * from {{ ref('stg_orders__movements') }}

),

classes as (

    select * from {{ ref('movement_class') }}

),

-- ministries that send orders
ordering as (

    select distinct ministry_id
    from {{ ref('int_hrm__coverage') }}
    where kind = 'orders'

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

followed as (

    select
        person_key,
        ministry_id,
        org_unit_id,
        valid_from,
        valid_to,
        lag(valid_to) over one_person as valid_to_before,
        lag(org_unit_id) over one_person as org_unit_before
    from spells
    window one_person as (partition by person_key, ministry_id order by valid_from)

),

numbered as (

    select
        *,
        sum(
            case when {{ days_between('valid_to_before', 'valid_from') }} = 1 then 0 else 1 end
        ) over (
            partition by person_key, ministry_id
            order by valid_from
        ) as stay
    from followed

),

-- the days without a break in one ministry, whatever the posts
stays as (

    select
        person_key,
        ministry_id,
        min(valid_from) as held_from,
        max(valid_to) as held_until
    from numbered
    group by
        person_key,
        ministry_id,
        stay

),

-- where nobody sends orders, the posts held say who came, went and changed the unit; on what
-- ground they do not say
unheard as (

    select
        numbered.*,
        min(numbered.valid_from) over (partition by numbered.ministry_id) as first_day,
        lead(numbered.stay) over (
            partition by numbered.person_key, numbered.ministry_id
            order by numbered.valid_from
        ) as next_stay
    from numbered
    left join ordering on numbered.ministry_id = ordering.ministry_id
    where ordering.ministry_id is null

),

-- who is there on the first day of all has not come on that day
inferred as (

    select
        person_key,
        org_unit_id,
        cast(null as varchar) as to_org_unit_id,
        case when valid_to_before is null then 'new_hire' else 'rehire' end as movement_class,
        valid_from as movement_date
    from unheard
    where
        valid_from > first_day
        and ({{ days_between('valid_to_before', 'valid_from') }} = 1) is not true

    union all

    select
        person_key,
        org_unit_id,
        cast(null as varchar) as to_org_unit_id,
        'unknown_exit' as movement_class,
        {{ add_days('valid_to', 1) }} as movement_date
    from unheard
    where next_stay is distinct from stay

    union all

    select
        person_key,
        org_unit_before as org_unit_id,
        org_unit_id as to_org_unit_id,
        'internal_transfer' as movement_class,
        valid_from as movement_date
    from unheard
    where
        {{ days_between('valid_to_before', 'valid_from') }} = 1
        and org_unit_id <> org_unit_before

),

ordered as (

    select
        source,
        order_no,
        order_date,
        person_key,
        org_unit_id,
        to_org_unit_id,
        movement_class,
        movement_date,
        direction,
        is_voluntary,
        is_service_exit,
        is_mass
    from orders

    union all

    select
        cast(null as varchar) as source,
        cast(null as varchar) as order_no,
        cast(null as date) as order_date,
        inferred.person_key,
        inferred.org_unit_id,
        inferred.to_org_unit_id,
        inferred.movement_class,
        inferred.movement_date,
        classes.direction,
        classes.is_voluntary,
        classes.is_service_exit,
        classes.is_mass
    from inferred
    inner join classes on inferred.movement_class = classes.code

),

-- the same movement may stand in two orders, an order and its correction: nobody enters or leaves
-- a ministry twice on one day, whatever the grounds and units that the orders name
ranked as (

    select
        ordered.*,
        units.ministry_id,
        row_number() over (
            partition by
                ordered.person_key,
                ordered.movement_date,
                case
                    when ordered.direction in ('in', 'out') then ordered.direction
                    else ordered.movement_class
                end,
                case
                    when ordered.direction in ('in', 'out')
                        then coalesce(units.ministry_id, ordered.org_unit_id)
                    else ordered.org_unit_id
                end
            order by
                ordered.order_date desc, ordered.order_no desc, ordered.source asc,
                ordered.movement_class asc, ordered.org_unit_id asc
        ) as choice
    from ordered
    left join units on ordered.org_unit_id = units.org_unit_id

),

single as (

    select *
    from ranked
    where choice = 1

),

-- who leaves one ministry and is soon in another was transferred, whatever the orders call it: an
-- order or a post there says so; `matches_from` to `matches_until` are the days of the counterpart.
-- Who has long been, or long remains, in the other ministry neither enters the service nor leaves
-- it: `stays_from` to `stays_until`; a shorter overlap is a late dismissal, and a transfer
elsewhere as (

    select
        single.person_key,
        single.ministry_id,
        single.direction,
        {{ add_days('single.movement_date', '1 - parameters.transfer_match_days') }}
            as matches_from,
        {{ add_days('single.movement_date', 'parameters.transfer_match_days - 1') }}
            as matches_until,
        cast(null as date) as stays_from,
        cast(null as date) as stays_until
    from single
    cross join parameters
    where
        single.direction in ('in', 'out')
        and not single.is_mass

    union all

    select
        stays.person_key,
        stays.ministry_id,
        'in' as direction,
        {{ add_days('stays.held_from', '1 - parameters.transfer_match_days') }} as matches_from,
        stays.held_until as matches_until,
        {{ add_days('stays.held_from', 'parameters.transfer_match_days') }} as stays_from,
        stays.held_until as stays_until
    from stays
    cross join parameters

    union all

    select
        stays.person_key,
        stays.ministry_id,
        'out' as direction,
        {{ add_days('stays.held_from', 1) }} as matches_from,
        {{ add_days(
            "least(stays.held_until, date '9000-01-01')", 'parameters.transfer_match_days'
        ) }} as matches_until,
        {{ add_days('stays.held_from', 1) }} as stays_from,
        {{ add_days('stays.held_until', '1 - parameters.transfer_match_days') }} as stays_until
    from stays
    cross join parameters

),

paired as (

    select
        single.person_key,
        single.movement_date,
        single.direction,
        single.ministry_id,
        max(
            case
                when
                    single.movement_date >= elsewhere.stays_from
                    and single.movement_date <= elsewhere.stays_until
                    then 1
                else 0
            end
        ) = 1 as is_staying
    from single
    inner join elsewhere
        on
            single.person_key = elsewhere.person_key
            and single.ministry_id <> elsewhere.ministry_id
            and single.direction <> elsewhere.direction
            and single.movement_date >= elsewhere.matches_from
            and single.movement_date <= elsewhere.matches_until
    where
        single.direction in ('in', 'out')
        and not single.is_mass
    group by
        single.person_key,
        single.movement_date,
        single.direction,
        single.ministry_id

),

matched as (

    select
        single.*,
        case
            when paired.person_key is null then single.movement_class
            when single.direction = 'out' then 'transfer_out'
            else 'transfer_in'
        end as counted_class,
        paired.person_key is not null as is_matched,
        coalesce(paired.is_staying, false) as is_staying
    from single
    left join paired
        on
            single.person_key = paired.person_key
            and single.movement_date = paired.movement_date
            and single.direction = paired.direction
            and single.ministry_id = paired.ministry_id
            and not single.is_mass

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
        coalesce(spells.sex, persons.sex, 'unknown') as sex,
        {{ months_of_age('coalesce(spells.birth_month, persons.birth_month)', 'dated.day') }}
            as age_months,
        {{ days_since(
            'coalesce(spells.civil_service_start_date, persons.civil_service_start_date)', 'dated.day'
        ) }} as tenure_days
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
        case when described.is_staying then 'ministry' else 'all' end as scope,
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
