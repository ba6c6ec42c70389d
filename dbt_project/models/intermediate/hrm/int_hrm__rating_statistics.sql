with rated as (

    select
        scope,
        period_start,
        org_unit_id,
        scale_id,
        class_number,
        classes_in_scale
    from {{ ref('int_hrm__appraised') }}
    where
        is_rated
        and classes_in_scale > 1

),

periods as (

    select * from {{ ref('int_org__periods') }}

),

placed as (

    {{ placed('rated') }}

),

classes as (

    select
        placed.org_view,
        placed.ancestor_id as org_unit_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        placed.scale_id,
        placed.class_number,
        placed.classes_in_scale,
        count(*) as persons
    from placed
    inner join periods on placed.period_start = periods.month_start
    group by
        placed.org_view,
        placed.ancestor_id,
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        placed.scale_id,
        placed.class_number,
        placed.classes_in_scale

),

shared as (

    select
        *,
        persons / cast(
            sum(persons) over (
                partition by org_view, org_unit_id, period_kind, period_start, period_end, scale_id
            ) as double
        ) as share
    from classes

),

-- each scale by itself, weighted by its persons
final as (

    select
        'rating_entropy' as measure_id,
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        'all' as dimension_1,
        'all' as category_1,
        'all' as dimension_2,
        'all' as category_2,
        abs({{ exact_sum('persons * ln(share) / ln(classes_in_scale)') }} / sum(persons)) as amount,
        sum(persons) as n
    from shared
    group by
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end

)

select * from final
