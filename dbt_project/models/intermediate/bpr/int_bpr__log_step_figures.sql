with log_steps as (

    select * from {{ ref('int_bpr__log_steps') }}

),

figures as (

    select * from {{ ref('int_bpr__log_figures') }}

),

sums as (

    select * from {{ ref('int_bpr__log_sums') }}

),

steps as (

    select * from {{ ref('stg_processes__steps') }}

),

tariffs as (

    select * from {{ ref('int_bpr__role_tariffs') }}

),

-- stamps that are days or entered in bulk say nothing of hours at work
final as (

    select
        log_steps.process_id,
        log_steps.org_unit_id,
        log_steps.step_id,
        log_steps.has_calendar,
        log_steps.cases,
        log_steps.instances,
        log_steps.instances_timed,
        log_steps.waits,
        figures.cases as cases_of_process,
        figures.cases_timed as cases_timed_of_process,
        figures.is_date_only,
        figures.evidence_level,
        figures.period_start,
        figures.period_end,
        case
            when figures.cases_unreturned is null then null
            else log_steps.cases - log_steps.cases_returned
        end as cases_unreturned,
        {% for measure in ['wait_seconds_p50', 'wait_seconds', 'touch_seconds'] -%}
            case
                when sums.is_coarse then null else log_steps.{{ measure }}
            end as {{ measure }},
        {% endfor -%}
        case
            when sums.is_coarse then null
            else log_steps.touch_seconds / nullif(log_steps.instances_timed, 0)
        end as touch_mean,
        case
            when sums.is_coarse then null
            else sqrt({{ sample_variance(
                'log_steps.instances_timed', 'log_steps.touch_seconds', 'log_steps.touch_squares'
            ) }})
        end as touch_sd,
        case
            when sums.is_coarse then null
            else log_steps.touch_seconds / 3600 * tariffs.hour_uzs
        end as labour_uzs
    from log_steps
    inner join sums
        on
            log_steps.process_id = sums.process_id
            and log_steps.org_unit_id = sums.org_unit_id
    inner join figures
        on
            log_steps.process_id = figures.process_id
            and log_steps.org_unit_id = figures.org_unit_id
    left join steps
        on
            log_steps.process_id = steps.process_id
            and log_steps.step_id = steps.step_id
    left join tariffs
        on
            steps.role = tariffs.role
            and figures.period_end >= tariffs.valid_from
            and figures.period_end < coalesce(tariffs.valid_to, date '9999-12-31')

)

select * from final
