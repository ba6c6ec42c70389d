with months as (

    select *
    from {{ ref('int_org__scope_months') }}
    where is_reported

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

scopes as (

    select *
    from {{ ref('int_org__scope_periods') }}
    where scope_period_id = figures_id

),

final as (

    select
        scopes.scope_period_id,
        scopes.period_kind,
        scopes.is_above_units,
        months.summed_as_id as scope_month_id,
        periods.is_last,
        periods.month_start = periods.period_start as is_first
    from scopes
    inner join periods
        on
            scopes.period_kind = periods.period_kind
            and scopes.period_start = periods.period_start
            and scopes.period_end = periods.period_end
    inner join months
        on
            scopes.org_view = months.org_view
            and scopes.org_unit_id = months.org_unit_id
            and periods.month_start = months.period_start

)

select * from final
