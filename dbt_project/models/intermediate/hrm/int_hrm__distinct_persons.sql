{% set dimensions = [
    'sex', 'age_band', 'tenure_band', 'position_group', 'position_category', 'contract_type',
    'education_level',
] %}

with events as (

    select * from {{ ref('int_hrm__person_events') }}

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

wanted as (

    select * from {{ ref('int_hrm__wanted') }}

),

placed as (

    {{ placed('events') }}

),

counted as (

    select
        placed.measure_id,
        placed.org_view,
        placed.ancestor_id as org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        {{ category_columns(dimensions) }},
        cast(count(distinct placed.person_key) as decimal(38, 12)) as amount
    from placed
    inner join periods on placed.period_start = periods.month_start
    group by grouping sets (
        (
            placed.measure_id, placed.org_view, placed.ancestor_id,
            periods.period_kind, periods.period_start, periods.period_end, periods.days_in_period
        )
        {%- for dimension in dimensions %}
            ,
            (
                placed.measure_id, placed.org_view, placed.ancestor_id,
                periods.period_kind,
                periods.period_start,
                periods.period_end,
                periods.days_in_period,
                {{ dimension }}
            )
        {%- endfor %},
        (
            placed.measure_id, placed.org_view, placed.ancestor_id,
            periods.period_kind, periods.period_start, periods.period_end, periods.days_in_period,
            placed.sex, placed.position_category
        )
    )

),

final as (

    select counted.*
    from counted
    inner join wanted
        on
            counted.measure_id = wanted.measure_id
            and counted.dimension_1 = wanted.dimension_1
            and counted.dimension_2 = wanted.dimension_2

)

select * from final
