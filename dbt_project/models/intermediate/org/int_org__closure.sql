with recursive versions as (

    select * from {{ ref('int_org__unit_versions') }}

),

current_units as (

    select * from {{ ref('int_org__current_units') }}

),

today as (

    select max(period_start) as period_start from versions

),

climb as (

    select
        period_start,
        org_unit_id,
        org_unit_id as ancestor_id,
        0 as depth
    from versions

    union all

    select
        climb.period_start,
        climb.org_unit_id,
        parents.parent_id as ancestor_id,
        climb.depth + 1 as depth
    from climb
    inner join versions as parents
        on
            climb.period_start = parents.period_start
            and climb.ancestor_id = parents.org_unit_id
    -- the service as a whole is counted by person, not summed from its ministries
    where
        parents.parent_id is not null
        and parents.parent_id <> 'UZ'
        and climb.depth < 20

),

final as (

    select
        'as_was' as org_view,
        period_start,
        org_unit_id,
        ancestor_id,
        cast(1 as decimal(9, 6)) as share,
        true as is_greatest
    from climb
    where org_unit_id <> 'UZ'

    union all

    select
        'as_is' as org_view,
        versions.period_start,
        versions.org_unit_id,
        climb.ancestor_id,
        cast(sum(current_units.share) as decimal(9, 6)) as share,
        max(case when current_units.is_greatest then 1 else 0 end) = 1 as is_greatest
    from versions
    inner join current_units on versions.org_unit_id = current_units.org_unit_id
    inner join climb on current_units.current_org_unit_id = climb.org_unit_id
    inner join today on climb.period_start = today.period_start
    where versions.org_unit_id <> 'UZ'
    group by
        versions.period_start,
        versions.org_unit_id,
        climb.ancestor_id

)

select * from final
