-- the opening of a month is the closing of the month before
with months as (

    select
        *,
        lag(closing) over (
            partition by org_view, org_unit_id
            order by period_start
        ) as closing_before,
        lag(period_start) over (
            partition by org_view, org_unit_id
            order by period_start
        ) as period_before
    from {{ ref('hrm_headcount_bridge') }}

)

select *
from months
where
    {{ days_between('period_before', 'period_start') }} <= 31
    and opening <> closing_before
