{#- share of the largest receiver in a sum; over several months no less than the true share -#}
{% set sums = {'largest_gross_share': 'gross_pay', 'largest_variable_share': 'variable_pay'} %}
{% set dimensions = ['sex', 'position_group', 'position_category'] %}

with paid as (

    select * from {{ ref('int_hrm__paid_months') }}

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

placed as (

    {{ placed('paid') }}

),

cells as (

    select
        org_view,
        ancestor_id as org_unit_id,
        period_start,
        {{ category_columns(dimensions) }},
    {% for name, amount in sums.items() -%}
        max({{ amount }}) as {{ name }}_first,
        sum({{ amount }}) as {{ name }}_whole{{ ',' if not loop.last }}
    {% endfor %}
    from placed
    group by grouping sets (
        (org_view, ancestor_id, period_start)
        {%- for dimension in dimensions %}
            ,
            (org_view, ancestor_id, period_start, {{ dimension }})
        {%- endfor %}
    )

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
