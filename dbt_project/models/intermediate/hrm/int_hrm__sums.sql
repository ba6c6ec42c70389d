{#- kinds of period; a breakdown is given in some of them, and below ministries in fewer -#}
{% set kinds = ['month', 'quarter', 'year', 'r12', 'ytd'] %}

with leaves as (

    select * from {{ ref('int_hrm__leaves') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}

),

versions as (

    select * from {{ ref('int_org__unit_versions') }}

),

breakdowns as (

    select * from {{ ref('int_hrm__breakdowns') }}

),

measures as (

    {{ numbered_measures() }}

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

ministries as (

    select distinct ministry_id from versions

),

-- months of which both views are alike are summed once
scopes as (

    select
        scope_months.org_view,
        scope_months.org_unit_id,
        scope_months.period_start,
        scope_months.scope_month_id,
        scope_months.org_unit_id = 'UZ' or ministries.ministry_id is not null as is_above_units
    from {{ ref('int_org__scope_months') }} as scope_months
    left join ministries on scope_months.org_unit_id = ministries.ministry_id
    where scope_months.scope_month_id = scope_months.summed_as_id

),

asked as (

    select
        measures.measure_no,
        measures.period_rule,
        breakdowns.breakdown_id,
        asked_measures.period_kind,
        asked_measures.is_below_ministries
    from {{ ref('int_hrm__asked_measures') }} as asked_measures
    inner join measures on asked_measures.measure_id = measures.measure_id
    inner join breakdowns
        on
            asked_measures.dimension_1 = breakdowns.dimension_1
            and asked_measures.dimension_2 = breakdowns.dimension_2

),

-- a stock is that of the last month of a period, an opening that of the first, a flow the sum
needed as (

    select
        asked.measure_no,
        asked.breakdown_id,
        periods.month_start,
        max(case when asked.is_below_ministries then 1 else 0 end) = 1 as is_below_ministries
    from asked
    inner join periods
        on
            asked.period_kind = periods.period_kind
            and (
                asked.period_rule = 'sum'
                or (asked.period_rule = 'last' and periods.is_last)
                or (asked.period_rule = 'first' and periods.month_start = periods.period_start)
            )
    group by
        asked.measure_no,
        asked.breakdown_id,
        periods.month_start

),

-- region and level are those of the unit itself
regions as (

    {% for dimension in ['region', 'level'] -%}
        select
            versions.period_start,
            versions.org_unit_id,
            breakdowns.breakdown_id
        from versions
        inner join breakdowns
            on
                breakdowns.dimension_1 = '{{ dimension }}'
                and breakdowns.category_1 = coalesce(versions.{{ dimension }}, 'unknown')
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

nowhere as (

    select breakdown_id
    from breakdowns
    where
        dimension_1 in ('region', 'level')
        and category_1 = 'unknown'

),

regional as (

    select
        leaves.measure_id,
        leaves.scope,
        leaves.period_start,
        leaves.org_unit_id,
        regions.breakdown_id,
        leaves.amount
    from leaves
    inner join regions
        on
            leaves.period_start = regions.period_start
            and leaves.org_unit_id = regions.org_unit_id
    where leaves.dimension_1 = 'all'

    union all

    select
        leaves.measure_id,
        leaves.scope,
        leaves.period_start,
        leaves.org_unit_id,
        nowhere.breakdown_id,
        leaves.amount
    from leaves
    left join versions
        on
            leaves.period_start = versions.period_start
            and leaves.org_unit_id = versions.org_unit_id
    cross join nowhere
    where
        leaves.dimension_1 = 'all'
        and versions.org_unit_id is null

),

every_leaf as (

    select
        leaves.measure_id,
        leaves.scope,
        leaves.period_start,
        leaves.org_unit_id,
        breakdowns.breakdown_id,
        leaves.amount
    from leaves
    inner join breakdowns
        on
            leaves.dimension_1 = breakdowns.dimension_1
            and leaves.category_1 = breakdowns.category_1
            and leaves.dimension_2 = breakdowns.dimension_2
            and leaves.category_2 = breakdowns.category_2

    union all

    select * from regional

),

wanted as (

    select
        measures.measure_no,
        every_leaf.scope,
        every_leaf.period_start,
        every_leaf.org_unit_id,
        every_leaf.breakdown_id,
        every_leaf.amount,
        needed.is_below_ministries
    from every_leaf
    inner join measures on every_leaf.measure_id = measures.measure_id
    inner join needed
        on
            measures.measure_no = needed.measure_no
            and every_leaf.breakdown_id = needed.breakdown_id
            and every_leaf.period_start = needed.month_start

),

parts as (

    select
        closure.period_start,
        closure.org_unit_id,
        closure.share,
        scopes.scope_month_id,
        scopes.is_above_units
    from closure
    inner join scopes
        on
            closure.org_view = scopes.org_view
            and closure.period_start = scopes.period_start
            and closure.ancestor_id = scopes.org_unit_id

),

-- a unit that the structure does not know still counts in the service
placed as (

    select
        parts.scope_month_id,
        wanted.measure_no,
        wanted.breakdown_id,
        cast(wanted.amount * parts.share as decimal(38, 12)) as amount
    from wanted
    inner join parts
        on
            wanted.period_start = parts.period_start
            and wanted.org_unit_id = parts.org_unit_id
    where
        wanted.scope <> 'service'
        and (wanted.is_below_ministries or parts.is_above_units)

    union all

    select
        scopes.scope_month_id,
        wanted.measure_no,
        wanted.breakdown_id,
        cast(wanted.amount as decimal(38, 12)) as amount
    from wanted
    inner join scopes
        on
            wanted.period_start = scopes.period_start
            and scopes.org_unit_id = 'UZ'
    where wanted.scope <> 'ministry'

),

monthly as (

    select
        scope_month_id,
        measure_no,
        breakdown_id,
        cast(sum(amount) as decimal(38, 12)) as amount
    from placed
    group by
        scope_month_id,
        measure_no,
        breakdown_id

),

given as (

    select
        measure_no,
        breakdown_id,
        period_rule,
    {% for kind in kinds -%}
        max(case when period_kind = '{{ kind }}' then 1 else 0 end) = 1 as is_by_{{ kind }},
        max(case when period_kind = '{{ kind }}' and is_below_ministries then 1 else 0 end) = 1
            as is_below_by_{{ kind }}{{ ',' if not loop.last }}
    {% endfor %}
    from asked
    group by
        measure_no,
        breakdown_id,
        period_rule

),

final as (

    select
        monthly.measure_no,
        members.scope_period_id,
        monthly.breakdown_id,
        cast(sum(monthly.amount) as decimal(38, 12)) as amount
    from monthly
    inner join given
        on
            monthly.measure_no = given.measure_no
            and monthly.breakdown_id = given.breakdown_id
    inner join {{ ref('int_org__scope_members') }} as members
        on monthly.scope_month_id = members.scope_month_id
    where
        (
            given.period_rule = 'sum'
            or (given.period_rule = 'last' and members.is_last)
            or (given.period_rule = 'first' and members.is_first)
        )
        and case members.period_kind
            {% for kind in kinds -%}
                when '{{ kind }}'
                    then
                        given.is_below_by_{{ kind }}
                        or (given.is_by_{{ kind }} and members.is_above_units)
            {% endfor -%}
            else false
        end
    group by
        monthly.measure_no,
        members.scope_period_id,
        monthly.breakdown_id

)

select * from final
