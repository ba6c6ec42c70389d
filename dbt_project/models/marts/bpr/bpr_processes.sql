{#- column, indicator, with the unit left to the log or the questionnaire -#}
{% set log_columns = [
    ('log_lead_p50', 'lead_time_p50'), ('log_lead_p90', 'lead_time_p90'),
    ('log_touch_min', 'touch_time'), ('log_waiting', 'waiting_time'),
    ('log_wait_share', 'wait_share'), ('log_handoffs', 'handoff_count'),
    ('log_first_pass_yield', 'first_pass_yield'), ('log_sla_compliance', 'sla_compliance'),
    ('log_rule_violation_rate', 'rule_violation_rate'), ('log_open_cases', 'wip'),
    ('log_cost_per_case_uzs', 'cost_per_case'), ('log_workload_hours', 'workload_hours'),
    ('log_fte_demand', 'fte_demand'), ('log_variants_80', 'trace_coverage_80'),
] %}
{% set survey_columns = [
    ('survey_lead_p50_wd', 'lead_time_p50'), ('survey_lead_p90_wd', 'lead_time_p90'),
    ('survey_touch_min', 'touch_time'), ('survey_waiting_wh', 'waiting_time'),
    ('survey_handoffs', 'handoff_count'), ('survey_first_pass_yield', 'first_pass_yield'),
    ('survey_sla_compliance', 'sla_compliance'), ('survey_cost_per_case_uzs', 'cost_per_case'),
    ('survey_workload_hours', 'workload_hours'), ('survey_fte_demand', 'fte_demand'),
    ('survey_citizen_hours', 'citizen_burden_hours'), ('survey_digital_level', 'digital_level'),
    ('survey_maturity_score', 'maturity_score'), ('survey_priority_score', 'priority_score'),
] %}

with metrics as (

    select
        *,
        rank() over (
            partition by process_id, org_unit_id, evidence_source
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('bpr_metrics') }}
    where
        step_id = 'all'
        and category_1 = 'all'

),

final as (

    select
        process_id,
        org_unit_id,
        max(n) filter (where evidence_source = 'log' and indicator_id = 'handoff_count')
            as log_cases,
        max(evidence_level) filter (
            where evidence_source = 'log' and indicator_id = 'handoff_count'
        ) as log_evidence_level,
        max(unit) filter (where evidence_source = 'log' and indicator_id = 'lead_time_p50')
            as log_lead_unit,
        {% for column, indicator in log_columns -%}
            max(value) filter (
                where evidence_source = 'log' and indicator_id = '{{ indicator }}'
            ) as {{ column }},
        {% endfor -%}
        min(n) filter (where evidence_source = 'survey' and indicator_id = 'lead_time_p50')
            as survey_respondents,
        max(evidence_level) filter (
            where evidence_source = 'survey' and indicator_id = 'lead_time_p50'
        ) as survey_evidence_level,
        {% for column, indicator in survey_columns -%}
            max(value) filter (
                where evidence_source = 'survey' and indicator_id = '{{ indicator }}' and n >= 5
            ) as {{ column }},
        {% endfor -%}
        'F' as conf_status
    from metrics
    where waves_back = 1
    group by
        process_id,
        org_unit_id

)

select * from final
