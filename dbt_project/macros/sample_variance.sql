{# Sample variance from count, sum and sum of squares; null below two, never under zero. #}
{% macro sample_variance(n, total, squares) -%}
    case
        when {{ n }} < 2 then null
        when {{ squares }} <= {{ total }} * {{ total }} / {{ n }} then 0
        else ({{ squares }} - {{ total }} * {{ total }} / {{ n }}) / nullif({{ n }} - 1, 0)
    end
{%- endmacro %}
