{# An interval has two ends, and the value lies between them. #}
{% test interval_holds_value(model) %}

    select *
    from {{ model }}
    where
        (ci_low is null) <> (ci_high is null)
        or ci_low > value + 1e-9
        or ci_high < value - 1e-9

{% endtest %}
