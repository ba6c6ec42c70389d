{#- what each wide table gives; `process_measures` says which of it formulas ask for -#}
{% set log_figures = [
    'busy_cal', 'case_days', 'cases', 'cases_broken', 'cases_checked', 'cases_due',
    'cases_in_process', 'cases_on_time', 'cases_open', 'cases_open_due', 'cases_overdue',
    'cases_reworked', 'cases_started', 'cases_timed', 'cases_unreturned', 'cases_with_lead',
    'days_in_log', 'fte_gap', 'fte_gap_posts', 'fte_hours', 'handoffs', 'labour_uzs',
    'labour_uzs_year', 'lead_cal', 'lead_cal_p10', 'lead_cal_p50', 'lead_cal_p90', 'lead_main',
    'lead_main_p10', 'lead_main_p50', 'lead_main_p90', 'little_gap', 'moves', 'moves_fitting',
    'n_rows', 'open_age_p50', 'persons', 'rework_rows', 'rolled_yield', 'selfloops',
    'selfloops_redone', 'signoffs', 'touch_cal', 'touch_main', 'touch_shares', 'unit_handoffs',
    'variant_entropy', 'variants', 'variants_for_80',
    'wait_cal', 'wait_main', 'work_hours_year',
] %}
{% set log_step_figures = [
    'cases', 'cases_timed_of_process', 'cases_unreturned', 'instances_timed', 'labour_uzs',
    'touch_mean', 'touch_sd', 'touch_seconds', 'wait_seconds', 'wait_seconds_p50', 'waits',
] %}
{% set survey_figures = [
    'b06_annual_cases', 'b06_annual_cases_n', 'b08_open_cases', 'b08_open_cases_n',
    'b09_overdue_cases', 'b09_overdue_cases_n', 'c06_error_pct', 'c06_error_pct_n',
    'c08_docs_required', 'c08_docs_required_n', 'c09_docs_already_held',
    'c09_docs_already_held_n', 'c10_applicant_minutes_n', 'cases_a_day', 'citizen_hours_year',
    'citizen_uzs_year', 'e04_staff_unit_n', 'f01_design_n', 'first_passes', 'fte_gap',
    'fte_hours', 'g02_feasibility_n', 'handoffs', 'labour_uzs', 'labour_uzs_year', 'lead_min',
    'lead_wh', 'little_gap', 'maturity_level', 'maturity_mean', 'medium_base', 'medium_reach',
    'n_described', 'n_late', 'n_return', 'n_systems', 'normal_uzs_year', 'on_time',
    'priority_score', 'reach', 'rekeyed_fields', 'rolled_yield', 'signoffs',
    'signoffs_effective', 'signoffs_judged', 'systems', 'touch_classed_min', 'touch_min',
    'touch_value_min', 'unit_handoffs', 'utilisation', 'wait_wh', 'work_hours_year',
    'year_days',
] %}
{% set survey_step_figures = [
    'automation_score', 'bottleneck_index', 'is_signoff_effective', 'is_signoff_effective_n',
    'is_value_adding', 'is_value_adding_n', 'labour_uzs', 'medium_level', 'n',
    'rekeyed_fields', 'step_yield', 'touch_cv', 'touch_mean_min', 'wait_p50_wh_median',
    'work_hours_year',
] %}
{% set keys = [
    'evidence_source', 'level', 'process_id', 'step_id', 'org_unit_id', 'period_start',
    'period_end', 'has_calendar', 'is_date_only', 'evidence_level',
] %}

with log_figures as (

    select
        *,
        'log' as evidence_source,
        'process' as level,
        'all' as step_id
    from {{ ref('int_bpr__log_figures') }}

),

log_step_figures as (

    select
        *,
        'log' as evidence_source,
        'step' as level
    from {{ ref('int_bpr__log_step_figures') }}

),

survey_figures as (

    select
        *,
        true as has_calendar,
        false as is_date_only,
        cast(null as varchar) as evidence_level,
        'survey' as evidence_source,
        'process' as level,
        'all' as step_id
    from {{ ref('int_bpr__survey_figures') }}

),

survey_step_figures as (

    select
        *,
        true as has_calendar,
        false as is_date_only,
        cast(null as varchar) as evidence_level,
        'survey' as evidence_source,
        'step' as level
    from {{ ref('int_bpr__survey_step_figures') }}

),

final as (

    {{ long_figures('log_figures', keys, log_figures) }}

    union all

    {{ long_figures('log_step_figures', keys, log_step_figures) }}

    union all

    {{ long_figures('survey_figures', keys, survey_figures) }}

    union all

    {{ long_figures('survey_step_figures', keys, survey_step_figures) }}

)

select * from final
