with formulas as (

    {{ numbered_formulas() }}

),

figures as (

    select * from {{ ref('int_hrm__indicator_rows') }}

),

scopes as (

    select * from {{ ref('int_org__scope_periods') }}

),

breakdowns as (

    select * from {{ ref('int_hrm__breakdowns') }}

),

cards as (

    select * from {{ ref('indicators') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

-- a cohort is complete only some months after its period; of what nobody told there is no share
ripened as (

    select
        figures.*,
        formulas.shape,
        {{ add_months('scopes.period_end', 'coalesce(formulas.maturity_months, 0)') }} > run.as_of
        or coalesce(scopes.period_start < formulas.since, false) as is_immature,
        formulas.known is not null
        and coalesce(figures.known, 0) = 0
        and (formulas.shape = 'count' or coalesce(figures.denominator, 0) > 0) as is_unknown,
        case
            when formulas.denominator = 'days' then scopes.days_in_period
            when formulas.shape = 'ratio' then coalesce(figures.denominator, 0)
            else null
        end as whole
    from figures
    inner join formulas on figures.indicator_no = formulas.indicator_no
    inner join scopes on figures.scope_period_id = scopes.scope_period_id
    cross join run

),

computed as (

    select
        indicator_no,
        scope_period_id,
        breakdown_id,
        is_immature,
        case
            when is_immature or is_unknown or shape = 'statistic' then null
            else coalesce(numerator, 0)
        end as numerator,
        whole as denominator,
        case
            when is_immature or is_unknown then null
            when shape = 'statistic' then amount
            when shape = 'ratio' then coalesce(numerator, 0) / nullif(whole, 0)
            else coalesce(numerator, 0)
        end as value,
        cast(round(coalesce(n, 0)) as bigint) as n,
        largest_share
    from ripened

),

-- differences and quotients of two indicators, and where they are told
pairs as (

    select
        formulas.indicator_no,
        formulas.shape,
        firsts.indicator_no as first_no,
        seconds.indicator_no as second_no,
        scopes.scope_period_id,
        breakdowns.breakdown_id
    from formulas
    inner join formulas as firsts on formulas.numerator = firsts.indicator_id
    inner join formulas as seconds on formulas.denominator = seconds.indicator_id
    inner join scopes
        on ';' || formulas.period_kinds || ';' like '%;' || scopes.period_kind || ';%'
    inner join breakdowns
        on
            breakdowns.dimension_2 = 'all'
            and (
                breakdowns.dimension_1 = 'all'
                or ';' || coalesce(formulas.breakdowns, '') || ';'
                like '%;' || breakdowns.dimension_1 || ';%'
            )
    where formulas.shape in ('difference', 'quotient')

),

compared as (

    select
        pairs.indicator_no,
        pairs.scope_period_id,
        pairs.breakdown_id,
        firsts.is_immature or seconds.is_immature as is_immature,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        case
            when pairs.shape = 'difference' then firsts.value - seconds.value
            else firsts.value / nullif(seconds.value, 0)
        end as value,
        least(firsts.n, seconds.n) as n,
        cast(null as double) as largest_share
    from pairs
    inner join computed as firsts
        on
            pairs.first_no = firsts.indicator_no
            and pairs.scope_period_id = firsts.scope_period_id
            and pairs.breakdown_id = firsts.breakdown_id
    inner join computed as seconds
        on
            pairs.second_no = seconds.indicator_no
            and pairs.scope_period_id = seconds.scope_period_id
            and pairs.breakdown_id = seconds.breakdown_id

),

every_figure as (

    select * from computed

    union all

    select * from compared

),

-- numbers become the words that people read
final as (

    select
        formulas.indicator_id,
        cards.method_version,
        scopes.org_unit_id,
        scopes.org_view,
        scopes.period_kind,
        scopes.period_start,
        scopes.period_end,
        breakdowns.dimension_1,
        breakdowns.category_1,
        breakdowns.dimension_2,
        breakdowns.category_2,
        every_figure.numerator,
        every_figure.denominator,
        every_figure.value,
        formulas.unit,
        every_figure.n,
        every_figure.largest_share,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        'B' as evidence_level,
        case
            when every_figure.is_immature then 'L'
            when every_figure.value is null then 'O'
            when scopes.is_provisional then 'P'
            -- what is not told over twelve months or the year to date is of the last day alone
            when
                case
                    when formulas.period_kinds like '%r12%' then scopes.is_estimated
                    when formulas.period_kinds like '%ytd%' then scopes.is_estimated
                    else scopes.is_end_estimated
                end
                then 'E'
            when scopes.is_break then 'B'
            else 'A'
        end as obs_status,
        'F' as conf_status
    from every_figure
    inner join formulas on every_figure.indicator_no = formulas.indicator_no
    inner join cards on formulas.indicator_id = cards.indicator_id
    inner join scopes on every_figure.scope_period_id = scopes.figures_id
    inner join breakdowns on every_figure.breakdown_id = breakdowns.breakdown_id

)

select * from final
