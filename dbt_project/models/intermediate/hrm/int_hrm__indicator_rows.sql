with formulas as (

    {{ numbered_formulas() }}

),

numbers as (

    {{ numbered_measures() }}

),

scopes as (

    select *
    from {{ ref('int_org__scope_periods') }}
    where scope_period_id = figures_id

),

breakdowns as (

    select * from {{ ref('int_hrm__breakdowns') }}

),

measures as (

    select * from {{ ref('int_hrm__measures') }}

),

statistics as (

    select * from {{ ref('int_hrm__statistics') }}

),

-- which part of a formula a measure is
named as (

    select
        indicator_no,
        numerator as measure_id,
        'numerator' as part
    from formulas
    where shape in ('count', 'ratio')

    union all

    select
        indicator_no,
        denominator as measure_id,
        'denominator' as part
    from formulas
    where
        shape = 'ratio'
        and denominator <> 'days'

    union all

    select
        indicator_no,
        base as measure_id,
        'n' as part
    from formulas
    where shape in ('count', 'ratio')

    union all

    -- of how many it is known at all
    select
        indicator_no,
        known as measure_id,
        'known' as part
    from formulas
    where known is not null

    union all

    select
        indicator_no,
        dominance as measure_id,
        'largest' as part
    from formulas
    where dominance is not null

),

parts as (

    select
        named.indicator_no,
        named.part,
        numbers.measure_no
    from named
    inner join numbers on named.measure_id = numbers.measure_id

),

asked as (

    select
        formulas.indicator_no,
        breakdowns.breakdown_id,
        breakdowns.breakdown,
        asked.period_kind,
        asked.is_below_ministries
    from {{ ref('int_hrm__asked') }} as asked
    inner join formulas on asked.indicator_id = formulas.indicator_id
    inner join breakdowns
        on
            asked.dimension_1 = breakdowns.dimension_1
            and asked.dimension_2 = breakdowns.dimension_2

),

found as (

    select
        parts.indicator_no,
        measures.scope_period_id,
        measures.breakdown_id,
        case when parts.part = 'numerator' then measures.amount else null end as numerator,
        case when parts.part = 'denominator' then measures.amount else null end as denominator,
        case when parts.part = 'n' then measures.amount else null end as n,
        cast(null as double) as amount,
        case when parts.part = 'largest' then measures.amount else null end as largest_share,
        case when parts.part = 'known' then measures.amount else null end as known
    from measures
    inner join parts on measures.measure_no = parts.measure_no

    union all

    select
        formulas.indicator_no,
        statistics.scope_period_id,
        statistics.breakdown_id,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        statistics.n,
        statistics.amount,
        cast(null as double) as largest_share,
        cast(null as double) as known
    from statistics
    inner join formulas
        on
            statistics.measure_id = formulas.numerator
            and formulas.shape = 'statistic'

),

told as (

    select found.*
    from found
    inner join scopes on found.scope_period_id = scopes.scope_period_id
    inner join asked
        on
            found.indicator_no = asked.indicator_no
            and found.breakdown_id = asked.breakdown_id
            and scopes.period_kind = asked.period_kind
    where
        asked.is_below_ministries
        or scopes.is_above_units

    union all

    -- a reported unit has a figure, if only 0, for all and for either sex
    select
        asked.indicator_no,
        scopes.scope_period_id,
        asked.breakdown_id,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as n,
        cast(null as double) as amount,
        cast(null as double) as largest_share,
        cast(null as double) as known
    from scopes
    inner join asked on scopes.period_kind = asked.period_kind
    left join breakdowns on asked.breakdown_id = breakdowns.breakdown_id
    left join {{ ref('sex') }} as sexes on breakdowns.category_1 = sexes.code
    where
        scopes.is_valid
        and (
            asked.breakdown = 'all'
            or (asked.breakdown = 'sex' and sexes.code is not null)
        )

),

final as (

    select
        indicator_no,
        scope_period_id,
        breakdown_id,
        max(numerator) as numerator,
        max(denominator) as denominator,
        max(n) as n,
        max(amount) as amount,
        max(largest_share) as largest_share,
        max(known) as known
    from told
    group by
        indicator_no,
        scope_period_id,
        breakdown_id

)

select * from final
