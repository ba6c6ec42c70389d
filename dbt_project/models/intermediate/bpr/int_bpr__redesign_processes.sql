{% set medians = ['c01_lead_p50', 'c02_lead_p10', 'c03_lead_p90'] %}

with rules as (

    select * from {{ ref('process_rules') }}
    where rule_kind = 'deadline'

),

log_figures as (

    select
        figures.*,
        sums.has_enough_cases
        and not sums.is_date_only
        and not sums.is_bulk
        and sums.has_calendar as is_timed
    from {{ ref('int_bpr__log_figures') }} as figures
    inner join {{ ref('int_bpr__log_sums') }} as sums
        on
            figures.process_id = sums.process_id
            and figures.org_unit_id = sums.org_unit_id
    where figures.org_unit_id = 'UZ'

),

answers as (

    select
        process_id,
        period_start,
        period_end,
        count(*) as n,
        {% for question in medians -%}
            percentile_cont(0.5) within group (order by {{ question }}) * 8
                as {{ question }}_wh,
        {% endfor -%}
        percentile_cont(0.5) within group (order by b06_annual_cases) as cases_year,
        percentile_cont(0.5) within group (order by b08_open_cases) as in_process,
        percentile_cont(0.5) within group (order by c10_applicant_minutes) as applicant_min,
        percentile_cont(0.5) within group (order by c11_applicant_cost_uzs) as applicant_uzs,
        rank() over (
            partition by process_id
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('int_bpr__process_answers') }}
    group by
        process_id,
        period_start,
        period_end

),

surveyed as (

    select * from answers
    where waves_back = 1

),

parameters as (

    select
        max(case when parameter = 'annual_work_days' then value else null end) as year_days,
        max(case when parameter = 'annual_work_hours' then value else null end) as hours_year,
        max(case when parameter = 'practical_capacity_share' then value else null end)
            as capacity_share,
        max(case when parameter = 'fte_allowance_share' then value else null end) as allowance,
        max(case when parameter = 'citizen_hour_uzs' then value else null end)
            as citizen_hour_uzs
    from {{ ref('parameters') }}

),

-- a log with hours at work and enough cases, and what respondents say
told as (

    select
        process_id,
        'log' as evidence_source,
        evidence_level,
        period_start,
        period_end,
        cases as n,
        cases_started / nullif(cast(days_in_log as double), 0) as cases_a_day,
        cast(null as double) as cases_year,
        lead_main_p10 / 3600 as lead_p10_wh,
        lead_main_p50 / 3600 as lead_p50_wh,
        lead_main_p90 / 3600 as lead_p90_wh,
        cases_in_process as in_process
    from log_figures
    where is_timed

    union all

    select
        process_id,
        'survey' as evidence_source,
        case when n >= 5 then 'C' when n >= 3 then 'D' else 'E' end as evidence_level,
        period_start,
        period_end,
        n,
        cast(null as double) as cases_a_day,
        cases_year,
        c02_lead_p10_wh as lead_p10_wh,
        c01_lead_p50_wh as lead_p50_wh,
        c03_lead_p90_wh as lead_p90_wh,
        in_process
    from surveyed

),

-- the deadline in force at the end of the wave or log, the shortest of several
deadlines as (

    select
        told.process_id,
        told.evidence_source,
        min(case rules.limit_unit
            when 'work_day' then rules.limit_value * 8
            when 'work_hour' then rules.limit_value
            when 'cal_day' then rules.limit_value * parameters.hours_year / 365
            else null
        end) as deadline_wh
    from told
    inner join rules
        on
            told.process_id = rules.process_id
            and told.period_end >= rules.valid_from
            and told.period_end < coalesce(rules.valid_to, date '9999-12-31')
    cross join parameters
    group by
        told.process_id,
        told.evidence_source

),

final as (

    select
        told.process_id,
        told.evidence_source,
        told.evidence_level,
        told.period_start,
        told.period_end,
        told.n,
        coalesce(told.cases_a_day * parameters.year_days, told.cases_year) as cases_year,
        told.lead_p10_wh,
        told.lead_p50_wh,
        told.lead_p90_wh,
        told.in_process,
        deadlines.deadline_wh,
        coalesce(surveyed.applicant_min, 0) as applicant_min,
        coalesce(surveyed.applicant_uzs, 0) as applicant_uzs,
        parameters.citizen_hour_uzs,
        parameters.hours_year,
        parameters.hours_year * parameters.capacity_share / (1 + parameters.allowance)
            as fte_hours
    from told
    cross join parameters
    left join deadlines
        on
            told.process_id = deadlines.process_id
            and told.evidence_source = deadlines.evidence_source
    left join surveyed on told.process_id = surveyed.process_id

)

select * from final
