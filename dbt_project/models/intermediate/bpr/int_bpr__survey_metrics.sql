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

intervals as (

    select * from {{ ref('int_bpr__survey_intervals') }}

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

-- a share does not leave 0 to 1, nor does its interval; sums over steps have resampled intervals
final as (

    select
        means.indicator_id,
        means.process_id,
        means.org_unit_id,
        means.period_start,
        means.period_end,
        means.numerator,
        means.denominator,
        means.value,
        means.unit,
        means.n,
        case
            when means.indicator_id = 'touch_time' then intervals.touch_low
            when means.indicator_id = 'waiting_time' then intervals.wait_low
            when means.half_width is null then null
            else greatest(means.value - means.half_width, 0)
        end as ci_low,
        case
            when means.indicator_id = 'touch_time' then intervals.touch_high
            when means.indicator_id = 'waiting_time' then intervals.wait_high
            when means.half_width is null then null
            else least(means.value + means.half_width, 1)
        end as ci_high
    from means
    left join intervals
        on
            means.process_id = intervals.process_id
            and means.org_unit_id = intervals.org_unit_id
            and means.period_start = intervals.period_start
            and means.period_end = intervals.period_end

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
