with leaves as (

    select * from {{ ref('int_hrm__leaves') }}

),

wanted as (

    select * from {{ ref('int_hrm__wanted') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}

),

versions as (

    select * from {{ ref('int_org__unit_versions') }}

),

measures as (

    select * from {{ ref('measures') }}

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

asked as (

    select * from {{ ref('int_hrm__asked_measures') }}

),

ministries as (

    select distinct ministry_id from versions

),

views as (

    select distinct org_view from closure

),

-- region and level are those of the unit itself
regional as (

    select
        leaves.measure_id,
        leaves.scope,
        leaves.period_start,
        leaves.org_unit_id,
        wanted.dimension_1,
        case wanted.dimension_1
            when 'region' then coalesce(versions.region, 'unknown')
            else coalesce(versions.level, 'unknown')
        end as category_1,
        'all' as dimension_2,
        'all' as category_2,
        leaves.amount
    from leaves
    inner join wanted
        on
            leaves.measure_id = wanted.measure_id
            and wanted.dimension_1 in ('region', 'level')
            and wanted.dimension_2 = 'all'
    left join versions
        on
            leaves.period_start = versions.period_start
            and leaves.org_unit_id = versions.org_unit_id
    where leaves.dimension_1 = 'all'

),

every_leaf as (

    select * from leaves

    union all

    select * from regional

),

-- a unit that the structure does not know still counts in the service
placed as (

    select
        closure.org_view,
        closure.ancestor_id as org_unit_id,
        every_leaf.measure_id,
        every_leaf.period_start,
        every_leaf.dimension_1,
        every_leaf.category_1,
        every_leaf.dimension_2,
        every_leaf.category_2,
        cast(every_leaf.amount * closure.share as decimal(38, 12)) as amount
    from every_leaf
    inner join closure
        on
            every_leaf.period_start = closure.period_start
            and every_leaf.org_unit_id = closure.org_unit_id
    left join versions
        on
            closure.period_start = versions.period_start
            and closure.ancestor_id = versions.org_unit_id
    where
        every_leaf.scope <> 'service'
        -- two breakdowns at once stand for ministries only, region and level not below them
        and (
            (every_leaf.dimension_2 = 'all' and every_leaf.dimension_1 not in ('region', 'level'))
            or closure.ancestor_id = versions.ministry_id
        )

    union all

    select
        views.org_view,
        'UZ' as org_unit_id,
        every_leaf.measure_id,
        every_leaf.period_start,
        every_leaf.dimension_1,
        every_leaf.category_1,
        every_leaf.dimension_2,
        every_leaf.category_2,
        cast(every_leaf.amount as decimal(38, 12)) as amount
    from every_leaf
    cross join views
    where every_leaf.scope <> 'ministry'

),

monthly as (

    select
        org_view,
        org_unit_id,
        measure_id,
        period_start,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        cast(sum(amount) as decimal(38, 12)) as amount
    from placed
    group by
        org_view,
        org_unit_id,
        measure_id,
        period_start,
        dimension_1,
        category_1,
        dimension_2,
        category_2

),

-- a stock is that of the last month, an opening that of the first, a flow the sum
final as (

    select
        monthly.measure_id,
        monthly.org_view,
        monthly.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        monthly.dimension_1,
        monthly.category_1,
        monthly.dimension_2,
        monthly.category_2,
        cast(sum(monthly.amount) as decimal(38, 12)) as amount
    from monthly
    inner join measures on monthly.measure_id = measures.measure_id
    inner join periods
        on
            monthly.period_start = periods.month_start
            and (
                measures.period_rule = 'sum'
                or (measures.period_rule = 'last' and periods.is_last)
                or (measures.period_rule = 'first' and periods.month_start = periods.period_start)
            )
    inner join asked
        on
            monthly.measure_id = asked.measure_id
            and monthly.dimension_1 = asked.dimension_1
            and monthly.dimension_2 = asked.dimension_2
            and periods.period_kind = asked.period_kind
    left join ministries on monthly.org_unit_id = ministries.ministry_id
    where
        asked.is_below_ministries
        or monthly.org_unit_id = 'UZ'
        or ministries.ministry_id is not null
    group by
        monthly.measure_id,
        monthly.org_view,
        monthly.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        monthly.dimension_1,
        monthly.category_1,
        monthly.dimension_2,
        monthly.category_2

)

select * from final
