with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'all'
        and dimension_2 = 'all'
        and indicator_id in (
            'acting_share',
            'approved_fte',
            'long_vacant_share',
            'managerial_vacancy_rate',
            'overfilled_fte',
            'vacancy_age_median',
            'vacancy_rate'
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        max(case when indicator_id = 'approved_fte' then value else null end)
            as approved_fte,
        max(case when indicator_id = 'vacancy_rate' then value else null end)
            as vacancy_rate,
        max(case when indicator_id = 'managerial_vacancy_rate' then value else null end)
            as managerial_vacancy_rate,
        max(case when indicator_id = 'vacancy_age_median' then value else null end)
            as vacancy_age_median,
        max(case when indicator_id = 'long_vacant_share' then value else null end)
            as long_vacant_share,
        max(case when indicator_id = 'overfilled_fte' then value else null end)
            as overfilled_fte,
        max(case when indicator_id = 'acting_share' then value else null end)
            as acting_share,
        max(case when indicator_id = 'vacancy_rate' then n else null end) as n,
        coalesce(
            max(case when indicator_id = 'vacancy_rate' then obs_status else null end), 'O'
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
