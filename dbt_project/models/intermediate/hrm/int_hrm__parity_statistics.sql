with measures as (

    {{ numbered_measures() }}

),

-- numbers in place of words: with words DuckDB 2.0.0 can fail on its own cache of dictionaries
breakdowns as (

    select
        breakdown_id,
        case
            when category_1 = 'female' then 1
            when category_1 = 'male' then 2
            else 0
        end as sex_no,
        dense_rank() over (order by category_2) as category_no
    from {{ ref('int_hrm__breakdowns') }}
    where
        dimension_1 = 'sex'
        and dimension_2 = 'position_category'

),

amounts as (

    select
        given.scope_period_id,
        breakdowns.category_no,
        breakdowns.sex_no,
        case when measures.measure_id = 'persons_promoted' then given.amount else null end
            as promoted,
        case when measures.measure_id = 'person_years_orders' then given.amount else null end
            as years
    from {{ ref('int_hrm__measures') }} as given
    inner join measures
        on
            given.measure_no = measures.measure_no
            and measures.measure_id in ('persons_promoted', 'person_years_orders')
    inner join breakdowns on given.breakdown_id = breakdowns.breakdown_id

),

rates as (

    select
        scope_period_id,
        category_no,
        {% for sex in ('female', 'male') -%}
            sum(promoted) filter (where sex_no = {{ loop.index }}) as {{ sex }}_promoted,
            sum(years) filter (where sex_no = {{ loop.index }}) as {{ sex }}_years,
        {% endfor -%}
        {{ exact_sum('years') }} as years
    from amounts
    group by
        scope_period_id,
        category_no

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
