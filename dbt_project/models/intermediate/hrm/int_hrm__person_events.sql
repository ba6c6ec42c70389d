{#- models that give events of persons, each person to be counted once in a period -#}
{% set topics = [
    'int_hrm__mobility_events', 'int_hrm__training_events', 'int_hrm__sanction_events',
    'int_hrm__rank_events',
] %}

{% for topic in topics -%}
    select
        measure_id,
        scope,
        person_key,
        period_start,
        org_unit_id,
        sex,
        age_band,
        tenure_band,
        position_group,
        position_category,
        contract_type,
        education_level
    from {{ ref(topic) }}
    {%- if not loop.last %}

        union all

    {% endif %}
{%- endfor %}
