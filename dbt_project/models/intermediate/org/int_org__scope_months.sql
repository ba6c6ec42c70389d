with closure as (

    select * from {{ ref('int_org__closure') }}

),

months as (

    select * from {{ ref('int_org__months') }}

),

versions as (

    select * from {{ ref('int_org__unit_versions') }}

),

successors as (

    select * from {{ ref('stg_org__successors') }}

),

today as (

    select max(period_start) as period_start from versions

),

-- ministries whose personnel are known
ministries as (

    select distinct ministry_id
    from {{ ref('int_hrm__headcount_spells') }}
    where scope <> 'service'

),

units as (

    select
        closure.org_view,
        closure.period_start,
        closure.ancestor_id as org_unit_id,
        versions.ministry_id
    from closure
    inner join versions
        on
            closure.period_start = versions.period_start
            and closure.ancestor_id = versions.org_unit_id
    inner join ministries on versions.ministry_id = ministries.ministry_id
    group by
        closure.org_view,
        closure.period_start,
        closure.ancestor_id,
        versions.ministry_id

),

-- a figure does not compare with the month before where the unit was cut out of another
reorganised as (

    select
        org_unit_id,
        cast(date_trunc('month', valid_from) as date) as period_start
    from successors

    union distinct

    select
        successor_id as org_unit_id,
        cast(date_trunc('month', valid_from) as date) as period_start
    from successors

),

views as (

    select distinct org_view from units

),

scopes as (

    select
        units.org_view,
        units.period_start,
        units.org_unit_id,
        case
            when units.org_view = 'as_was' then versions.is_valid
            else current_versions.is_valid
        end as is_valid,
        units.org_view = 'as_was' and reorganised.org_unit_id is not null as is_break
    from units
    inner join versions
        on
            units.period_start = versions.period_start
            and units.org_unit_id = versions.org_unit_id
    cross join today
    inner join versions as current_versions
        on
            today.period_start = current_versions.period_start
            and units.org_unit_id = current_versions.org_unit_id
    left join reorganised
        on
            units.period_start = reorganised.period_start
            and units.org_unit_id = reorganised.org_unit_id

    union all

    select
        views.org_view,
        months.period_start,
        'UZ' as org_unit_id,
        true as is_valid,
        false as is_break
    from months
    cross join views

),

final as (

    select
        scopes.org_view,
        scopes.org_unit_id,
        scopes.period_start,
        months.period_end,
        months.days_in_period,
        months.is_reported,
        months.is_provisional,
        scopes.is_valid,
        scopes.is_break
    from scopes
    inner join months on scopes.period_start = months.period_start

)

select * from final
