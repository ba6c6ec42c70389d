{# A sum of seconds that does not hang on the order of its rows: they are whole microseconds. #}
{% macro exact_seconds(value) -%}
    cast(sum(cast(({{ value }}) * 1000000 as bigint)) as double) / 1000000
{%- endmacro %}
