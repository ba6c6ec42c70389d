with answers as (

    select
        *,
        ln(touch_mean_min) as ln_touch
    from {{ ref('int_bpr__step_answers') }}
    where
        step_id is not null
        and touch_mean_min > 0

),

placed as (

    {{ service_and_ministries('answers') }}

),

middles as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id,
        percentile_cont(0.5) within group (order by ln_touch) as ln_median
    from placed
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id

),

distances as (

    select
        placed.*,
        abs(placed.ln_touch - middles.ln_median) as distance
    from placed
    inner join middles
        on
            placed.process_id = middles.process_id
            and placed.org_unit_id = middles.org_unit_id
            and placed.period_start = middles.period_start
            and placed.period_end = middles.period_end
            and placed.step_id = middles.step_id

),

spreads as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id,
        percentile_cont(0.5) within group (order by distance) as deviation
    from distances
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id

),

-- modified z above 3.5; where half of the answers are alike, five times the median or a fifth of it
flagged as (

    select
        distances.*,
        case
            when spreads.deviation > 0 then 0.6745 * distances.distance / spreads.deviation > 3.5
            else distances.distance > ln(5)
        end as is_outlier
    from distances
    inner join spreads
        on
            distances.process_id = spreads.process_id
            and distances.org_unit_id = spreads.org_unit_id
            and distances.period_start = spreads.period_start
            and distances.period_end = spreads.period_end
            and distances.step_id = spreads.step_id

),

final as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id,
        count(*) filter (where is_order_repaired) as answers_repaired,
        count(*) filter (where is_outlier) as answers_outlying,
        percentile_cont(0.5) within group (
            order by case when is_outlier then null else touch_p50_min end
        ) as touch_p50_min_without
    from flagged
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id

)

select * from final
