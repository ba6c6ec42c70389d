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

wanted as (

    select *
    from {{ ref('int_hrm__wanted') }}
    where measure_id = 'vacancy_age_median'

),

placed as (

    {{ placed('vacancies') }}

),

cells as (

    select
        org_view,
        ancestor_id as org_unit_id,
        period_start,
        {{ category_columns(dimensions) }},
        percentile_cont(0.5) within group (order by vacant_days) as amount,
        count(*) as n
    from placed
    group by grouping sets (
        (org_view, ancestor_id, period_start)
        {%- for dimension in dimensions %}
            ,
            (org_view, ancestor_id, period_start, {{ dimension }})
        {%- endfor %}
    )

),

final as (

    select
        wanted.measure_id,
        cells.*
    from cells
    inner join wanted
        on
            cells.dimension_1 = wanted.dimension_1
            and cells.dimension_2 = wanted.dimension_2

)

select * from final
