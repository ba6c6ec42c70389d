{# No two rows share the columns that say what one row is, and none of these columns is null. #}
{% test unique_grain(model, columns) %}

    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns -%}
            or {{ column }} is null
        {% endfor %}

{% endtest %}
