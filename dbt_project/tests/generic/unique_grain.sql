{#
    No two rows share the columns that say what one row is, and none of these columns is null. Rows are
    told apart by one number each; only those whose numbers meet are compared by their texts.
#}
{% test unique_grain(model, columns) %}

    with suspects as (

        select hash({{ columns | join(', ') }}) as mark
        from {{ model }}
        group by hash({{ columns | join(', ') }})
        having count(*) > 1

    )

    select {{ columns | join(', ') }}
    from {{ model }}
    where hash({{ columns | join(', ') }}) in (select suspects.mark from suspects)
    group by {{ columns | join(', ') }}
    having count(*) > 1

    union all

    select {{ columns | join(', ') }}
    from {{ model }}
    where
        {% for column in columns -%}
            {{ 'or ' if not loop.first }}{{ column }} is null
        {% endfor %}

{% endtest %}
