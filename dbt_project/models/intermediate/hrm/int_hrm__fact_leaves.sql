{#- models that give facts of persons, summed here by unit and breakdown -#}
{% set topics = [
    'int_hrm__training_facts', 'int_hrm__leave_facts', 'int_hrm__integrity_facts',
    'int_hrm__reserve_facts', 'int_hrm__appraisal_facts', 'int_hrm__hiring_facts',
    'int_hrm__pay_facts', 'int_hrm__career_facts', 'int_hrm__extract_facts',
    'int_hrm__delivery_facts', 'int_hrm__register_facts',
    'int_hrm__suspect_facts',
] %}
{% set dimensions = [
    'sex', 'age_band', 'tenure_band', 'position_group', 'position_category', 'contract_type',
    'education_level',
] %}

with given as (

    {% for topic in topics -%}
        select
            measure_id,
            scope,
            period_start,
            org_unit_id,
            {{ dimensions | join(', ') }},
            amount
        from {{ ref(topic) }}
        where amount <> 0
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

wanted as (

    select * from {{ ref('int_hrm__wanted') }}

),

cells as (

    select
        measure_id,
        scope,
        period_start,
        org_unit_id,
        {{ category_columns(dimensions) }},
        sum(amount) as amount
    from given
    group by grouping sets (
        (measure_id, scope, period_start, org_unit_id)
        {%- for dimension in dimensions %}
            ,
            (measure_id, scope, period_start, org_unit_id, {{ dimension }})
        {%- endfor %}
    )

),

final as (

    select
        cells.measure_id,
        cells.scope,
        cells.period_start,
        cells.org_unit_id,
        cells.dimension_1,
        cells.category_1,
        cells.dimension_2,
        cells.category_2,
        cast(cells.amount as decimal(28, 6)) as amount
    from cells
    inner join wanted
        on
            cells.measure_id = wanted.measure_id
            and cells.dimension_1 = wanted.dimension_1
            and cells.dimension_2 = wanted.dimension_2

)

select * from final
