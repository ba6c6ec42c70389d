{# Whatever has the unit `share` lies between 0 and 1. #}
{% test shares_between_0_and_1(model) %}

    select *
    from {{ model }}
    where
        unit = 'share'
        and not value between 0 and 1

{% endtest %}
