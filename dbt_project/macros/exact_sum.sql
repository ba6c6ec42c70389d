{# A sum of fractions that does not hang on the order of its rows.
   There is room for squares of the seconds of a century. #}
{% macro exact_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(38, 12))) as double)
{%- endmacro %}
