{# Seconds since midnight of a time of day written as 09:00. #}
{% macro seconds_of_clock(clock) -%}
    (
        3600 * cast(substring({{ clock }}, 1, 2) as integer)
        + 60 * cast(substring({{ clock }}, 4, 2) as integer)
    )
{%- endmacro %}
