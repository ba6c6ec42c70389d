{# Columns of a wide table as rows: one per row and column of `measures`, with its amount. #}
{% macro long_figures(relation, keys, measures) -%}
    select
        {% for key in keys -%}
    figures.{{ key }},
        {% endfor -%}
        measure.measure_id,
        cast(
            case measure.measure_id
                {% for measure in measures -%}
        when '{{ measure }}' then figures.{{ measure }}
    {% endfor -%}
                else null
            end as double
        ) as amount
    from {{ relation }} as figures
    inner join {{ ref('process_measures') }} as measure
        on
            figures.evidence_source = measure.evidence_source
            and figures.level = measure.level
{%- endmacro %}
