with figures as (

    select * from {{ ref('int_hrm__indicator_rows') }}

),

formulas as (

    select * from {{ ref('formulas') }}

),

scopes as (

    select * from {{ ref('int_org__scope_periods') }}

),

cards as (

    select * from {{ ref('indicators') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

-- a cohort is complete only some months after its period
ripened as (

    select
        figures.*,
        formulas.shape,
        formulas.unit,
        scopes.is_provisional,
        scopes.is_break,
        {{ add_months('figures.period_end', 'coalesce(formulas.maturity_months, 0)') }} > run.as_of
        or coalesce(figures.period_start < formulas.since, false) as is_immature,
        case
            when formulas.denominator = 'days' then scopes.days_in_period
            when formulas.shape = 'ratio' then coalesce(figures.denominator, 0)
            else null
        end as whole
    from figures
    inner join formulas on figures.indicator_id = formulas.indicator_id
    inner join scopes
        on
            figures.org_view = scopes.org_view
            and figures.org_unit_id = scopes.org_unit_id
            and figures.period_kind = scopes.period_kind
            and figures.period_start = scopes.period_start
            and figures.period_end = scopes.period_end
    cross join run

),

computed as (

    select
        indicator_id,
        unit,
        org_unit_id,
        org_view,
        period_kind,
        period_start,
        period_end,
        dimension_1,
        category_1,
        dimension_2,
        category_2,
        is_provisional,
        is_break,
        is_immature,
        case
            when is_immature or shape = 'statistic' then null
            else coalesce(numerator, 0)
        end as numerator,
        whole as denominator,
        case
            when is_immature then null
            when shape = 'statistic' then amount
            when shape = 'ratio' then coalesce(numerator, 0) / nullif(whole, 0)
            else coalesce(numerator, 0)
        end as value,
        cast(round(coalesce(n, 0)) as bigint) as n,
        largest_share
    from ripened

),

-- differences and quotients of two indicators
compared as (

    select
        formulas.indicator_id,
        formulas.unit,
        firsts.org_unit_id,
        firsts.org_view,
        firsts.period_kind,
        firsts.period_start,
        firsts.period_end,
        firsts.dimension_1,
        firsts.category_1,
        firsts.dimension_2,
        firsts.category_2,
        firsts.is_provisional,
        firsts.is_break,
        firsts.is_immature or seconds.is_immature as is_immature,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        case
            when formulas.shape = 'difference' then firsts.value - seconds.value
            else firsts.value / nullif(seconds.value, 0)
        end as value,
        least(firsts.n, seconds.n) as n,
        cast(null as double) as largest_share
    from formulas
    inner join computed as firsts
        on
            formulas.numerator = firsts.indicator_id
            and ';' || formulas.period_kinds || ';' like '%;' || firsts.period_kind || ';%'
            and (
                firsts.dimension_1 = 'all'
                or ';' || coalesce(formulas.breakdowns, '') || ';'
                like '%;' || firsts.dimension_1 || ';%'
            )
            and firsts.dimension_2 = 'all'
    inner join computed as seconds
        on
            formulas.denominator = seconds.indicator_id
            and firsts.org_unit_id = seconds.org_unit_id
            and firsts.org_view = seconds.org_view
            and firsts.period_kind = seconds.period_kind
            and firsts.period_start = seconds.period_start
            and firsts.period_end = seconds.period_end
            and firsts.dimension_1 = seconds.dimension_1
            and firsts.category_1 = seconds.category_1
            and firsts.dimension_2 = seconds.dimension_2
            and firsts.category_2 = seconds.category_2
    where formulas.shape in ('difference', 'quotient')

),

every_figure as (

    select * from computed

    union all

    select * from compared

),

final as (

    select
        every_figure.indicator_id,
        cards.method_version,
        every_figure.org_unit_id,
        every_figure.org_view,
        every_figure.period_kind,
        every_figure.period_start,
        every_figure.period_end,
        every_figure.dimension_1,
        every_figure.category_1,
        every_figure.dimension_2,
        every_figure.category_2,
        every_figure.numerator,
        every_figure.denominator,
        every_figure.value,
        every_figure.unit,
        every_figure.n,
        every_figure.largest_share,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        'B' as evidence_level,
        case
            when every_figure.is_immature then 'L'
            when every_figure.value is null then 'O'
            when every_figure.is_provisional then 'P'
            when every_figure.is_break then 'B'
            else 'A'
        end as obs_status,
        'F' as conf_status
    from every_figure
    inner join cards on every_figure.indicator_id = cards.indicator_id

)

select * from final
