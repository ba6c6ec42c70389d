with formulas as (

    select * from {{ ref('formulas') }}

),

dimensions as (

    select * from {{ ref('dimensions') }}

),

kinds as (

    select distinct period_kind from {{ ref('int_org__periods') }}

),

named as (

    select
        formulas.indicator_id,
        dimensions.dimension_1,
        dimensions.dimension_2,
        dimensions.breakdown in ('all', 'sex') as is_basic,
        dimensions.dimension_2 = 'all'
        and dimensions.dimension_1 not in ('region', 'level') as is_of_units,
        formulas.period_kinds like '%r12%' as is_flow,
        kinds.period_kind
    from formulas
    inner join dimensions
        on
            dimensions.breakdown = 'all'
            or ';' || coalesce(formulas.breakdowns, '') || ';'
            like '%;' || dimensions.breakdown || ';%'
    inner join kinds
        on ';' || formulas.period_kinds || ';' like '%;' || kinds.period_kind || ';%'
    -- differences and quotients are made of figures of others
    where formulas.shape in ('count', 'ratio', 'statistic')

),

-- what is seldom is broken down over twelve months, stocks by quarter; below ministries by year
final as (

    select
        indicator_id,
        dimension_1,
        dimension_2,
        period_kind,
        is_basic or (is_of_units and period_kind = 'year') as is_below_ministries
    from named
    where
        is_basic
        or period_kind = 'year'
        or (is_flow and period_kind = 'r12')
        or (not is_flow and period_kind = 'quarter')

)

select * from final
