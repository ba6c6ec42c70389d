with processes as (

    select * from {{ ref('int_bpr__redesign_processes') }}

),

listed as (

    select * from {{ ref('stg_processes__steps') }}

),

log_steps as (

    select * from {{ ref('int_bpr__log_steps') }}
    where org_unit_id = 'UZ'

),

survey_steps as (

    select * from {{ ref('int_bpr__survey_steps') }}
    where org_unit_id = 'UZ'

),

parameters as (

    select max(case when parameter = 'wait_cv' then value else null end) as wait_cv
    from {{ ref('parameters') }}

),

-- who does a step where no list says so: whom most respondents name
named as (

    select
        process_id,
        step_id,
        mode(step_role order by step_role asc) as role
    from {{ ref('int_bpr__step_answers') }}
    where
        step_id is not null
        and step_role is not null
    group by
        process_id,
        step_id

),

-- what a log repeats within a case is a return of the step to itself
from_log as (

    select
        processes.process_id,
        processes.evidence_source,
        log_steps.step_id,
        cast(log_steps.cases as bigint) as n,
        cast(log_steps.cases as double) / processes.n as reach,
        1 - cast(log_steps.cases as double) / log_steps.instances as returned,
        log_steps.touch_seconds / 3600 / nullif(log_steps.instances_timed, 0) as touch_h,
        sqrt({{ sample_variance(
            'log_steps.instances_timed', 'log_steps.touch_seconds', 'log_steps.touch_squares'
        ) }}) / nullif(log_steps.touch_seconds / nullif(log_steps.instances_timed, 0), 0)
            as touch_cv,
        coalesce(log_steps.wait_seconds, 0) / 3600 / log_steps.instances as wait_h,
        coalesce(sqrt({{ sample_variance(
            'log_steps.waits', 'log_steps.wait_seconds', 'log_steps.wait_squares'
        ) }}) / nullif(log_steps.wait_seconds / nullif(log_steps.waits, 0), 0), 0) as wait_cv
    from log_steps
    inner join processes
        on
            log_steps.process_id = processes.process_id
            and processes.evidence_source = 'log'

),

from_survey as (

    select
        processes.process_id,
        processes.evidence_source,
        survey_steps.step_id,
        cast(survey_steps.n as bigint) as n,
        coalesce(survey_steps.reach_share, 1) as reach,
        coalesce(survey_steps.return_share, 0) as returned,
        survey_steps.touch_mean_min / 60 as touch_h,
        survey_steps.touch_sd_min / nullif(survey_steps.touch_mean_min, 0) as touch_cv,
        survey_steps.wait_p50_wh as wait_h,
        parameters.wait_cv
    from survey_steps
    cross join parameters
    inner join processes
        on
            survey_steps.process_id = processes.process_id
            and survey_steps.period_start = processes.period_start
            and survey_steps.period_end = processes.period_end
            and processes.evidence_source = 'survey'

),

told as (

    select * from from_log

    union all

    select * from from_survey

),

final as (

    select
        told.*,
        listed.position,
        coalesce(listed.role, named.role) as role,
        coalesce(surveyed.signoffs, listed.signoffs, 0) as signoffs,
        coalesce(surveyed.rekeyed_fields, 0) as rekeyed
    from told
    left join listed
        on
            told.process_id = listed.process_id
            and told.step_id = listed.step_id
    left join named
        on
            told.process_id = named.process_id
            and told.step_id = named.step_id
    left join processes as surveys
        on
            told.process_id = surveys.process_id
            and surveys.evidence_source = 'survey'
    left join survey_steps as surveyed
        on
            surveys.process_id = surveyed.process_id
            and surveys.period_start = surveyed.period_start
            and surveys.period_end = surveyed.period_end
            and told.step_id = surveyed.step_id
    where told.touch_h is not null

)

select * from final
