with sums as (

    select *
    from {{ ref('int_survey__sums_by_org') }}
    where
        sex in ('all', 'male', 'female')
        and score_family = 'mean_0_100'

),

waves as (

    select * from {{ ref('int_survey__waves') }}

),

headcounts as (

    select
        org_view,
        org_unit_id,
        period_start,
        category_1 as sex,
        n as headcount
    from {{ ref('hrm_indicators') }}
    where
        indicator_id = 'headcount_end'
        and period_kind = 'month'
        and dimension_1 in ('all', 'sex')
        and dimension_2 = 'all'

),

cards as (

    select * from {{ ref('indicators') }}

),

framed as (

    select
        sums.*,
        waves.period_start,
        waves.period_end,
        headcounts.headcount as frame_n,
        sums.score_sum / nullif(sums.n, 0) as score_mean,
        {{ sample_variance('sums.n', 'sums.score_sum', 'sums.score_square_sum') }}
            as score_variance,
        -- share of the unit that was not asked or did not answer; a census has no interval
        case
            when headcounts.headcount is null then 1
            when headcounts.headcount <= sums.n then null
            else 1 - sums.n * 1.0 / headcounts.headcount
        end as unseen_share
    from sums
    inner join waves
        on
            sums.instrument_id = waves.instrument_id
            and sums.wave_id = waves.wave_id
    left join headcounts
        on
            sums.org_view = headcounts.org_view
            and sums.org_unit_id = headcounts.org_unit_id
            and sums.sex = headcounts.sex
            and waves.frame_month = headcounts.period_start

),

final as (

    select
        framed.index_id as indicator_id,
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
        case when framed.sex = 'all' then 'all' else 'sex' end as dimension_1,
        framed.sex as category_1,
        'all' as dimension_2,
        'all' as category_2,
        framed.score_sum as numerator,
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
    left join cards on framed.index_id = cards.indicator_id

)

select * from final
