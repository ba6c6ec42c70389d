with formulas as (

    select * from {{ ref('formulas') }}

),

asked as (

    select * from {{ ref('int_hrm__asked') }}

),

measures as (

    select * from {{ ref('measures') }}

),

named as (

    select
        indicator_id,
        numerator as measure_id
    from formulas

    union all

    select
        indicator_id,
        denominator as measure_id
    from formulas

    union all

    select
        indicator_id,
        base as measure_id
    from formulas

    union all

    select
        indicator_id,
        known as measure_id
    from formulas

),

final as (

    select
        coalesce(measures.made_from, named.measure_id) as measure_id,
        asked.dimension_1,
        asked.dimension_2,
        asked.period_kind,
        max(case when asked.is_below_ministries then 1 else 0 end) = 1 as is_below_ministries
    from named
    inner join asked on named.indicator_id = asked.indicator_id
    left join measures on named.measure_id = measures.measure_id
    where named.measure_id is not null
    group by
        coalesce(measures.made_from, named.measure_id),
        asked.dimension_1,
        asked.dimension_2,
        asked.period_kind

)

select * from final
