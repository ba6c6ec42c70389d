{#- statistic -> what is ordered, in which unit -#}
{% set medians = {
    'age_median': ('age_months', 12.0),
    'tenure_median': ('tenure_days', 365.25),
    'time_in_post_median': ('post_days', 365.25),
    'time_in_grade_median': ('grade_days', 1.0),
} %}
{% set basic = ['sex'] %}
{% set broken_down = ['position_group', 'position_category'] %}

with persons as (

    select
        scope,
        period_start,
        org_unit_id,
        sex,
        position_group,
        position_category,
        age_months,
        tenure_days,
        post_days,
        grade_days
    from {{ ref('int_hrm__person_months') }}
    where
        is_end
        and {{ in_slice('period_start') }}

),

wanted as (

    select * from {{ ref('int_hrm__wanted') }}

),

placements as (

    select * from {{ ref('int_org__placements') }}

),

ministries as (

    select distinct ministry_id from {{ ref('int_org__unit_versions') }}

),

-- months whose last day is told by post and category; below ministries they are fewer
told as (

    select
        periods.month_start as period_start,
        max(case when asked.is_below_ministries then 1 else 0 end) = 1 as is_below_ministries
    from {{ ref('int_hrm__asked_measures') }} as asked
    inner join {{ ref('int_org__periods') }} as periods
        on asked.period_kind = periods.period_kind
    where
        periods.is_last
        and asked.measure_id in (
            {% for name in medians -%}
                '{{ name }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
        and asked.dimension_1 in (
            {% for name in broken_down -%}
                '{{ name }}'{{ ',' if not loop.last }}
            {% endfor %}
        )
    group by periods.month_start

),

placed as (

    select
        placements.placed_view,
        placements.ancestor_id,
        ministries.ministry_id is not null as is_above_units,
        persons.*
    from persons
    inner join placements
        on
            persons.period_start = placements.period_start
            and persons.org_unit_id = placements.org_unit_id
    left join ministries on placements.ancestor_id = ministries.ministry_id
    where persons.scope <> 'service'

    union all

    select
        'both' as placed_view,
        'UZ' as ancestor_id,
        true as is_above_units,
        persons.*
    from persons
    where persons.scope <> 'ministry'

),

placed_and_told as (

    select placed.*
    from placed
    inner join told on placed.period_start = told.period_start
    where
        placed.is_above_units
        or told.is_below_ministries

),

counted as (

    select
        placed_view,
        ancestor_id,
        period_start,
        {{ category_columns(basic) }},
        {{ medians_of(medians) }}
    from placed
    group by
        grouping sets (
            (placed_view, ancestor_id, period_start),
            (placed_view, ancestor_id, period_start, sex)
        )

    union all

    select
        placed_view,
        ancestor_id,
        period_start,
        {{ category_columns(broken_down) }},
        {{ medians_of(medians) }}
    from placed_and_told
    group by grouping sets (
        (placed_view, ancestor_id, period_start, position_group),
        (placed_view, ancestor_id, period_start, position_category)
    )

),

views as (

    select distinct
        org_view,
        'both' as placed_view
    from {{ ref('int_org__closure') }}

    union all

    select distinct
        org_view,
        org_view as placed_view
    from {{ ref('int_org__closure') }}

),

cells as (

    select
        views.org_view,
        counted.ancestor_id as org_unit_id,
        counted.*
    from counted
    inner join views on counted.placed_view = views.placed_view

),

final as (

    select
        wanted.measure_id,
        cells.org_view,
        cells.org_unit_id,
        cells.period_start,
        cells.dimension_1,
        cells.category_1,
        cells.dimension_2,
        cells.category_2,
        case wanted.measure_id
            {% for name in medians -%}
                when '{{ name }}' then cells.{{ name }}
            {% endfor -%}
            else null
        end as amount,
        case wanted.measure_id
            {% for name in medians -%}
                when '{{ name }}' then cells.{{ name }}_n
            {% endfor -%}
            else 0
        end as n
    from cells
    inner join wanted
        on
            cells.dimension_1 = wanted.dimension_1
            and cells.dimension_2 = wanted.dimension_2
    where
        wanted.measure_id in (
            {% for name in medians -%}
                '{{ name }}'{{ ',' if not loop.last }}
            {% endfor %}
        )

)

select * from final
