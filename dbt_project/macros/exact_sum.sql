{# A sum of fractions that does not hang on the order of its rows. #}
{% macro exact_sum(value) -%}
    cast(sum(cast({{ value }} as decimal(28, 12))) as double)
{%- endmacro %}
