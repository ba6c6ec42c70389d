with formulas as (

    select * from {{ ref('process_formulas') }}

),

measures as (

    select * from {{ ref('int_bpr__measures') }}

),

bounds as (

    select * from {{ ref('int_bpr__survey_bounds') }}

),

medians as (

    select * from {{ ref('int_bpr__survey_medians') }}

),

choices as (

    select * from {{ ref('int_bpr__survey_choices') }}

),

waits as (

    select * from {{ ref('int_bpr__survey_waits') }}

),

models as (

    select * from {{ ref('int_bpr__model_figures') }}

),

-- questionnaires whose times agree with a log or with the hours that respondents have
agreed as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        is_agreed
    from {{ ref('int_bpr__survey_figures') }}

),

-- what a validated scenario saves of the work of a year
savings as (

    select
        *,
        min(case when part = 'check' and not is_passed then 0 else 1 end) over (
            partition by scenario_id
        ) = 1 as is_validated
    from {{ ref('int_bpr__scenario_results') }}

),

-- a figure stands where its base is known and its question was answered;
-- days stand instead of hours where the stamps are days
computed as (

    select
        formulas.indicator_id,
        bases.process_id,
        bases.step_id,
        bases.evidence_source,
        bases.org_unit_id,
        bases.period_start,
        bases.period_end,
        case
            when formulas.denominator is null then null
            when bases.is_date_only and formulas.clock = 'lead' and bases.has_calendar
                then numerators.amount / 28800
            when bases.is_date_only and formulas.clock is not null then numerators.amount / 86400
            else numerators.amount / formulas.numerator_per
        end as numerator,
        denominators.amount / formulas.denominator_per as denominator,
        case
            when bases.is_date_only and formulas.clock = 'lead' and bases.has_calendar
                then numerators.amount / 28800
            when bases.is_date_only and formulas.clock is not null then numerators.amount / 86400
            else numerators.amount / formulas.numerator_per
        end as amount,
        formulas.denominator is not null as is_ratio,
        case
            when bases.is_date_only and formulas.clock = 'lead' and bases.has_calendar then 'wd'
            when bases.is_date_only and formulas.clock is not null then 'd'
            when bases.has_calendar then formulas.unit
            else formulas.calendar_unit
        end as unit,
        cast(bases.amount as bigint) as n,
        bases.evidence_level,
        formulas.rests_on_times
    from formulas
    inner join measures as bases
        on
            formulas.evidence_source = bases.evidence_source
            and formulas.level = bases.level
            and formulas.base = bases.measure_id
            and bases.amount > 0
    inner join measures as numerators
        on
            formulas.evidence_source = numerators.evidence_source
            and formulas.level = numerators.level
            and formulas.numerator = numerators.measure_id
            and bases.process_id = numerators.process_id
            and bases.step_id = numerators.step_id
            and bases.org_unit_id = numerators.org_unit_id
            and bases.period_start = numerators.period_start
            and bases.period_end = numerators.period_end
    left join measures as denominators
        on
            formulas.evidence_source = denominators.evidence_source
            and formulas.level = denominators.level
            and formulas.denominator = denominators.measure_id
            and bases.process_id = denominators.process_id
            and bases.step_id = denominators.step_id
            and bases.org_unit_id = denominators.org_unit_id
            and bases.period_start = denominators.period_start
            and bases.period_end = denominators.period_end
    where
        bases.evidence_source = 'log'
        or numerators.amount is not null

),

valued as (

    select
        indicator_id,
        process_id,
        step_id,
        evidence_source,
        org_unit_id,
        period_start,
        period_end,
        'all' as dimension_1,
        'all' as category_1,
        numerator,
        denominator,
        case when is_ratio then numerator / nullif(denominator, 0) else amount end as value,
        unit,
        n,
        evidence_level,
        rests_on_times
    from computed

    union all

    select
        'return_reason_share' as indicator_id,
        process_id,
        'all' as step_id,
        'survey' as evidence_source,
        org_unit_id,
        period_start,
        period_end,
        'return_reason' as dimension_1,
        choice as category_1,
        mentions as numerator,
        cast(n as double) as denominator,
        mentions / nullif(n, 0) as value,
        'share' as unit,
        n,
        cast(null as varchar) as evidence_level,
        false as rests_on_times
    from choices
    where item_id = 'c05_return_reasons'

    union all

    select
        'wait_cause_share' as indicator_id,
        process_id,
        'all' as step_id,
        'survey' as evidence_source,
        org_unit_id,
        period_start,
        period_end,
        'wait_cause' as dimension_1,
        wait_cause as category_1,
        cause_wh as numerator,
        all_wh as denominator,
        cause_wh / nullif(all_wh, 0) as value,
        'share' as unit,
        n,
        cast(null as varchar) as evidence_level,
        true as rests_on_times
    from waits

    union all

    select
        'cfc' as indicator_id,
        process_id,
        'all' as step_id,
        'model' as evidence_source,
        'UZ' as org_unit_id,
        as_of as period_start,
        as_of as period_end,
        'all' as dimension_1,
        'all' as category_1,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        cfc as value,
        'points' as unit,
        steps as n,
        'B' as evidence_level,
        false as rests_on_times
    from models

    union all

    select
        'benefit_pack' as indicator_id,
        process_id,
        'all' as step_id,
        'simulation' as evidence_source,
        'UZ' as org_unit_id,
        period_start,
        period_end,
        'scenario' as dimension_1,
        scenario_id as category_1,
        -difference as numerator,
        as_is as denominator,
        -difference / nullif(as_is, 0) as value,
        'share' as unit,
        n,
        evidence_level,
        false as rests_on_times
    from savings
    where
        part = 'benefit'
        and measure_id = 'work_hours_year'
        and is_validated

),

bounded as (

    select
        valued.*,
        bounds.ci_low,
        bounds.ci_high
    from valued
    left join bounds
        on
            valued.indicator_id = bounds.indicator_id
            and valued.evidence_source = 'survey'
            and valued.step_id = 'all'
            and valued.process_id = bounds.process_id
            and valued.org_unit_id = bounds.org_unit_id
            and valued.period_start = bounds.period_start
            and valued.period_end = bounds.period_end

    union all

    select
        indicator_id,
        process_id,
        'all' as step_id,
        'survey' as evidence_source,
        org_unit_id,
        period_start,
        period_end,
        'all' as dimension_1,
        'all' as category_1,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        value,
        'wd' as unit,
        n,
        cast(null as varchar) as evidence_level,
        true as rests_on_times,
        ci_low,
        ci_high
    from medians

),

-- domain/bpr.md 1.2: five respondents, and times that something else bears out
final as (

    select
        bounded.indicator_id,
        bounded.process_id,
        bounded.step_id,
        bounded.evidence_source,
        bounded.org_unit_id,
        bounded.period_start,
        bounded.period_end,
        bounded.dimension_1,
        bounded.category_1,
        bounded.numerator,
        bounded.denominator,
        bounded.value,
        bounded.unit,
        bounded.n,
        bounded.ci_low,
        bounded.ci_high,
        case
            when bounded.evidence_level is not null then bounded.evidence_level
            when bounded.n >= 5 and (agreed.is_agreed or not bounded.rests_on_times) then 'C'
            when bounded.n >= 3 then 'D'
            else 'E'
        end as evidence_level
    from bounded
    left join agreed
        on
            bounded.evidence_source = 'survey'
            and bounded.process_id = agreed.process_id
            and bounded.org_unit_id = agreed.org_unit_id
            and bounded.period_start = agreed.period_start
            and bounded.period_end = agreed.period_end

)

select * from final
