with scores as (

    select * from {{ ref('int_model__scores') }}

),

figures as (

    select * from {{ ref('int_model__figures') }}

),

inputs as (

    select * from {{ ref('model_inputs') }}

),

final as (

    select
        scores.org_unit_id,
        'r12' as period_kind,
        cast({{ add_days(add_months('scores.assessed_on', '-12'), 1) }} as date) as period_start,
        scores.assessed_on as period_end,
        scores.goalpost_version,
        scores.row_kind,
        scores.domain_id,
        scores.input_id,
        scores.part,
        scores.state,
        scores.score,
        scores.geometric_score,
        scores.standard_error,
        scores.ci_low,
        scores.ci_high,
        scores.level,
        scores.level_low,
        scores.level_high,
        scores.level_by_score,
        scores.capped_by,
        scores.weight,
        scores.evidence_share,
        scores.quality,
        figures.source_table,
        figures.measure_id as indicator_id,
        figures.value,
        figures.unit,
        figures.period_start as figure_start,
        figures.period_end as figure_end,
        scores.least_n,
        'F' as conf_status
    from scores
    left join inputs on scores.input_id = inputs.input_id
    left join figures
        on
            scores.org_unit_id = figures.org_unit_id
            and scores.assessed_on = figures.assessed_on
            and inputs.measure_id = figures.measure_id
            and coalesce(inputs.instrument_id, '') = figures.instrument_id
            and coalesce(inputs.score_family, '') = figures.score_family
            and figures.subject = 'all'

)

select * from final
