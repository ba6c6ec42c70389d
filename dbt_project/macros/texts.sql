{# A number as people of a language write it, with up to two digits after the point; empty where there is none. #}
{% macro shown_number(number, language) -%}
    replace(
        coalesce(
            regexp_replace(cast(cast(round({{ number }}, 2) as decimal(18, 2)) as varchar), '[.]?0+$', ''), ''
        ),
        '.', '{{ "," if language in ["uz", "ru"] else "." }}'
    )
{%- endmacro %}
