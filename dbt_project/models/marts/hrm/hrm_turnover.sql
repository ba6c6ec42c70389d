with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'all'
        and dimension_2 = 'all'
        and indicator_id in (
            'accession_rate',
            'early_attrition_rate',
            'high_performer_exit_rate',
            'internal_mobility_rate',
            'involuntary_rate',
            'promotion_rate',
            'replacement_ratio',
            'retirement_rate',
            'separation_rate_service',
            'transfer_out_rate',
            'turnover_rate_ministry',
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
        max(case when indicator_id = 'accession_rate' then value else null end)
            as accession_rate,
        max(case when indicator_id = 'separation_rate_service' then value else null end)
            as separation_rate_service,
        max(case when indicator_id = 'turnover_rate_ministry' then value else null end)
            as turnover_rate_ministry,
        max(case when indicator_id = 'voluntary_rate' then value else null end)
            as voluntary_rate,
        max(case when indicator_id = 'involuntary_rate' then value else null end)
            as involuntary_rate,
        max(case when indicator_id = 'retirement_rate' then value else null end)
            as retirement_rate,
        max(case when indicator_id = 'transfer_out_rate' then value else null end)
            as transfer_out_rate,
        max(case when indicator_id = 'replacement_ratio' then value else null end)
            as replacement_ratio,
        max(case when indicator_id = 'early_attrition_rate' then value else null end)
            as early_attrition_rate,
        max(case when indicator_id = 'high_performer_exit_rate' then value else null end)
            as high_performer_exit_rate,
        max(case when indicator_id = 'internal_mobility_rate' then value else null end)
            as internal_mobility_rate,
        max(case when indicator_id = 'promotion_rate' then value else null end)
            as promotion_rate,
        max(case when indicator_id = 'separation_rate_service' then n else null end) as n,
        coalesce(
            max(case when indicator_id = 'separation_rate_service' then obs_status else null end),
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
