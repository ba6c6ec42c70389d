{#- models that give sums at the leaf, in the long shape -#}
{% set topics = [
    'int_hrm__headcount_leaves', 'int_hrm__fte_leaves', 'int_hrm__post_leaves',
    'int_hrm__movement_leaves', 'int_hrm__covered_leaves', 'int_hrm__fact_leaves',
] %}
{#- the headcount of the last day of a month opens the next; a month changed what lies between -#}
{% set next_month = add_months('period_start', 1) %}
{% set openings = [
    ('headcount_opening', next_month, 'amount'),
    ('headcount_change', next_month, '-amount'),
    ('headcount_change', 'period_start', 'amount'),
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

    union all

{% endfor -%}
{% for measure, month, amount in openings -%}
    select
        '{{ measure }}' as measure_id,
        scope,
        {{ month }} as period_start,
        org_unit_id,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        {{ amount }} as amount
    from {{ ref('int_hrm__headcount_leaves') }}
    where
        measure_id = 'headcount_end'
        and dimension_1 = 'all'
    {%- if not loop.last %}

        union all

    {% endif %}
{%- endfor %}
