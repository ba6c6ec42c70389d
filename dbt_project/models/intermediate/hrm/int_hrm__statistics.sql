{#- models that give ready figures: of the last day of a month, and of a whole period -#}
{% set stocks = [
    'int_hrm__person_statistics', 'int_hrm__vacancy_statistics',
    'int_hrm__pay_statistics', 'int_hrm__structure_statistics',
] %}
{% set flows = ['int_hrm__rating_statistics', 'int_hrm__hiring_statistics'] %}

with periods as (

    select *
    from {{ ref('int_org__periods') }}
    where is_last

),

scopes as (

    select *
    from {{ ref('int_org__scope_periods') }}
    where scope_period_id = figures_id

),

breakdowns as (

    select * from {{ ref('int_hrm__breakdowns') }}

),

stocks as (

    {% for topic in stocks -%}
        select
            measure_id,
            org_view,
            org_unit_id,
            period_start,
            dimension_1,
            category_1,
            dimension_2,
            category_2,
            cast(amount as double) as amount,
            cast(n as double) as n
        from {{ ref(topic) }}
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

told as (

    select
        stocks.measure_id,
        stocks.org_view,
        stocks.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        stocks.dimension_1,
        stocks.category_1,
        stocks.dimension_2,
        stocks.category_2,
        stocks.amount,
        stocks.n
    from stocks
    inner join periods on stocks.period_start = periods.month_start
    {%- for topic in flows %}

        union all

        select
            measure_id,
            org_view,
            org_unit_id,
            period_kind,
            period_start,
            period_end,
            dimension_1,
            category_1,
            dimension_2,
            category_2,
            cast(amount as double) as amount,
            cast(n as double) as n
        from {{ ref(topic) }}
    {%- endfor %}

),

final as (

    select
        told.measure_id,
        scopes.scope_period_id,
        breakdowns.breakdown_id,
        told.amount,
        told.n
    from told
    {{ numbered_cells('told') }}

    union all

    select
        parity.measure_id,
        parity.scope_period_id,
        breakdowns.breakdown_id,
        cast(parity.amount as double) as amount,
        cast(parity.n as double) as n
    from {{ ref('int_hrm__parity_statistics') }} as parity
    inner join breakdowns on breakdowns.dimension_1 = 'all'

)

select * from final
