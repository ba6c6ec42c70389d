-- cases outside the days of the calendar have no work told: they count as the others do
with sums as (

    select
        *,
        cast(cases as double) / nullif(cases_timed, 0) as untimed_factor
    from {{ ref('int_bpr__log_sums') }}

),

steps as (

    select * from {{ ref('stg_processes__steps') }}

),

tariffs as (

    select * from {{ ref('int_bpr__role_tariffs') }}

),

parameters as (

    select
        max(case when parameter = 'annual_work_days' then value else null end) as year_days,
        max(case when parameter = 'annual_work_hours' then value else null end) as year_hours,
        max(case when parameter = 'practical_capacity_share' then value else null end)
            as capacity_share,
        max(case when parameter = 'fte_allowance_share' then value else null end) as allowance
    from {{ ref('parameters') }}

),

rules as (

    select * from {{ ref('int_bpr__rule_sums') }}
    where rule_id = 'all'

),

selfloops as (

    select
        cases.process_id,
        cases.org_unit_id,
        count(*) as selfloops,
        count(*) filter (where loops.is_redo) as selfloops_redone
    from {{ ref('int_bpr__selfloops') }} as loops
    inner join {{ ref('int_bpr__cases_by_org') }} as cases
        on loops.case_number = cases.case_number
    where cases.is_completed
    group by
        cases.process_id,
        cases.org_unit_id

),

-- how much of their time people give the process, as the newest wave tells
shares as (

    select
        process_id,
        org_unit_id,
        time_share,
        rank() over (
            partition by process_id, org_unit_id
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('int_bpr__survey_sums') }}
    where n_respondents >= 5

),

staff as (

    select
        staff.process_id,
        staff.org_unit_id,
        staff.persons,
        staff.persons * shares.time_share as fte,
        staff.persons * shares.time_share * staff.approved_fte / nullif(staff.fte_in_post, 0)
            as posts_fte
    from {{ ref('int_bpr__staff') }} as staff
    inner join shares
        on
            staff.process_id = shares.process_id
            and staff.org_unit_id = shares.org_unit_id
            and shares.waves_back = 1
    where shares.time_share is not null

),

-- yields multiply over the steps; work is priced by the role of its step
priced as (

    select
        log_steps.process_id,
        log_steps.org_unit_id,
        exp({{ exact_sum(
            'ln(nullif(1.0 - cast(log_steps.cases_returned as double) / sums.cases, 0))'
        ) }}) as rolled_yield,
        max(case when log_steps.cases_returned = sums.cases then 1 else 0 end) as is_never,
        {{ exact_sum('log_steps.touch_seconds / 3600 * tariffs.hour_uzs') }} as labour_uzs
    from {{ ref('int_bpr__log_steps') }} as log_steps
    inner join sums
        on
            log_steps.process_id = sums.process_id
            and log_steps.org_unit_id = sums.org_unit_id
    left join steps
        on
            log_steps.process_id = steps.process_id
            and log_steps.step_id = steps.step_id
    left join tariffs
        on
            steps.role = tariffs.role
            and sums.period_end >= tariffs.valid_from
            and sums.period_end < coalesce(tariffs.valid_to, date '9999-12-31')
    group by
        log_steps.process_id,
        log_steps.org_unit_id

),

-- stamps that are days or entered in bulk say nothing of hours at work
figures as (

    select
        sums.process_id,
        sums.org_unit_id,
        sums.period_start,
        sums.period_end,
        sums.has_calendar,
        sums.is_date_only,
        sums.evidence_level,
        sums.cases,
        sums.cases_timed,
        sums.cases_with_lead,
        sums.cases_started,
        sums.cases_open,
        sums.cases_open_due,
        sums.cases_overdue,
        sums.cases_due,
        sums.cases_on_time,
        sums.cases_reworked,
        sums.n_rows,
        sums.rework_rows,
        case when sums.is_unnamed then null else sums.handoffs end as handoffs,
        case when sums.is_without_unit then null else sums.unit_handoffs end as unit_handoffs,
        sums.signoffs,
        sums.lead_main,
        sums.lead_cal,
        sums.lead_main_p10,
        sums.lead_main_p50,
        sums.lead_cal_p10,
        sums.lead_cal_p50,
        sums.open_age_p50,
        sums.days_in_log,
        sums.variants,
        sums.variants_for_80,
        sums.variant_entropy,
        coalesce(selfloops.selfloops, 0) as selfloops,
        case when sums.is_unnamed then null else coalesce(selfloops.selfloops_redone, 0) end
            as selfloops_redone,
        replays.moves,
        staff.persons,
        staff.fte as staff_fte,
        staff.posts_fte,
        replays.moves_fitting,
        rules.cases_checked,
        rules.cases_broken,
        case when sums.has_enough_cases then sums.lead_main_p90 else null end as lead_main_p90,
        case when sums.has_enough_cases then sums.lead_cal_p90 else null end as lead_cal_p90,
        case when sums.has_return_steps then sums.cases_unreturned else null end
            as cases_unreturned,
        case
            when not sums.has_return_steps then null
            when priced.is_never = 1 then 0
            else priced.rolled_yield
        end as rolled_yield,
        sums.open_seconds / nullif(sums.span_seconds, 0) as cases_in_process,
        sums.open_seconds / nullif(sums.span_seconds, 0) * sums.days_in_log as case_days,
        sums.open_seconds
        / nullif(sums.cases_started * (sums.lead_cal / sums.cases), 0) - 1 as little_gap,
        {% for measure in ['touch_main', 'wait_main', 'touch_shares'] -%}
            case
                when sums.is_coarse then null else sums.{{ measure }}
            end as {{ measure }},
        {% endfor -%}
        {% for measure in ['touch_cal', 'wait_cal', 'busy_cal'] -%}
            case
                when sums.is_coarse then null else sums.{{ measure }}
            end as {{ measure }},
        {% endfor -%}
        case
            when sums.is_coarse then null else priced.labour_uzs
        end as labour_uzs,
        case
            when sums.is_coarse then null
            else
                sums.touch_main / 3600 / nullif(sums.days_in_log, 0) * parameters.year_days
                * sums.untimed_factor
        end as work_hours_year,
        case
            when sums.is_coarse then null
            else
                priced.labour_uzs / nullif(sums.days_in_log, 0) * parameters.year_days
                * sums.untimed_factor
        end as labour_uzs_year,
        parameters.year_hours * parameters.capacity_share / (1 + parameters.allowance)
            as fte_hours
    from sums
    cross join parameters
    left join priced
        on
            sums.process_id = priced.process_id
            and sums.org_unit_id = priced.org_unit_id
    left join selfloops
        on
            sums.process_id = selfloops.process_id
            and sums.org_unit_id = selfloops.org_unit_id
    left join staff
        on
            sums.process_id = staff.process_id
            and sums.org_unit_id = staff.org_unit_id
    left join {{ ref('int_bpr__replays') }} as replays
        on
            sums.process_id = replays.process_id
            and sums.org_unit_id = replays.org_unit_id
    left join rules
        on
            sums.process_id = rules.process_id
            and sums.org_unit_id = rules.org_unit_id

),

final as (

    select
        *,
        work_hours_year / fte_hours - staff_fte as fte_gap,
        work_hours_year / fte_hours - posts_fte as fte_gap_posts
    from figures

)

select * from final
