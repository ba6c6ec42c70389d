with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'all'
        and dimension_2 = 'all'
        and indicator_id in (
            'induction_completion',
            'training_compliance_3y',
            'training_cost_share',
            'training_coverage_1y',
            'training_hours_per_fte'
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        max(case when indicator_id = 'training_coverage_1y' then value else null end)
            as training_coverage_1y,
        max(case when indicator_id = 'training_compliance_3y' then value else null end)
            as training_compliance_3y,
        max(case when indicator_id = 'training_hours_per_fte' then value else null end)
            as training_hours_per_fte,
        max(case when indicator_id = 'training_cost_share' then value else null end)
            as training_cost_share,
        max(case when indicator_id = 'induction_completion' then value else null end)
            as induction_completion,
        max(case when indicator_id = 'training_hours_per_fte' then n else null end) as n,
        coalesce(
            max(case when indicator_id = 'training_hours_per_fte' then obs_status else null end),
            'O'
        ) as obs_status,
        'F' as conf_status
    from figures
    group by
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end

)

select * from final
