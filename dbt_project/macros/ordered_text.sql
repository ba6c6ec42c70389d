{# The values of a group as one text, in the order of `sort_key`. #}
{% macro ordered_text(value, sort_key) -%}
    {{ return(adapter.dispatch('ordered_text')(value, sort_key)) }}
{%- endmacro %}

{% macro default__ordered_text(value, sort_key) -%}
    string_agg(cast({{ value }} as varchar), '>' order by {{ sort_key }})
{%- endmacro %}

{% macro spark__ordered_text(value, sort_key) -%}
    array_join(
        transform(
            array_sort(collect_list(struct({{ sort_key }} as sort_key, {{ value }} as value))),
            pair -> cast(pair.value as string)
        ),
        '>'
    )
{%- endmacro %}
