with months as (

    select *
    from {{ ref('int_org__scope_months') }}
    where is_reported

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

final as (

    select
        months.org_view,
        months.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        periods.is_provisional,
        max(case when months.is_valid then 1 else 0 end) = 1 as is_valid,
        max(case when months.is_break then 1 else 0 end) = 1 as is_break
    from months
    inner join periods on months.period_start = periods.month_start
    group by
        months.org_view,
        months.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        periods.is_provisional

)

select * from final
