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

-- a ministry that tells who was there on some days: between them first and last days are estimated
snapshots as (

    select
        senders.ministry_id,
        told.source,
        told.day,
        min(told.first_day) over (partition by told.source) as first_day
    from {{ source('build', 'snapshots') }} as told
    inner join {{ ref('int_org__source_ministries') }} as senders on told.source = senders.source

),

panels as (

    select distinct
        ministry_id,
        source,
        first_day
    from snapshots

),

bounds as (

    select
        panels.ministry_id,
        months.period_start,
        opening.day is null and panels.first_day <> months.period_start as is_start_estimated,
        closing.day is null as is_end_estimated
    from panels
    inner join months on panels.first_day <= months.period_end
    left join snapshots as opening
        on
            panels.source = opening.source
            and months.period_start = {{ add_days('opening.day', 1) }}
    left join snapshots as closing
        on
            panels.source = closing.source
            and months.period_end = closing.day

),

estimated as (

    select
        coalesce(ministry_id, 'UZ') as ministry_id,
        period_start,
        max(case when is_start_estimated then 1 else 0 end) = 1 as is_start_estimated,
        max(case when is_end_estimated then 1 else 0 end) = 1 as is_end_estimated
    from bounds
    group by
        grouping sets ((ministry_id, period_start), (period_start))

),

views as (

    select distinct org_view from units

),

scopes as (

    select
        units.org_view,
        units.period_start,
        units.org_unit_id,
        units.ministry_id,
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
        'UZ' as ministry_id,
        true as is_valid,
        false as is_break
    from months
    cross join views

),

members as (

    select
        org_view,
        period_start,
        ancestor_id,
        {{ ordered_text("org_unit_id || ' ' || cast(share as varchar)", 'org_unit_id') }} as units
    from closure
    group by
        org_view,
        period_start,
        ancestor_id

),

-- where both views put the same units together their sums are the same
numbered as (

    select
        scopes.*,
        case when scopes.org_unit_id = 'UZ' then 'UZ' else members.units end as units,
        cast(
            row_number() over (order by scopes.org_view, scopes.org_unit_id, scopes.period_start)
            as integer
        ) as scope_month_id
    from scopes
    left join members
        on
            scopes.org_view = members.org_view
            and scopes.period_start = members.period_start
            and scopes.org_unit_id = members.ancestor_id

),

final as (

    select
        numbered.org_view,
        numbered.org_unit_id,
        numbered.period_start,
        months.period_end,
        months.days_in_period,
        months.is_reported,
        months.is_provisional,
        numbered.is_valid,
        numbered.is_break,
        coalesce(estimated.is_start_estimated, false) as is_start_estimated,
        coalesce(estimated.is_end_estimated, false) as is_end_estimated,
        numbered.scope_month_id,
        coalesce(twins.scope_month_id, numbered.scope_month_id) as summed_as_id
    from numbered
    inner join months on numbered.period_start = months.period_start
    left join estimated
        on
            numbered.ministry_id = estimated.ministry_id
            and numbered.period_start = estimated.period_start
    left join numbered as twins
        on
            numbered.org_view = 'as_is'
            and twins.org_view = 'as_was'
            and numbered.org_unit_id = twins.org_unit_id
            and numbered.period_start = twins.period_start
            and numbered.units = twins.units

)

select * from final
