{#- id, numerator, denominator (null where there is none), value where it is no ratio,
    standard deviation, unit, base -#}
{% set metrics = [
    ('touch_time', 'null', 'null', 'touch_min', 'null', 'min', 'n_described'),
    ('waiting_time', 'null', 'null', 'wait_wh', 'null', 'wh', 'n_described'),
    ('handoff_count', 'handoffs', 'n_described', '', 'null', 'per_case', 'n_described'),
    ('first_pass_yield', 'first_passes', 'n_return', '', 'first_pass_sd', 'share', 'n_return'),
    ('sla_compliance', 'on_time', 'n_late', '', 'on_time_sd', 'share', 'n_late'),
] %}

with sums as (

    select * from {{ ref('int_bpr__survey_sums') }}

),

medians as (

    select * from {{ ref('int_bpr__survey_medians') }}

),

means as (

    {% for metric, numerator, denominator, value, deviation, unit, base in metrics -%}
        select
            '{{ metric }}' as indicator_id,
            process_id,
            org_unit_id,
            period_start,
            period_end,
            cast({{ numerator }} as double) as numerator,
            cast({{ denominator }} as double) as denominator,
            cast({{ value or numerator ~ ' / nullif(' ~ denominator ~ ', 0)' }} as double) as value,
            '{{ unit }}' as unit,
            {{ base }} as n,
            1.96 * {{ deviation }} / sqrt(nullif({{ base }}, 0)) as half_width
        from sums
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

-- a share does not leave 0 to 1, nor does its interval
final as (

    select
        indicator_id,
        process_id,
        org_unit_id,
        period_start,
        period_end,
        numerator,
        denominator,
        value,
        unit,
        n,
        case
            when half_width is null then null
            else greatest(value - half_width, 0)
        end as ci_low,
        case
            when half_width is null then null
            else least(value + half_width, 1)
        end as ci_high
    from means

    union all

    select
        indicator_id,
        process_id,
        org_unit_id,
        period_start,
        period_end,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        value,
        'wd' as unit,
        n,
        ci_low,
        ci_high
    from medians

)

select * from final
