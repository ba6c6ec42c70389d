with figures as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        dimension_1 = 'sex'
        and dimension_2 = 'age_band'
        and indicator_id in (
            'headcount_end'
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        category_2 as age_band,
        max(
            case
                when indicator_id = 'headcount_end' and category_1 = 'female' then value else null
            end
        )
            as women,
        max(
            case
                when indicator_id = 'headcount_end' and category_1 = 'male' then value else null
            end
        )
            as men,
        max(
            case
                when indicator_id = 'headcount_end' and category_1 = 'unknown' then value else null
            end
        )
            as sex_unknown,
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
        category_2

)

select * from final
