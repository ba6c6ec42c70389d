with formulas as (

    select * from {{ ref('formulas') }}

),

dimensions as (

    select * from {{ ref('dimensions') }}

),

measures as (

    select * from {{ ref('measures') }}

),

named as (

    select
        numerator as measure_id,
        breakdowns
    from formulas

    union all

    select
        denominator as measure_id,
        breakdowns
    from formulas

    union all

    select
        base as measure_id,
        breakdowns
    from formulas

    union all

    -- what is counted where orders came is cut from what is counted everywhere
    select
        replace(denominator, '_orders', '') as measure_id,
        breakdowns
    from formulas
    where denominator like '%_orders'

    union all

    select
        known as measure_id,
        breakdowns
    from formulas

    union all

    select
        measure_id,
        cast(null as varchar) as breakdowns
    from measures

),

final as (

    select distinct
        coalesce(measures.made_from, named.measure_id) as measure_id,
        dimensions.dimension_1,
        dimensions.dimension_2
    from named
    inner join dimensions
        on
            dimensions.breakdown = 'all'
            or ';'
            || coalesce(named.breakdowns, '')
            || ';' like '%;'
            || dimensions.breakdown
            || ';%'
    left join measures on named.measure_id = measures.measure_id
    where named.measure_id is not null

)

select * from final
