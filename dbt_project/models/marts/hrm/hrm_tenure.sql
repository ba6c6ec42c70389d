with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'tenure_band'
        and dimension_2 = 'all'
        and indicator_id in (
            'headcount_end',
            'separation_rate_service',
            'voluntary_rate'
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        category_1 as tenure_band,
        max(case when indicator_id = 'headcount_end' then value else null end)
            as headcount_end,
        max(case when indicator_id = 'separation_rate_service' then value else null end)
            as separation_rate_service,
        max(case when indicator_id = 'voluntary_rate' then value else null end)
            as voluntary_rate,
        max(case when indicator_id = 'headcount_end' then n else null end) as n,
        coalesce(
            max(case when indicator_id = 'headcount_end' then obs_status else null end), 'O'
        ) as obs_status,
        'F' as conf_status
    from figures
    group by
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        category_1

)

select * from final
