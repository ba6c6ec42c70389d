with measures as (

    {{ numbered_measures() }}

),

breakdowns as (

    select *
    from {{ ref('int_hrm__breakdowns') }}
    where
        dimension_1 = 'sex'
        and dimension_2 = 'position_category'

),

amounts as (

    select
        given.scope_period_id,
        measures.measure_id,
        breakdowns.category_1,
        breakdowns.category_2,
        given.amount
    from {{ ref('int_hrm__measures') }} as given
    inner join measures
        on
            given.measure_no = measures.measure_no
            and measures.measure_id in ('persons_promoted', 'person_years')
    inner join breakdowns on given.breakdown_id = breakdowns.breakdown_id

),

rates as (

    select
        scope_period_id,
        category_2,
        {% for sex in ('female', 'male') -%}
            sum(amount) filter (where measure_id = 'persons_promoted' and category_1 = '{{ sex }}')
                as {{ sex }}_promoted,
            sum(amount) filter (where measure_id = 'person_years' and category_1 = '{{ sex }}')
                as {{ sex }}_years,
        {% endfor -%}
        {{ exact_sum("case when measure_id = 'person_years' then amount else null end") }} as years
    from amounts
    group by
        scope_period_id,
        category_2

),

-- rates within each category in which both sexes serve, weighted alike for both
final as (

    select
        'promotion_parity_ratio' as measure_id,
        scope_period_id,
        {{ exact_sum('years * coalesce(female_promoted, 0) / female_years') }}
        / nullif({{ exact_sum('years * coalesce(male_promoted, 0) / male_years') }}, 0) as amount,
        sum(coalesce(female_promoted, 0) + coalesce(male_promoted, 0)) as n
    from rates
    where
        female_years > 0
        and male_years > 0
    group by scope_period_id

)

select * from final
