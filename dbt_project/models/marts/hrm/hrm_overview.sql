{% set indicators = [
    'headcount_end', 'headcount_avg', 'fte_end', 'vacancy_rate', 'hires_new',
    'separation_rate_service', 'turnover_rate_ministry', 'voluntary_rate', 'women_share',
    'women_leadership_share', 'age_mean', 'tenure_median',
] %}

with indicators as (

    select *
    from {{ ref('hrm_indicators') }}
    where
        category_1 = 'all'
        and period_kind = 'month'
        and indicator_id in (
            {% for indicator in indicators -%}
                '{{ indicator }}'{{ ',' if not loop.last }}
            {% endfor %}
        )

),

final as (

    select
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        {% for indicator in indicators -%}
            max(value) filter (where indicator_id = '{{ indicator }}') as {{ indicator }},
        {% endfor -%}
        max(n) filter (where indicator_id = 'headcount_end') as n,
        {{ status_of_row('headcount_end') }} as obs_status,
        'F' as conf_status
    from indicators
    group by
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end
    having count(*) filter (where indicator_id = 'headcount_end') > 0

)

select * from final
