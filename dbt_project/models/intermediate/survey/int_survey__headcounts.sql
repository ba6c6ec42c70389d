with waves as (

    select distinct frame_month from {{ ref('int_survey__waves') }}

),

persons as (

    select
        scope,
        period_start,
        org_unit_id,
        position_group
    from {{ ref('int_hrm__person_months') }}
    where
        is_end
        and period_start in (select waves.frame_month from waves)

),

placed as (

    {{ placed('persons') }}

),

final as (

    select
        org_view,
        org_unit_id,
        period_start,
        dimension_1,
        category_1,
        n as headcount
    from {{ ref('hrm_indicators') }}
    where
        indicator_id = 'headcount_end'
        and period_kind = 'month'
        and dimension_1 in ('all', 'sex')
        and dimension_2 = 'all'
        and period_start in (select waves.frame_month from waves)

    union all

    select
        org_view,
        ancestor_id as org_unit_id,
        period_start,
        'position_group' as dimension_1,
        position_group as category_1,
        count(*) as headcount
    from placed
    group by
        org_view,
        ancestor_id,
        period_start,
        position_group

)

select * from final
