{#
    Medians hold all their values in memory. A model that names the relation by which its size is known
    (`sliced_by`) and asks for `in_slice(month)` in its SQL is written some months at a time, so that no
    more than about a million rows are looked at together; where there are fewer, at once.
#}
{% macro in_slice(month) -%}
    (12 * extract(year from {{ month }}) + extract(month from {{ month }})) % 1 /* of */ = 0 /* no */
{%- endmacro %}

{# How many slices a model is written in. #}
{% macro slices_of(name) -%}
    {% if not name or not execute -%}
        {{ return(1) }}
    {%- endif %}
    {% set counted = run_query("select count(*) from " ~ load_relation(ref(name))) -%}
    {{ return([24, 1 + counted.columns[0].values()[0] // 1000000] | min) }}
{%- endmacro %}

{# The SQL of a model for one of its slices. #}
{% macro sliced(code, number, slices) -%}
    {{ return(
        code | replace("1 /* of */", slices | string) | replace("0 /* no */", number | string)
    ) }}
{%- endmacro %}
