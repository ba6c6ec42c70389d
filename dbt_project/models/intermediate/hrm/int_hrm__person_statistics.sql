{#- statistic -> what is ordered, in which unit -#}
{% set medians = {
    'age_median': ('age_months', 12.0),
    'tenure_median': ('tenure_days', 365.25),
    'time_in_post_median': ('post_days', 365.25),
    'time_in_grade_median': ('grade_days', 1.0),
} %}
{% set dimensions = ['sex', 'position_group', 'position_category'] %}

with persons as (

    select
        scope,
        period_start,
        org_unit_id,
        sex,
        position_group,
        position_category,
        age_months,
        tenure_days,
        post_days,
        grade_days
    from {{ ref('int_hrm__person_months') }}
    where is_end

),

wanted as (

    select * from {{ ref('int_hrm__wanted') }}

),

placed as (

    {{ placed('persons') }}

),

cells as (

    select
        org_view,
        ancestor_id as org_unit_id,
        period_start,
        {{ category_columns(dimensions) }},
    {% for name, (column, unit) in medians.items() -%}
        percentile_cont(0.5) within group (order by {{ column }}) / {{ unit }} as {{ name }},
        count({{ column }}) as {{ name }}_n{{ ',' if not loop.last }}
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

    select
        wanted.measure_id,
        cells.org_view,
        cells.org_unit_id,
        cells.period_start,
        cells.dimension_1,
        cells.category_1,
        cells.dimension_2,
        cells.category_2,
        case wanted.measure_id
            {% for name in medians -%}
                when '{{ name }}' then cells.{{ name }}
            {% endfor -%}
            else null
        end as amount,
        case wanted.measure_id
            {% for name in medians -%}
                when '{{ name }}' then cells.{{ name }}_n
            {% endfor -%}
            else 0
        end as n
    from cells
    inner join wanted
        on
            cells.dimension_1 = wanted.dimension_1
            and cells.dimension_2 = wanted.dimension_2
    where
        wanted.measure_id in (
            {% for name in medians -%}
                '{{ name }}'{{ ',' if not loop.last }}
            {% endfor %}
        )

)

select * from final
