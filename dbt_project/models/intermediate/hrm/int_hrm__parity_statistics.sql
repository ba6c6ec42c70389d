with measures as (

    select *
    from {{ ref('int_hrm__measures') }}
    where
        dimension_1 = 'sex'
        and dimension_2 = 'position_category'
        and measure_id in ('persons_promoted', 'person_years')

),

rates as (

    select
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        category_2,
        {% for sex in ('female', 'male') -%}
            sum(amount) filter (where measure_id = 'persons_promoted' and category_1 = '{{ sex }}')
                as {{ sex }}_promoted,
            sum(amount) filter (where measure_id = 'person_years' and category_1 = '{{ sex }}')
                as {{ sex }}_years,
        {% endfor -%}
        {{ exact_sum("case when measure_id = 'person_years' then amount else null end") }} as years
    from measures
    group by
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        category_2

),

-- rates within each category in which both sexes serve, weighted alike for both
final as (

    select
        'promotion_parity_ratio' as measure_id,
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        'all' as dimension_1,
        'all' as category_1,
        'all' as dimension_2,
        'all' as category_2,
        {{ exact_sum('years * coalesce(female_promoted, 0) / female_years') }}
        / nullif({{ exact_sum('years * coalesce(male_promoted, 0) / male_years') }}, 0) as amount,
        sum(coalesce(female_promoted, 0) + coalesce(male_promoted, 0)) as n
    from rates
    where
        female_years > 0
        and male_years > 0
    group by
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end

)

select * from final
