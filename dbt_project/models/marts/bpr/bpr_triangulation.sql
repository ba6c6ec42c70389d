with steps as (

    select * from {{ ref('bpr_steps') }}

),

log_windows as (

    select
        process_id,
        is_date_only or is_bulk as is_coarse
    from {{ ref('int_bpr__log_windows') }}

),

flagged as (

    select
        *,
        rank() over (
            partition by process_id, org_unit_id
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('int_bpr__survey_flags') }}

),

figures as (

    select
        *,
        rank() over (
            partition by process_id, org_unit_id
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('int_bpr__survey_figures') }}

),

parameters as (

    select max(case when parameter = 'log_cases_min' then value else null end) as cases_min
    from {{ ref('parameters') }}

),

checked as (

    select
        steps.*,
        flagged.answers_repaired,
        flagged.answers_outlying,
        flagged.touch_p50_min_without,
        figures.lead_ratio,
        figures.hours_ratio,
        parameters.cases_min,
        coalesce(log_windows.is_coarse, false) as is_coarse,
        coalesce(steps.touch_ratio between 0.5 and 2, true) as is_touch_agreed
    from steps
    cross join parameters
    left join log_windows on steps.process_id = log_windows.process_id
    left join flagged
        on
            steps.process_id = flagged.process_id
            and steps.step_id = flagged.step_id
            and steps.org_unit_id = flagged.org_unit_id
            and flagged.waves_back = 1
    left join figures
        on
            steps.process_id = figures.process_id
            and steps.org_unit_id = figures.org_unit_id
            and figures.waves_back = 1

),

-- a log with moments and enough cases comes first, then the questionnaire, then a smaller log
decided as (

    select
        *,
        case
            when log_cases >= cases_min and log_touch_p50_min is not null and not is_coarse
                then 'log'
            when survey_touch_p50_min is null and log_touch_p50_min is null then 'none'
            when survey_touch_p50_min is null and not is_coarse then 'log'
            when survey_touch_p50_min is null then 'none'
            else 'survey'
        end as decision
    from checked

),

final as (

    select
        process_id,
        step_id,
        org_unit_id,
        log_cases,
        log_evidence_level,
        log_touch_p50_min,
        log_wait_p50,
        survey_respondents,
        case
            when survey_evidence_level = 'C' and not is_touch_agreed then 'D'
            else survey_evidence_level
        end as survey_evidence_level,
        survey_touch_p50_min,
        touch_p50_min_without as survey_touch_p50_min_without_outliers,
        survey_wait_p50_wh,
        answers_repaired,
        answers_outlying,
        touch_ratio,
        wait_ratio,
        lead_ratio as survey_lead_ratio,
        hours_ratio as survey_hours_ratio,
        decision,
        case decision
            when 'log' then log_touch_p50_min
            when 'survey' then survey_touch_p50_min
            else null
        end as touch_p50_min,
        'F' as conf_status
    from decided

)

select * from final
