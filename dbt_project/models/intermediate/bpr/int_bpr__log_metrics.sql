{#- id, numerator, denominator (null for a quantile), value where it is no ratio,
    unit by the working and by the calendar clock, base -#}
{% set metrics = [
    ('lead_time_p10', 'null', 'null', 'lead_main_p10 / 3600', 'wh', 'h', 'cases_timed'),
    ('lead_time_p50', 'null', 'null', 'lead_main_p50 / 3600', 'wh', 'h', 'cases_timed'),
    (
        'lead_time_p90', 'null', 'null',
        'case when has_enough_cases then lead_main_p90 / 3600 else null end',
        'wh', 'h', 'cases_timed',
    ),
    ('lead_time_mean', 'lead_main / 3600', 'cases_timed', '', 'wh', 'h', 'cases_timed'),
    ('lead_time_cal_p10', 'null', 'null', 'lead_cal_p10 / 3600', 'h', 'h', 'cases'),
    ('lead_time_cal_p50', 'null', 'null', 'lead_cal_p50 / 3600', 'h', 'h', 'cases'),
    (
        'lead_time_cal_p90', 'null', 'null',
        'case when has_enough_cases then lead_cal_p90 / 3600 else null end',
        'h', 'h', 'cases',
    ),
    ('lead_time_cal_mean', 'lead_cal / 3600', 'cases', '', 'h', 'h', 'cases'),
    ('touch_time', 'touch_main / 60', 'cases_timed', '', 'min', 'min', 'cases_timed'),
    ('touch_time_cal_mean', 'touch_cal / 3600', 'cases', '', 'h', 'h', 'cases'),
    ('waiting_time', 'wait_main / 3600', 'cases_timed', '', 'wh', 'h', 'cases_timed'),
    ('waiting_time_cal_mean', 'wait_cal / 3600', 'cases', '', 'h', 'h', 'cases'),
    ('activity_ratio', 'touch_main / 3600', 'lead_main / 3600', '', 'ratio', 'ratio', 'cases_timed'),
    (
        'activity_ratio_case_mean', 'touch_shares', 'cases_with_lead', '', 'ratio', 'ratio',
        'cases_with_lead',
    ),
    ('handoff_count', 'handoffs', 'cases', '', 'per_case', 'per_case', 'cases'),
    ('rework_case_share', 'cases_reworked', 'cases', '', 'share', 'share', 'cases'),
    (
        'first_pass_yield', 'case when has_return_steps then cases_unreturned else null end',
        'cases', '', 'share', 'share', 'cases',
    ),
    ('variant_count', 'variants', 'null', 'variants', 'variants', 'variants', 'cases'),
    ('sla_compliance', 'cases_on_time', 'cases_due', '', 'share', 'share', 'cases_due'),
] %}

with sums as (

    select * from {{ ref('int_bpr__log_sums') }}

),

final as (

    {% for metric, numerator, denominator, value, work_unit, calendar_unit, base in metrics -%}
        select
            '{{ metric }}' as indicator_id,
            process_id,
            org_unit_id,
            period_start,
            period_end,
            cast({{ numerator }} as double) as numerator,
            cast({{ denominator }} as double) as denominator,
            cast(
                {{ value or '(' ~ numerator ~ ') / nullif(' ~ denominator ~ ', 0)' }} as double
            ) as value,
            case when has_calendar then '{{ work_unit }}' else '{{ calendar_unit }}' end as unit,
            {{ base }} as n,
            evidence_level
        from sums
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

)

select * from final
