{#- models that give sums at the leaf, in the long shape -#}
{% set topics = [
    'int_hrm__headcount_leaves', 'int_hrm__fte_leaves', 'int_hrm__post_leaves',
    'int_hrm__movement_leaves', 'int_hrm__covered_leaves', 'int_hrm__fact_leaves',
] %}

{% for topic in topics -%}
    select
        measure_id,
        scope,
        period_start,
        org_unit_id,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        amount
    from {{ ref(topic) }}
    {%- if not loop.last %}

        union all

    {% endif %}
{%- endfor %}
