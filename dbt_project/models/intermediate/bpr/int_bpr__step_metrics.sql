with log_steps as (

    select * from {{ ref('int_bpr__log_steps') }}

),

log_sums as (

    select * from {{ ref('int_bpr__log_sums') }}

),

survey_steps as (

    select * from {{ ref('int_bpr__survey_steps') }}

),

logged as (

    select
        log_steps.*,
        log_sums.period_start,
        log_sums.period_end,
        log_sums.evidence_level
    from log_steps
    inner join log_sums
        on
            log_steps.process_id = log_sums.process_id
            and log_steps.org_unit_id = log_sums.org_unit_id

),

final as (

    select
        'step_wait' as indicator_id,
        process_id,
        step_id,
        'log' as evidence_source,
        org_unit_id,
        period_start,
        period_end,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        wait_seconds_p50 / 3600 as value,
        case when has_calendar then 'wh' else 'h' end as unit,
        cases as n,
        evidence_level
    from logged

    union all

    select
        'touch_time' as indicator_id,
        process_id,
        step_id,
        'log' as evidence_source,
        org_unit_id,
        period_start,
        period_end,
        touch_seconds / 60 as numerator,
        cast(instances as double) as denominator,
        touch_seconds / 60 / nullif(instances, 0) as value,
        'min' as unit,
        cases as n,
        evidence_level
    from logged

    union all

    select
        'step_wait' as indicator_id,
        process_id,
        step_id,
        'survey' as evidence_source,
        org_unit_id,
        period_start,
        period_end,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        wait_p50_wh_median as value,
        'wh' as unit,
        n,
        cast(null as varchar) as evidence_level
    from survey_steps

    union all

    select
        'touch_time' as indicator_id,
        process_id,
        step_id,
        'survey' as evidence_source,
        org_unit_id,
        period_start,
        period_end,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        touch_mean_min as value,
        'min' as unit,
        n,
        cast(null as varchar) as evidence_level
    from survey_steps

)

select * from final
