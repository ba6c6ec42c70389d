with sums as (

    select *
    from {{ ref('int_survey__estimate_sums') }}
    where
        score_family = 'mean_0_100'
        and dimension_1 in ('all', 'sex')

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

places as (

    select * from {{ ref('int_survey__places') }}

),

cards as (

    select * from {{ ref('indicators') }}

),

framed as (

    select
        sums.*,
        waves.period_start,
        places.frame_n,
        sums.score_sum / nullif(sums.n, 0) as score_mean,
        {{ sample_variance('sums.n', 'sums.score_sum', 'sums.square_sum') }} as score_variance,
        -- share of the unit that was not asked or did not answer; a census has no interval
        case
            when places.frame_n is null then 1
            when places.frame_n <= sums.n then null
            else 1 - sums.n * 1.0 / places.frame_n
        end as unseen_share
    from sums
    inner join waves
        on
            sums.instrument_id = waves.instrument_id
            and sums.wave_id = waves.wave_id
    inner join places
        on
            sums.instrument_id = places.instrument_id
            and sums.instrument_version = places.instrument_version
            and sums.wave_id = places.wave_id
            and sums.org_view = places.org_view
            and sums.org_unit_id = places.org_unit_id
            and sums.dimension_1 = places.dimension_1
            and sums.category_1 = places.category_1

),

final as (

    select
        framed.measure_id as indicator_id,
        coalesce(cards.method_version, 1) as method_version,
        framed.instrument_id,
        framed.instrument_version,
        framed.wave_id,
        framed.score_family,
        framed.org_unit_id,
        framed.org_view,
        'wave' as period_kind,
        framed.period_start,
        framed.period_end,
        framed.dimension_1,
        framed.category_1,
        'all' as dimension_2,
        'all' as category_2,
        case when framed.n > 0 then framed.score_sum else null end as numerator,
        cast(framed.n as double) as denominator,
        cast(framed.score_mean as double) as value,
        'points' as unit,
        framed.n,
        cast(
            framed.score_mean
            - 1.96 * sqrt(framed.score_variance / nullif(framed.n, 0) * framed.unseen_share)
            as double
        ) as ci_low,
        cast(
            framed.score_mean
            + 1.96 * sqrt(framed.score_variance / nullif(framed.n, 0) * framed.unseen_share)
            as double
        ) as ci_high,
        case
            when framed.n >= 5 then 'C'
            when framed.n >= 3 then 'D'
            else 'E'
        end as evidence_level,
        case when framed.n = 0 then 'O' else 'A' end as obs_status,
        'F' as conf_status,
        framed.frame_n,
        cast(framed.responses * 1.0 / nullif(framed.frame_n, 0) as double) as response_rate
    from framed
    left join cards on framed.measure_id = cards.indicator_id

)

select * from final
