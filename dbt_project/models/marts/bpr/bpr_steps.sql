with log_steps as (

    select * from {{ ref('int_bpr__log_steps') }}

),

log_sums as (

    select * from {{ ref('int_bpr__log_sums') }}

),

surveyed as (

    select
        *,
        rank() over (
            partition by process_id, org_unit_id
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('int_bpr__survey_steps') }}

),

agreed as (

    select * from {{ ref('int_bpr__survey_figures') }}

),

survey_steps as (

    select
        surveyed.*,
        agreed.is_agreed
    from surveyed
    inner join agreed
        on
            surveyed.process_id = agreed.process_id
            and surveyed.org_unit_id = agreed.org_unit_id
            and surveyed.period_start = agreed.period_start
            and surveyed.period_end = agreed.period_end
    where surveyed.waves_back = 1

),

keys as (

    select
        process_id,
        step_id,
        org_unit_id
    from log_steps

    union distinct

    select
        process_id,
        step_id,
        org_unit_id
    from survey_steps

),

final as (

    select
        keys.process_id,
        keys.step_id,
        keys.org_unit_id,
        log_steps.cases as log_cases,
        log_sums.evidence_level as log_evidence_level,
        log_steps.touch_seconds / 60 / nullif(log_steps.instances_timed, 0) as log_touch_mean_min,
        log_steps.touch_seconds_p50 / 60 as log_touch_p50_min,
        log_steps.wait_seconds_p50 / 3600 as log_wait_p50,
        case
            when log_steps.has_calendar then 'wh'
            when log_steps.process_id is not null then 'h'
            else null
        end as log_wait_unit,
        survey_steps.n as survey_respondents,
        case
            when survey_steps.n >= 5 and survey_steps.is_agreed then 'C'
            when survey_steps.n >= 3 then 'D'
            when survey_steps.n >= 1 then 'E'
            else null
        end as survey_evidence_level,
        survey_steps.reach_share as survey_reach_share,
        survey_steps.touch_mean_min as survey_touch_mean_min,
        survey_steps.touch_p50_min_median as survey_touch_p50_min,
        survey_steps.wait_p50_wh_median as survey_wait_p50_wh,
        log_steps.touch_seconds_p50 / 60 / nullif(survey_steps.touch_p50_min_median, 0)
            as touch_ratio,
        case
            when log_steps.has_calendar
                then log_steps.wait_seconds_p50 / 3600 / nullif(survey_steps.wait_p50_wh_median, 0)
            else null
        end as wait_ratio,
        'F' as conf_status
    from keys
    left join log_steps
        on
            keys.process_id = log_steps.process_id
            and keys.step_id = log_steps.step_id
            and keys.org_unit_id = log_steps.org_unit_id
    left join log_sums
        on
            log_steps.process_id = log_sums.process_id
            and log_steps.org_unit_id = log_sums.org_unit_id
    left join survey_steps
        on
            keys.process_id = survey_steps.process_id
            and keys.step_id = survey_steps.step_id
            and keys.org_unit_id = survey_steps.org_unit_id

)

select * from final
