{# Where both parts are given the value is their ratio, and null where the base is empty. #}
{% test value_is_numerator_by_denominator(model) %}

    select *
    from {{ model }}
    where
        numerator is not null
        and denominator is not null
        and (
            (denominator = 0 and value is not null)
            or (denominator <> 0 and value is null)
            or abs(value - numerator / nullif(denominator, 0)) > 1e-9 * greatest(1, abs(value))
        )

{% endtest %}
