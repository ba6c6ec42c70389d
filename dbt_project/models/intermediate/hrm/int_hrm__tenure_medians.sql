with holders as (

    select * from {{ ref('int_hrm__month_end_holders') }}

),

closure as (

    select * from {{ ref('int_org__closure') }}

),

views as (

    select distinct org_view from closure

),

placed as (

    select
        closure.org_view,
        closure.ancestor_id as org_unit_id,
        holders.period_start,
        holders.sex,
        holders.tenure_years
    from holders
    inner join closure
        on
            holders.period_start = closure.period_start
            and holders.org_unit_id = closure.org_unit_id
    where
        holders.scope = 'ministry'
        and holders.tenure_years is not null

    union all

    select
        views.org_view,
        'UZ' as org_unit_id,
        holders.period_start,
        holders.sex,
        holders.tenure_years
    from holders
    cross join views
    where
        holders.scope = 'service'
        and holders.tenure_years is not null

),

final as (

    select
        org_view,
        org_unit_id,
        period_start,
        coalesce(sex, 'all') as sex,
        count(*) as n,
        percentile_cont(0.5) within group (order by tenure_years) as tenure_median
    from placed
    group by grouping sets (
        (org_view, org_unit_id, period_start),
        (org_view, org_unit_id, period_start, sex)
    )

)

select * from final
