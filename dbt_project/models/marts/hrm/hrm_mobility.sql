-- what a reorganisation does to people is no mobility of theirs
with movements as (

    select *
    from {{ ref('int_hrm__movements') }}
    where
        not is_mass
        and movement_class <> 'internal_transfer_mass'

),

years as (

    select
        *,
        max(period_end) over () as newest_end
    from {{ ref('dim_periods') }}
    where period_kind = 'r12'

),

-- years that overlap would tell what happened in the months between their ends
periods as (

    select *
    from years
    where extract(month from period_end) = extract(month from newest_end)

),

parameters as (

    select
        cast(
            max(case when parameter = 'transfer_match_days' then value else null end) as integer
        ) as transfer_match_days
    from {{ ref('parameters') }}

),

-- a row for one to four would tell the tables beside it that somebody moved there
threshold as (

    select max(amount) as moves_min
    from {{ source('build', 'disclosure') }}
    where
        rule = 'base_min'
        and family = 'headcount'

),

units as (

    select * from {{ ref('dim_org_units') }}

),

closure as (

    select *
    from {{ ref('int_org__closure') }}
    where org_view = 'as_was'

),

-- the unit right below the ministry, whatever is below that
sections as (

    select
        closure.period_start,
        closure.org_unit_id,
        closure.ancestor_id as section_id
    from closure
    inner join units as section on closure.ancestor_id = section.org_unit_id
    inner join units as ministry
        on
            section.parent_id = ministry.org_unit_id
            and ministry.level = 'ministry'

),

inside as (

    select
        movements.ministry_id as org_unit_id,
        movements.movement_date,
        origin.section_id as from_unit_id,
        target.section_id as to_unit_id
    from movements
    inner join sections as origin
        on
            movements.period_start = origin.period_start
            and movements.org_unit_id = origin.org_unit_id
    inner join sections as target
        on
            movements.period_start = target.period_start
            and movements.to_org_unit_id = target.org_unit_id
    where
        movements.direction = 'internal'
        and origin.section_id <> target.section_id

),

-- who leaves one ministry and soon enters another went there; of several entries the next counts
crossings as (

    select
        exits.movement_date,
        exits.ministry_id as from_unit_id,
        entries.ministry_id as to_unit_id,
        row_number() over (
            partition by exits.person_key, exits.movement_date, exits.ministry_id
            order by entries.movement_date asc, entries.ministry_id asc
        ) as choice
    from movements as exits
    cross join parameters
    inner join movements as entries
        on
            exits.person_key = entries.person_key
            and exits.ministry_id <> entries.ministry_id
            and exits.movement_date <= entries.movement_date
            and {{ days_between('exits.movement_date', 'entries.movement_date') }}
            < parameters.transfer_match_days
    where
        exits.movement_class = 'transfer_out'
        and entries.movement_class = 'transfer_in'

),

between_ministries as (

    select
        units.parent_id as org_unit_id,
        crossings.movement_date,
        crossings.from_unit_id,
        crossings.to_unit_id
    from crossings
    inner join units on crossings.from_unit_id = units.org_unit_id
    where crossings.choice = 1

),

moves as (

    select * from inside

    union all

    select * from between_ministries

),

final as (

    select
        moves.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        moves.from_unit_id,
        moves.to_unit_id,
        count(*) as n,
        'F' as conf_status
    from moves
    inner join periods
        on
            moves.movement_date >= periods.period_start
            and moves.movement_date <= periods.period_end
    cross join threshold
    group by
        moves.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        moves.from_unit_id,
        moves.to_unit_id
    having count(*) >= max(threshold.moves_min)

)

select * from final
