{#- numerator, denominator and base of each indicator; a count has no denominator -#}
{% set person_years = 'person_days / 365.0' %}
{% set average = 'round(person_days / nullif(days_in_period, 0))' %}
{% set indicators = [
    ('headcount_end', 'headcount_end', 'null', 'headcount_end', 'persons', 'by sex'),
    ('headcount_avg', 'person_days', 'days_in_period', average, 'persons', 'by sex'),
    ('fte_end', 'fte_end', 'null', 'headcount_end', 'fte', 'by sex'),
    ('vacancy_rate', 'vacant_fte', 'approved_fte', 'posts_end', 'share', 'all'),
    ('hires_new', 'hires_new', 'null', average, 'persons', 'by sex'),
    ('separation_rate_service', 'service_exits', person_years, average, 'per_year', 'by sex'),
    ('turnover_rate_ministry', 'ministry_exits', person_years, average, 'per_year', 'by sex'),
    ('voluntary_rate', 'quits', person_years, average, 'per_year', 'by sex'),
    ('women_share', 'women_end', 'headcount_end', 'headcount_end', 'share', 'all'),
    ('women_leadership_share', 'women_managers_end', 'managers_end', 'managers_end', 'share', 'all'),
    ('age_mean', 'age_months / 12.0', 'aged_end', 'aged_end', 'years', 'by sex'),
] %}

with sums as (

    select *
    from {{ ref('int_hrm__sums_by_org') }}
    where
        is_reported
        and (is_valid or person_days > 0 or fte_end > 0 or posts_end > 0)

),

medians as (

    select * from {{ ref('int_hrm__tenure_medians') }}

),

cards as (

    select * from {{ ref('indicators') }}

),

figures as (

    {% for indicator, numerator, denominator, base, unit, breakdown in indicators -%}
        select
            '{{ indicator }}' as indicator_id,
            '{{ unit }}' as unit,
            org_unit_id,
            org_view,
            period_start,
            period_end,
            sex,
            is_provisional,
            is_break,
            cast({{ numerator }} as double) as numerator,
            cast({{ denominator }} as double) as denominator,
            {% if denominator == 'null' -%}
                cast({{ numerator }} as double) as value,
            {%- else -%}
                cast(({{ numerator }}) / nullif({{ denominator }}, 0) as double) as value,
            {%- endif %}
            cast({{ base }} as bigint) as n
        from sums
        {%- if breakdown == 'all' %}
            where sex = 'all'
        {%- endif %}

        union all

    {% endfor -%}

    select
        'tenure_median' as indicator_id,
        'years' as unit,
        sums.org_unit_id,
        sums.org_view,
        sums.period_start,
        sums.period_end,
        sums.sex,
        sums.is_provisional,
        sums.is_break,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        medians.tenure_median as value,
        coalesce(medians.n, 0) as n
    from sums
    left join medians
        on
            sums.org_view = medians.org_view
            and sums.org_unit_id = medians.org_unit_id
            and sums.period_start = medians.period_start
            and sums.sex = medians.sex

),

final as (

    select
        figures.indicator_id,
        cards.method_version,
        figures.org_unit_id,
        figures.org_view,
        'month' as period_kind,
        figures.period_start,
        figures.period_end,
        case when figures.sex = 'all' then 'all' else 'sex' end as dimension_1,
        figures.sex as category_1,
        'all' as dimension_2,
        'all' as category_2,
        figures.numerator,
        figures.denominator,
        figures.value,
        figures.unit,
        figures.n,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        'B' as evidence_level,
        case
            when figures.value is null then 'O'
            when figures.is_provisional then 'P'
            when figures.is_break then 'B'
            else 'A'
        end as obs_status,
        'F' as conf_status
    from figures
    inner join cards on figures.indicator_id = cards.indicator_id

)

select * from final
