with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'all'
        and dimension_2 = 'all'
        and indicator_id in (
            'gender_pay_gap_median',
            'gender_pay_gap_within',
            'grade_compression',
            'pay_compression_p90p10',
            'pay_gap_coverage',
            'pay_per_fte',
            'training_cost_share',
            'variable_pay_share'
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        max(case when indicator_id = 'pay_per_fte' then value else null end)
            as pay_per_fte,
        max(case when indicator_id = 'variable_pay_share' then value else null end)
            as variable_pay_share,
        max(case when indicator_id = 'pay_compression_p90p10' then value else null end)
            as pay_compression_p90p10,
        max(case when indicator_id = 'grade_compression' then value else null end)
            as grade_compression,
        max(case when indicator_id = 'gender_pay_gap_median' then value else null end)
            as gender_pay_gap_median,
        max(case when indicator_id = 'gender_pay_gap_within' then value else null end)
            as gender_pay_gap_within,
        max(case when indicator_id = 'pay_gap_coverage' then value else null end)
            as pay_gap_coverage,
        max(case when indicator_id = 'training_cost_share' then value else null end)
            as training_cost_share,
        max(case when indicator_id = 'pay_per_fte' then n else null end) as n,
        coalesce(
            max(case when indicator_id = 'pay_per_fte' then obs_status else null end), 'O'
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
