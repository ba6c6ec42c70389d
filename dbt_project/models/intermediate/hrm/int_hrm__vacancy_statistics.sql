{% set dimensions = ['position_group', 'position_category'] %}

with vacancies as (

    select
        scope,
        period_start,
        org_unit_id,
        position_group,
        position_category,
        vacant_days
    from {{ ref('int_hrm__post_months') }}
    where is_vacant

),

scopes as (

    select * from {{ ref('int_org__scopes') }}

),

wanted as (

    select *
    from {{ ref('int_hrm__wanted') }}
    where measure_id = 'vacancy_age_median'

),

placed as (

    {{ placed_once('vacancies') }}

),

cells as (

    select
        scope_id,
        period_start,
        {{ category_columns(dimensions) }},
        percentile_cont(0.5) within group (order by vacant_days) as amount,
        count(*) as n
    from placed
    group by grouping sets (
        (scope_id, period_start)
        {%- for dimension in dimensions %}
            ,
            (scope_id, period_start, {{ dimension }})
        {%- endfor %}
    )

),

final as (

    select
        wanted.measure_id,
        scopes.org_view,
        scopes.org_unit_id,
        cells.period_start,
        cells.dimension_1,
        cells.category_1,
        cells.dimension_2,
        cells.category_2,
        cells.amount,
        cells.n
    from cells
    inner join scopes on cells.scope_id = scopes.scope_id
    inner join wanted
        on
            cells.dimension_1 = wanted.dimension_1
            and cells.dimension_2 = wanted.dimension_2

)

select * from final
