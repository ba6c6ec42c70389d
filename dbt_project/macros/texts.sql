{# A number as people of a language write it, with up to two digits after the point; empty where
   there is none. #}
{% macro shown_number(number, language) -%}
    replace(
        coalesce(
            regexp_replace(cast(cast(round({{ number }}, 2) as decimal(18, 2)) as varchar), '[.]?0+$', ''), ''
        ),
        '.', '{{ "," if language in ["uz", "ru"] else "." }}'
    )
{%- endmacro %}

{# A text with the numbers of a row of `relation` in the places that it names in braces. #}
{% macro filled_text(text, relation, language) -%}
    replace(
        replace(
            replace(
                replace({{ text }}, '{value}', {{ shown_number(relation ~ '.value', language) }}),
                '{threshold}', {{ shown_number(relation ~ '.threshold', language) }}
            ),
            '{judged}', cast({{ relation }}.judged as varchar)
        ),
        '{not_held}', cast({{ relation }}.not_held as varchar)
    )
{%- endmacro %}
