{# Sums of a relation at the leaf: for all rows, by each dimension and by each pair.
   `measures` is a dict name -> aggregate that may be added up. A dimension is never null. Rows alike
   in every dimension are summed first: they are far fewer, and only they are summed again for each
   dimension. #}
{% macro leaf_cells(relation, measures, dimensions, pairs=[]) -%}
    select
        scope,
        period_start,
        org_unit_id,
        {{ category_columns(dimensions) }},
        {% for name in measures -%}
        sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from (
        select
            scope,
            period_start,
            org_unit_id,
            {{ dimensions | join(', ') }},
            {% for name, aggregate in measures.items() -%}
        {{ aggregate }} as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
        from {{ relation }}
        group by scope, period_start, org_unit_id, {{ dimensions | join(', ') }}
    ) as alike
    group by grouping sets (
        (scope, period_start, org_unit_id)
    {%- for dimension in dimensions %},
        (scope, period_start, org_unit_id, {{ dimension }})
    {%- endfor %}
    {%- for first, second in pairs %},
        (scope, period_start, org_unit_id, {{ first }}, {{ second }})
    {%- endfor %}
    )
{%- endmacro %}

{# The four columns of a breakdown, from grouped dimensions of which at most two are not null. #}
{% macro category_columns(dimensions) -%}
    case
        {% for dimension in dimensions -%}
    when {{ dimension }} is not null then '{{ dimension }}'
        {% endfor -%}
        else 'all'
    end as dimension_1,
    coalesce({{ dimensions | join(', ') }}, 'all') as category_1,
    {% if dimensions | length == 1 -%}
    'all' as dimension_2,
    'all' as category_2
    {%- else -%}
    case
        {% for dimension in dimensions | reverse -%}
            {% if not loop.last -%}
                when
                    {{ dimension }} is not null
                    and coalesce({{ dimensions[:loop.revindex0] | join(', ') }}) is not null
                    then '{{ dimension }}'
            {% endif %}
        {%- endfor -%}
        else 'all'
    end as dimension_2,
    case
        {% for dimension in dimensions | reverse -%}
            {% if not loop.last -%}
                when
                    {{ dimension }} is not null
                    and coalesce({{ dimensions[:loop.revindex0] | join(', ') }}) is not null
                    then {{ dimension }}
            {% endif %}
        {%- endfor -%}
        else 'all'
    end as category_2
    {%- endif %}
{%- endmacro %}

{# Wide sums at the leaf in the long shape of int_hrm__leaves; only what a formula asks for, and no
   zeros. #}
{% macro long_measures(cells, measures) -%}
    select *
    from (
        select
            wanted.measure_id,
            cells.scope,
            cells.period_start,
            cells.org_unit_id,
            cells.dimension_1,
            cells.category_1,
            cells.dimension_2,
            cells.category_2,
            cast(
                case wanted.measure_id
                    {% for measure in measures -%}
        when '{{ measure }}' then cells.{{ measure }}
    {% endfor -%}
                    else null
                end as decimal(28, 6)
            ) as amount
        from {{ cells }} as cells
        inner join {{ ref('int_hrm__wanted') }} as wanted
            on
                cells.dimension_1 = wanted.dimension_1
                and cells.dimension_2 = wanted.dimension_2
        where wanted.measure_id in ('{{ measures | join("', '") }}')
    ) as long
    where amount <> 0
{%- endmacro %}

{# Medians of a group and how many have a value. `medians` is a dict name -> (column, unit). #}
{% macro medians_of(medians) -%}
    {% for name, (column, unit) in medians.items() -%}
        percentile_cont(0.5) within group (order by {{ column }}) / {{ unit }} as {{ name }},
        count({{ column }}) as {{ name }}_n{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}
