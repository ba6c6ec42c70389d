with months as (

    select *
    from {{ ref('int_org__scope_months') }}
    where is_reported

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

ministries as (

    select distinct ministry_id from {{ ref('int_org__unit_versions') }}

),

scopes as (

    select
        months.org_view,
        months.org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        periods.days_in_period,
        periods.is_provisional,
        max(case when months.is_valid then 1 else 0 end) = 1 as is_valid,
        max(case when months.is_break then 1 else 0 end) = 1 as is_break,
        max(
            case
                when months.is_start_estimated and periods.month_start = periods.period_start then 1
                when months.is_end_estimated and periods.is_last then 1
                else 0
            end
        ) = 1 as is_estimated,
        max(case when months.is_end_estimated and periods.is_last then 1 else 0 end) = 1
            as is_end_estimated,
        count(*) as n_months,
        max(case when months.scope_month_id = months.summed_as_id then 1 else 0 end) = 0 as is_twin
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

),

numbered as (

    select
        scopes.*,
        scopes.org_unit_id = 'UZ' or ministries.ministry_id is not null as is_above_units,
        cast(
            row_number() over (
                order by
                    scopes.org_view,
                    scopes.org_unit_id,
                    scopes.period_kind,
                    scopes.period_start,
                    scopes.period_end
            ) as integer
        ) as scope_period_id
    from scopes
    left join ministries on scopes.org_unit_id = ministries.ministry_id

),

-- figures are worked out once where both views put the same units together in each month
final as (

    select
        numbered.org_view,
        numbered.org_unit_id,
        numbered.period_kind,
        numbered.period_start,
        numbered.period_end,
        numbered.days_in_period,
        numbered.is_provisional,
        numbered.is_valid,
        numbered.is_break,
        numbered.is_estimated,
        numbered.is_end_estimated,
        numbered.is_above_units,
        numbered.scope_period_id,
        coalesce(twins.scope_period_id, numbered.scope_period_id) as figures_id
    from numbered
    left join numbered as twins
        on
            numbered.is_twin
            and twins.org_view = 'as_was'
            and numbered.org_unit_id = twins.org_unit_id
            and numbered.period_kind = twins.period_kind
            and numbered.period_start = twins.period_start
            and numbered.period_end = twins.period_end
            and numbered.is_valid = twins.is_valid
            and numbered.n_months = twins.n_months

)

select * from final
