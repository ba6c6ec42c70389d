with formulas as (

    select * from {{ ref('formulas') }}

),

scopes as (

    select * from {{ ref('int_org__scope_periods') }}

),

measures as (

    select * from {{ ref('int_hrm__measures') }}

),

statistics as (

    select * from {{ ref('int_hrm__statistics') }}

),

-- which part of a formula a measure is
parts as (

    select
        indicator_id,
        numerator as measure_id,
        'numerator' as part
    from formulas
    where shape in ('count', 'ratio')

    union all

    select
        indicator_id,
        denominator as measure_id,
        'denominator' as part
    from formulas
    where
        shape = 'ratio'
        and denominator <> 'days'

    union all

    select
        indicator_id,
        base as measure_id,
        'n' as part
    from formulas
    where shape in ('count', 'ratio')

    union all

    select
        indicator_id,
        dominance as measure_id,
        'largest' as part
    from formulas
    where dominance is not null

),

asked as (

    select * from {{ ref('int_hrm__asked') }}

),

ministries as (

    select distinct ministry_id from {{ ref('int_org__unit_versions') }}

),

-- a reported unit has a figure, if only 0, for all and for either sex
frame as (

    select
        asked.indicator_id,
        scopes.org_view,
        scopes.org_unit_id,
        scopes.period_kind,
        scopes.period_start,
        scopes.period_end,
        asked.dimension_1,
        coalesce(sexes.code, 'all') as category_1,
        'all' as dimension_2,
        'all' as category_2
    from scopes
    inner join asked
        on
            scopes.period_kind = asked.period_kind
            and asked.dimension_1 in ('all', 'sex')
            and asked.dimension_2 = 'all'
    left join {{ ref('sex') }} as sexes on asked.dimension_1 = 'sex'
    where scopes.is_valid

),

found as (

    select
        parts.indicator_id,
        measures.org_view,
        measures.org_unit_id,
        measures.period_kind,
        measures.period_start,
        measures.period_end,
        measures.dimension_1,
        measures.category_1,
        measures.dimension_2,
        measures.category_2,
        case when parts.part = 'numerator' then measures.amount else null end as numerator,
        case when parts.part = 'denominator' then measures.amount else null end as denominator,
        case when parts.part = 'n' then measures.amount else null end as n,
        cast(null as double) as amount,
        case when parts.part = 'largest' then measures.amount else null end as largest_share
    from measures
    inner join parts on measures.measure_id = parts.measure_id
    inner join asked
        on
            parts.indicator_id = asked.indicator_id
            and measures.dimension_1 = asked.dimension_1
            and measures.dimension_2 = asked.dimension_2
            and measures.period_kind = asked.period_kind
    left join ministries on measures.org_unit_id = ministries.ministry_id
    where
        asked.is_below_ministries
        or measures.org_unit_id = 'UZ'
        or ministries.ministry_id is not null

    union all

    select
        formulas.indicator_id,
        statistics.org_view,
        statistics.org_unit_id,
        statistics.period_kind,
        statistics.period_start,
        statistics.period_end,
        statistics.dimension_1,
        statistics.category_1,
        statistics.dimension_2,
        statistics.category_2,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        statistics.n,
        statistics.amount,
        cast(null as double) as largest_share
    from statistics
    inner join formulas
        on
            statistics.measure_id = formulas.numerator
            and formulas.shape = 'statistic'
    inner join asked
        on
            formulas.indicator_id = asked.indicator_id
            and statistics.dimension_1 = asked.dimension_1
            and statistics.dimension_2 = asked.dimension_2
            and statistics.period_kind = asked.period_kind
    left join ministries on statistics.org_unit_id = ministries.ministry_id
    where
        asked.is_below_ministries
        or statistics.org_unit_id = 'UZ'
        or ministries.ministry_id is not null

    union all

    select
        frame.*,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as n,
        cast(null as double) as amount,
        cast(null as double) as largest_share
    from frame

),

final as (

    select
        indicator_id,
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        max(numerator) as numerator,
        max(denominator) as denominator,
        max(n) as n,
        max(amount) as amount,
        max(largest_share) as largest_share
    from found
    group by
        indicator_id,
        org_view,
        org_unit_id,
        period_kind,
        period_start,
        period_end,
        dimension_1,
        category_1,
        dimension_2,
        category_2

)

select * from final
