with estimates as (

    select * from {{ ref('int_survey__estimates') }}

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

final as (

    select
        estimates.measure_kind,
        estimates.measure_id,
        estimates.instrument_id,
        estimates.instrument_version,
        estimates.wave_id,
        estimates.score_family,
        estimates.org_unit_id,
        estimates.org_view,
        'wave' as period_kind,
        waves.period_start,
        waves.period_end,
        estimates.dimension_1,
        estimates.category_1,
        estimates.n,
        estimates.weighted_n,
        estimates.value,
        case
            when estimates.score_family = 'percent_positive' then 'share'
            else 'points'
        end as unit,
        estimates.positive_share,
        estimates.neutral_share,
        estimates.negative_share,
        estimates.design_effect,
        estimates.n_effective,
        estimates.standard_error,
        estimates.ci_low,
        estimates.ci_high,
        estimates.interval_method,
        estimates.previous_wave_id,
        estimates.change,
        estimates.change_p_value,
        estimates.change_p_adjusted,
        estimates.is_significant,
        estimates.is_notable,
        estimates.benchmark_median,
        estimates.benchmark_mean,
        estimates.benchmark_organisations,
        estimates.difference_to_median,
        estimates.difference_to_mean,
        case
            when estimates.n >= 5 then 'C'
            when estimates.n >= 3 then 'D'
            else 'E'
        end as evidence_level,
        'A' as obs_status,
        -- one or two persons of a cell who answered alike are too few to speak of
        case
            when
                estimates.n_positive in (1, 2)
                or estimates.n_neutral in (1, 2)
                or estimates.n_negative in (1, 2)
                then 'C'
            else 'F'
        end as conf_status
    from estimates
    inner join waves
        on
            estimates.instrument_id = waves.instrument_id
            and estimates.wave_id = waves.wave_id

)

select * from final
