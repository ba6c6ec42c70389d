{#- share of the largest receiver in a sum; over several months no less than the true share -#}
{% set sums = {'largest_gross_share': 'gross_pay', 'largest_variable_share': 'variable_pay'} %}
{% set dimensions = ['sex', 'position_group', 'position_category'] %}

with paid as (

    select * from {{ ref('int_hrm__paid_months') }}

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

scopes as (

    select * from {{ ref('int_org__scopes') }}

),

-- the largest of a place is the largest of its units
leaves as (

    select
        scope,
        period_start,
        org_unit_id,
        {{ category_columns(dimensions) }},
    {% for name, amount in sums.items() -%}
        max({{ amount }}) as {{ name }}_first,
        sum({{ amount }}) as {{ name }}_whole{{ ',' if not loop.last }}
    {% endfor %}
    from paid
    group by grouping sets (
        (scope, period_start, org_unit_id)
        {%- for dimension in dimensions %}
            ,
            (scope, period_start, org_unit_id, {{ dimension }})
        {%- endfor %}
    )

),

placed as (

    {{ placed_once('leaves') }}

),

cells as (

    select
        scopes.org_view,
        scopes.org_unit_id,
        placed.period_start,
        placed.dimension_1,
        placed.category_1,
        placed.dimension_2,
        placed.category_2,
    {% for name in sums -%}
        max(placed.{{ name }}_first) as {{ name }}_first,
        sum(placed.{{ name }}_whole) as {{ name }}_whole{{ ',' if not loop.last }}
    {% endfor %}
    from placed
    inner join scopes on placed.scope_id = scopes.scope_id
    group by
        scopes.org_view,
        scopes.org_unit_id,
        placed.period_start,
        placed.dimension_1,
        placed.category_1,
        placed.dimension_2,
        placed.category_2

),

final as (

    {% for name in sums -%}
        select
            '{{ name }}' as measure_id,
            cells.org_view,
            cells.org_unit_id,
            periods.period_kind,
            periods.period_start,
            periods.period_end,
            cells.dimension_1,
            cells.category_1,
            cells.dimension_2,
            cells.category_2,
            cast(
                sum(cells.{{ name }}_first) / nullif(sum(cells.{{ name }}_whole), 0) as double
            ) as amount
        from cells
        inner join periods on cells.period_start = periods.month_start
        group by
            cells.org_view,
            cells.org_unit_id,
            periods.period_kind,
            periods.period_start,
            periods.period_end,
            cells.dimension_1,
            cells.category_1,
            cells.dimension_2,
            cells.category_2
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

)

select * from final
