{#- a median or percentile of fewer persons is not given -#}
{% set least = 10 %}
{#- breakdown -> the percentiles of all its persons that anything asks for -#}
{% set cells = {
    "'all'": 'quantile_cont(full_time_pay, [0.1, 0.9])',
    'position_group': 'cast(null as double [])',
    'position_category': 'quantile_cont(full_time_pay, [0.5])',
} %}

with paid as (

    select
        scope,
        period_start,
        org_unit_id,
        position_group,
        position_category,
        full_time_pay,
        case when sex = 'female' then full_time_pay else null end as pay_of_women,
        case when sex = 'male' then full_time_pay else null end as pay_of_men
    from {{ ref('int_hrm__paid_months') }}
    where
        full_time_pay is not null
        and {{ in_slice('period_start') }}

),

categories as (

    select * from {{ ref('position_category') }}

),

scopes as (

    select * from {{ ref('int_org__scopes') }}

),

placed as (

    {{ placed_once('paid') }}

),

cells as (

    {% for category, percentiles in cells.items() -%}
        select
            scope_id,
            period_start,
            '{{ category | replace("'", "") }}' as breakdown,
            {{ category }} as category,
            count(*) as persons,
            count(pay_of_women) as women,
            count(pay_of_men) as men,
            {{ percentiles }} as percentiles,
            percentile_cont(0.5) within group (order by pay_of_women) as p50_of_women,
            percentile_cont(0.5) within group (order by pay_of_men) as p50_of_men
        from placed
        group by
            scope_id,
            period_start{{ ',' if not loop.first }}
            {{ category if not loop.first }}
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

gaps as (

    select
        *,
        case
            when women >= {{ least }} and men >= {{ least }}
                then (p50_of_men - p50_of_women) / p50_of_men
            else null
        end as gap
    from cells

),

wholes as (

    select *
    from gaps
    where breakdown = 'all'

),

-- the highest and the lowest category of the civil service with enough persons
ordered as (

    select
        gaps.*,
        row_number() over (
            partition by gaps.scope_id, gaps.period_start
            order by categories.position
        ) as from_top,
        row_number() over (
            partition by gaps.scope_id, gaps.period_start
            order by categories.position desc
        ) as from_bottom
    from gaps
    inner join categories on gaps.category = categories.code
    where
        gaps.breakdown = 'position_category'
        and gaps.persons >= {{ least }}
        and gaps.category <> 'technical_staff'

),

grades as (

    select
        scope_id,
        period_start,
        max(case when from_top = 1 then percentiles[1] else null end)
        / max(case when from_bottom = 1 then percentiles[1] else null end) as amount,
        sum(case when from_top = 1 or from_bottom = 1 then persons else 0 end) as n
    from ordered
    group by
        scope_id,
        period_start
    having count(*) > 1

),

within_categories as (

    select
        gaps.scope_id,
        gaps.period_start,
        {{ exact_sum('gaps.persons * gaps.gap') }} / sum(gaps.persons) as gap,
        sum(gaps.persons) as persons
    from gaps
    where
        gaps.breakdown = 'position_category'
        and gaps.gap is not null
    group by
        gaps.scope_id,
        gaps.period_start

),

named as (

    select
        'pay_compression_p90p10' as measure_id,
        scope_id,
        period_start,
        breakdown,
        category,
        case when persons >= {{ least }} then percentiles[2] / percentiles[1] else null end
            as amount,
        persons as n
    from wholes

    union all

    select
        'gender_pay_gap_median' as measure_id,
        scope_id,
        period_start,
        breakdown,
        category,
        gap as amount,
        women + men as n
    from gaps
    where breakdown in ('all', 'position_group')

    union all

    select
        'grade_compression' as measure_id,
        scope_id,
        period_start,
        'all' as breakdown,
        'all' as category,
        amount,
        n
    from grades

    union all

    select
        'gender_pay_gap_within' as measure_id,
        scope_id,
        period_start,
        'all' as breakdown,
        'all' as category,
        gap as amount,
        persons as n
    from within_categories

    union all

    select
        'pay_gap_coverage' as measure_id,
        wholes.scope_id,
        wholes.period_start,
        'all' as breakdown,
        'all' as category,
        cast(coalesce(within_categories.persons, 0) as double) / wholes.persons as amount,
        wholes.persons as n
    from wholes
    left join within_categories
        on
            wholes.scope_id = within_categories.scope_id
            and wholes.period_start = within_categories.period_start

),

final as (

    select
        named.measure_id,
        scopes.org_view,
        scopes.org_unit_id,
        named.period_start,
        named.breakdown as dimension_1,
        named.category as category_1,
        'all' as dimension_2,
        'all' as category_2,
        named.amount,
        named.n
    from named
    inner join scopes on named.scope_id = scopes.scope_id

)

select * from final
