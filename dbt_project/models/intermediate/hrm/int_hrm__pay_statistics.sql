{#- a median or percentile of fewer persons is not given -#}
{% set least = 10 %}

with paid as (

    select
        scope,
        period_start,
        org_unit_id,
        sex,
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

placed as (

    {{ placed('paid') }}

),

cells as (

    select
        org_view,
        ancestor_id as org_unit_id,
        period_start,
        position_group,
        position_category,
        count(*) as persons,
        count(pay_of_women) as women,
        count(pay_of_men) as men,
        quantile_cont(full_time_pay, [0.1, 0.5, 0.9]) as percentiles,
        percentile_cont(0.5) within group (order by pay_of_women) as p50_of_women,
        percentile_cont(0.5) within group (order by pay_of_men) as p50_of_men
    from placed
    group by grouping sets (
        (org_view, ancestor_id, period_start),
        (org_view, ancestor_id, period_start, position_group),
        (org_view, ancestor_id, period_start, position_category)
    )

),

gaps as (

    select
        *,
        percentiles[1] as p10,
        percentiles[2] as p50,
        percentiles[3] as p90,
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
    where position_category is null

),

-- the highest and the lowest category of the civil service with enough persons
ordered as (

    select
        gaps.*,
        row_number() over (
            partition by gaps.org_view, gaps.org_unit_id, gaps.period_start
            order by categories.position
        ) as from_top,
        row_number() over (
            partition by gaps.org_view, gaps.org_unit_id, gaps.period_start
            order by categories.position desc
        ) as from_bottom
    from gaps
    inner join categories on gaps.position_category = categories.code
    where
        gaps.persons >= {{ least }}
        and gaps.position_category <> 'technical_staff'

),

grades as (

    select
        org_view,
        org_unit_id,
        period_start,
        max(case when from_top = 1 then p50 else null end)
        / max(case when from_bottom = 1 then p50 else null end) as amount,
        sum(case when from_top = 1 or from_bottom = 1 then persons else 0 end) as n
    from ordered
    group by
        org_view,
        org_unit_id,
        period_start
    having count(*) > 1

),

within_categories as (

    select
        gaps.org_view,
        gaps.org_unit_id,
        gaps.period_start,
        {{ exact_sum('gaps.persons * gaps.gap') }} / sum(gaps.persons) as gap,
        sum(gaps.persons) as persons
    from gaps
    where
        gaps.position_category is not null
        and gaps.gap is not null
    group by
        gaps.org_view,
        gaps.org_unit_id,
        gaps.period_start

),

named as (

    select
        'pay_compression_p90p10' as measure_id,
        org_view,
        org_unit_id,
        period_start,
        position_group,
        case when persons >= {{ least }} then p90 / p10 else null end as amount,
        persons as n
    from wholes
    where position_group is null

    union all

    select
        'gender_pay_gap_median' as measure_id,
        org_view,
        org_unit_id,
        period_start,
        position_group,
        gap as amount,
        women + men as n
    from wholes

    union all

    select
        'grade_compression' as measure_id,
        org_view,
        org_unit_id,
        period_start,
        cast(null as varchar) as position_group,
        amount,
        n
    from grades

    union all

    select
        'gender_pay_gap_within' as measure_id,
        org_view,
        org_unit_id,
        period_start,
        cast(null as varchar) as position_group,
        gap as amount,
        persons as n
    from within_categories

    union all

    select
        'pay_gap_coverage' as measure_id,
        wholes.org_view,
        wholes.org_unit_id,
        wholes.period_start,
        cast(null as varchar) as position_group,
        cast(coalesce(within_categories.persons, 0) as double) / wholes.persons as amount,
        wholes.persons as n
    from wholes
    left join within_categories
        on
            wholes.org_view = within_categories.org_view
            and wholes.org_unit_id = within_categories.org_unit_id
            and wholes.period_start = within_categories.period_start
    where wholes.position_group is null

),

final as (

    select
        measure_id,
        org_view,
        org_unit_id,
        period_start,
        case when position_group is null then 'all' else 'position_group' end as dimension_1,
        coalesce(position_group, 'all') as category_1,
        'all' as dimension_2,
        'all' as category_2,
        amount,
        n
    from named

)

select * from final
