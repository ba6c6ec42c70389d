with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'all'
        and dimension_2 = 'all'
        and indicator_id in (
            'critical_succession_share',
            'headcount_end',
            'hr_staff_ratio',
            'layers_max',
            'managerial_ratio',
            'reserve_coverage',
            'span_of_control_median',
            'women_leadership_share'
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        max(case when indicator_id = 'headcount_end' then value else null end)
            as headcount_end,
        max(case when indicator_id = 'managerial_ratio' then value else null end)
            as managerial_ratio,
        max(case when indicator_id = 'span_of_control_median' then value else null end)
            as span_of_control_median,
        max(case when indicator_id = 'layers_max' then value else null end)
            as layers_max,
        max(case when indicator_id = 'hr_staff_ratio' then value else null end)
            as hr_staff_ratio,
        max(case when indicator_id = 'women_leadership_share' then value else null end)
            as women_leadership_share,
        max(case when indicator_id = 'reserve_coverage' then value else null end)
            as reserve_coverage,
        max(case when indicator_id = 'critical_succession_share' then value else null end)
            as critical_succession_share,
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
        period_end

)

select * from final
