with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'all'
        and dimension_2 = 'all'
        and indicator_id in (
            'applicants_per_vacancy',
            'competitive_appointment_share',
            'failed_competition_rate',
            'first_year_retention',
            'hires_new',
            'internal_fill_rate',
            'selection_parity_ratio',
            'time_to_fill_median',
            'time_to_fill_p90'
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        max(case when indicator_id = 'failed_competition_rate' then denominator else null end)
            as competitions,
        max(case when indicator_id = 'failed_competition_rate' then numerator else null end)
            as failed_competitions,
        max(case when indicator_id = 'applicants_per_vacancy' then numerator else null end)
            as applications,
        max(case when indicator_id = 'internal_fill_rate' then denominator else null end)
            as vacancies_filled,
        max(case when indicator_id = 'internal_fill_rate' then numerator else null end)
            as filled_from_inside,
        max(case when indicator_id = 'hires_new' then value else null end)
            as hires,
        max(case when indicator_id = 'applicants_per_vacancy' then value else null end)
            as applicants_per_vacancy,
        max(case when indicator_id = 'failed_competition_rate' then value else null end)
            as failed_competition_rate,
        max(case when indicator_id = 'internal_fill_rate' then value else null end)
            as internal_fill_rate,
        max(case when indicator_id = 'competitive_appointment_share' then value else null end)
            as competitive_appointment_share,
        max(case when indicator_id = 'time_to_fill_median' then value else null end)
            as time_to_fill_median,
        max(case when indicator_id = 'time_to_fill_p90' then value else null end)
            as time_to_fill_p90,
        max(case when indicator_id = 'selection_parity_ratio' then value else null end)
            as selection_parity_ratio,
        max(case when indicator_id = 'first_year_retention' then value else null end)
            as first_year_retention,
        max(case when indicator_id = 'applicants_per_vacancy' then n else null end) as n,
        coalesce(
            max(case when indicator_id = 'applicants_per_vacancy' then obs_status else null end),
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
