with figures as (

    select * from {{ ref('int_survey__scale_figures') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

final as (

    select
        figures.index_id as indicator_id,
        figures.instrument_id,
        figures.instrument_version,
        figures.wave_id,
        figures.scope_id as org_unit_id,
        figures.item_id,
        'wave' as period_kind,
        waves.period_start,
        waves.period_end,
        figures.n,
        cast(figures.n * 1.0 / nullif(figures.respondents, 0) as double) as complete_share,
        figures.items,
        figures.alpha,
        figures.alpha_standardised,
        figures.omega,
        figures.variance_extracted,
        figures.icc1,
        figures.icc1_plain,
        figures.icc2,
        figures.rwg,
        figures.flagged_share,
        figures.alpha_attentive,
        figures.languages,
        figures.language_congruence,
        figures.blank_share,
        figures.item_rest,
        figures.loading,
        figures.alpha_without,
        figures.language_effect,
        figures.language_p_value,
        figures.verdict,
        figures.reason,
        case when figures.alpha is null then 'O' else 'A' end as obs_status,
        'F' as conf_status
    from figures
    inner join waves
        on
            figures.instrument_id = waves.instrument_id
            and figures.wave_id = waves.wave_id

)

select * from final
