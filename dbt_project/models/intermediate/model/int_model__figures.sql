-- every figure that a score or a recommendation may rest on, and when it speaks for an assessment
with run as (

    select * from {{ source('build', 'run') }}

),

parameters as (

    select max(value) as evidence_months
    from {{ ref('parameters') }}
    where parameter = 'model_evidence_months'

),

disclosure as (

    select * from {{ source('build', 'disclosure') }}

),

cards as (

    select * from {{ ref('indicators') }}

),

organisations as (

    select distinct org_unit_id
    from {{ ref('stg_org__units') }}
    where level in ('service', 'ministry')

),

thresholds as (

    select
        max(case when family = 'headcount' then amount end) as headcount_min,
        max(case when family = 'survey' then amount end) as survey_min,
        max(case when family = 'process' then amount end) as process_min
    from disclosure
    where rule = 'base_min'

),

named as (

    select
        name,
        max(case when rule = 'numerator' then 1 else 0 end) as counts_persons,
        max(case when rule = 'complement' then 1 else 0 end) as shows_rest,
        max(case when rule = 'dominance' then amount end) as largest_share_max
    from disclosure
    where name is not null
    group by name

),

-- persons counted by a share, and the others, as far as the release looks at them
counted as (

    select
        figures.*,
        coalesce(cards.n_min, 0) as n_min,
        case
            when named.counts_persons = 1 and figures.numerator > 0 then figures.numerator
        end as persons,
        case
            when named.shows_rest = 1 and figures.denominator > figures.numerator
                then figures.denominator - figures.numerator
        end as others,
        named.largest_share_max
    from {{ ref('hrm_indicators') }} as figures
    left join cards on figures.indicator_id = cards.indicator_id
    left join named on figures.indicator_id = named.name
    where
        figures.org_view = 'as_was'
        and figures.category_1 = 'all'
        and figures.category_2 = 'all'
        and figures.period_kind in ('r12', 'year', 'month')
        and figures.value is not null

),

from_indicators as (

    select
        counted.org_unit_id,
        'all' as subject,
        'hrm_indicators' as source_table,
        counted.indicator_id as measure_id,
        '' as instrument_id,
        '' as score_family,
        counted.value,
        counted.unit,
        counted.n,
        least(
            counted.n, coalesce(counted.persons, counted.n), coalesce(counted.others, counted.n)
        ) as least_n,
        cast(null as double) as standard_error,
        counted.ci_low,
        counted.ci_high,
        counted.evidence_level,
        counted.period_start,
        counted.period_end,
        counted.n >= greatest(thresholds.headcount_min, counted.n_min)
        and coalesce(counted.persons >= thresholds.headcount_min, true)
        and coalesce(counted.others >= thresholds.headcount_min, true)
        and (
            counted.largest_share_max is null
            or coalesce(counted.largest_share <= counted.largest_share_max, false)
        ) as is_usable,
        case
            when
                counted.persons < thresholds.headcount_min
                and counted.unit = 'share'
                and counted.n >= greatest(thresholds.headcount_min, counted.n_min)
                then (thresholds.headcount_min - 1) / counted.denominator
        end as bound_high,
        case counted.period_kind when 'r12' then 1 when 'year' then 2 else 3 end as preference,
        '' as tie
    from counted
    cross join thresholds

),

from_surveys as (

    select
        estimates.org_unit_id,
        'all' as subject,
        'survey_estimates' as source_table,
        estimates.measure_id,
        estimates.instrument_id,
        estimates.score_family,
        estimates.value,
        estimates.unit,
        estimates.n,
        estimates.n as least_n,
        estimates.standard_error,
        estimates.ci_low,
        estimates.ci_high,
        estimates.evidence_level,
        estimates.period_start,
        estimates.period_end,
        estimates.n >= thresholds.survey_min as is_usable,
        cast(null as double) as bound_high,
        1 as preference,
        estimates.instrument_version as tie
    from {{ ref('survey_estimates') }} as estimates
    cross join thresholds
    where
        estimates.org_view = 'as_was'
        and estimates.category_1 = 'all'
        and estimates.value is not null

),

-- of several indices of a wave the one that most answered; they have one frame
from_response_rates as (

    select
        indices.org_unit_id,
        'all' as subject,
        'survey_indices' as source_table,
        'survey_response_rate' as measure_id,
        '' as instrument_id,
        '' as score_family,
        indices.n * 1.0 / indices.frame_n as value,
        'share' as unit,
        indices.n,
        indices.n as least_n,
        cast(null as double) as standard_error,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        'B' as evidence_level,
        indices.period_start,
        indices.period_end,
        indices.n >= thresholds.survey_min
        and indices.frame_n >= thresholds.survey_min as is_usable,
        cast(null as double) as bound_high,
        1 as preference,
        indices.instrument_id as tie
    from {{ ref('survey_indices') }} as indices
    cross join thresholds
    where
        indices.org_view = 'as_was'
        and indices.category_1 = 'all'
        and indices.frame_n > 0

),

sheets as (

    select
        response_key,
        ministry_id,
        instrument_id,
        instrument_version,
        cast(coalesce(submitted_at, known_from) as date) as submitted_on
    from {{ ref('int_survey__valid_responses') }}
    where instrument_id = 'checklist'

),

choices as (

    select
        items.instrument_version,
        items.item_id,
        options.code,
        options.score
    from {{ source('build', 'codebook_items') }} as items
    inner join {{ source('build', 'codebook_choices') }} as options
        on
            items.instrument_id = options.instrument_id
            and items.instrument_version = options.instrument_version
            and items.choices = options.list
    where items.instrument_id = 'checklist' and not options.is_missing

),

answers as (

    select * from {{ ref('stg_survey__answers') }}

),

-- nobody stands behind an answer of a ministry about its documents: its base is no person
from_checklists as (

    select
        sheets.ministry_id as org_unit_id,
        'all' as subject,
        'checklist' as source_table,
        choices.item_id as measure_id,
        sheets.instrument_id,
        '' as score_family,
        choices.score as value,
        'share' as unit,
        cast(null as bigint) as n,
        0 as least_n,
        cast(null as double) as standard_error,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        'B' as evidence_level,
        sheets.submitted_on as period_start,
        sheets.submitted_on as period_end,
        true as is_usable,
        cast(null as double) as bound_high,
        1 as preference,
        sheets.response_key as tie
    from sheets
    inner join answers on sheets.response_key = answers.response_key
    inner join choices
        on
            sheets.instrument_version = choices.instrument_version
            and answers.item_id = choices.item_id
            and answers.answer = choices.code

),

from_processes as (

    select
        metrics.org_unit_id,
        metrics.process_id as subject,
        'bpr_metrics' as source_table,
        metrics.indicator_id as measure_id,
        metrics.evidence_source as instrument_id,
        '' as score_family,
        metrics.value,
        metrics.unit,
        metrics.n,
        metrics.n as least_n,
        cast(null as double) as standard_error,
        metrics.ci_low,
        metrics.ci_high,
        metrics.evidence_level,
        metrics.period_start,
        metrics.period_end,
        metrics.n >= thresholds.process_min as is_usable,
        cast(null as double) as bound_high,
        case when metrics.evidence_source = 'log' then 1 else 2 end as preference,
        '' as tie
    from {{ ref('bpr_metrics') }} as metrics
    cross join thresholds
    where
        metrics.org_view = 'as_was'
        and metrics.step_id = 'all'
        and metrics.category_1 = 'all'
        and metrics.evidence_source in ('log', 'survey')
        and metrics.evidence_level in ('A', 'B', 'C')
        and metrics.value is not null

),

every_figure as (

    select * from from_indicators
    union all
    select * from from_surveys
    union all
    select * from from_response_rates
    union all
    select * from from_checklists
    union all
    select * from from_processes

),

-- a ministry is assessed for the twelve months up to the end of each year, and up to as_of
assessments as (

    select distinct
        from_indicators.period_end as assessed_on,
        {{ add_months('from_indicators.period_end', '-parameters.evidence_months') }} as oldest_on
    from from_indicators
    inner join organisations on from_indicators.org_unit_id = organisations.org_unit_id
    cross join run
    cross join parameters
    where
        from_indicators.preference = 2
        and from_indicators.period_end <= run.as_of

),

-- of a measure the newest figure speaks; of a process its log before its questionnaire
placed as (

    select
        assessments.assessed_on,
        every_figure.*,
        row_number() over (
            partition by
                assessments.assessed_on, every_figure.org_unit_id, every_figure.subject,
                every_figure.source_table, every_figure.measure_id,
                case
                    when every_figure.source_table = 'bpr_metrics' then ''
                    else every_figure.instrument_id
                end
            order by
                every_figure.preference asc, every_figure.period_end desc, every_figure.n desc,
                every_figure.tie desc
        ) as place
    from every_figure
    inner join organisations on every_figure.org_unit_id = organisations.org_unit_id
    inner join assessments
        on
            every_figure.period_end <= assessments.assessed_on
            and every_figure.period_end >= assessments.oldest_on

),

final as (

    select
        assessed_on,
        org_unit_id,
        subject,
        source_table,
        measure_id,
        instrument_id,
        score_family,
        case when is_usable then value end as value,
        case when not is_usable then bound_high end as bound_high,
        unit,
        n,
        cast(least_n as bigint) as least_n,
        standard_error,
        ci_low,
        ci_high,
        evidence_level,
        period_start,
        period_end,
        is_usable
    from placed
    where place = 1

)

select * from final
