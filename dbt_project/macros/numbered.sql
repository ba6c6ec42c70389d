{#
    Inside, measures, places in time and breakdowns are numbers: grouping and joining millions of
    figures by ten texts costs three times as much. Texts come back in hrm_indicators.
#}

{# A number for each measure, those of dominance too, and that of the measure it is made from. #}
{% macro numbered_measures() -%}
    select
        one.measure_id,
        one.period_rule,
        one.measure_no,
        source.measure_no as made_from_no
    from ({{ measure_numbers() }}) as one
    left join ({{ measure_numbers() }}) as source on one.made_from = source.measure_id
{%- endmacro %}

{% macro measure_numbers() -%}
    select
        *,
        cast(row_number() over (order by measure_id) as integer) as measure_no
    from (
        select
            measure_id,
            period_rule,
            made_from
        from {{ ref('measures') }}

        union all

        select distinct
            dominance as measure_id,
            cast(null as varchar) as period_rule,
            cast(null as varchar) as made_from
        from {{ ref('formulas') }}
        where dominance is not null
    ) as named
{%- endmacro %}

{# The number of each indicator that has a formula. #}
{% macro numbered_formulas() -%}
    select
        *,
        cast(row_number() over (order by indicator_id) as integer) as indicator_no
    from {{ ref('formulas') }}
{%- endmacro %}

{# Joins a relation told in texts to the numbers of its cells; the model reads `scopes` and
   `breakdowns` before. #}
{% macro numbered_cells(relation) -%}
    inner join scopes
        on
            {{ relation }}.org_view = scopes.org_view
            and {{ relation }}.org_unit_id = scopes.org_unit_id
            and {{ relation }}.period_kind = scopes.period_kind
            and {{ relation }}.period_start = scopes.period_start
            and {{ relation }}.period_end = scopes.period_end
    inner join breakdowns
        on
            {{ relation }}.dimension_1 = breakdowns.dimension_1
            and {{ relation }}.category_1 = breakdowns.category_1
            and {{ relation }}.dimension_2 = breakdowns.dimension_2
            and {{ relation }}.category_2 = breakdowns.category_2
{%- endmacro %}
