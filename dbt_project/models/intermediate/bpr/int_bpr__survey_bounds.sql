{#- metric, mean, standard deviation, base -#}
{% set shares = [
    ('first_pass_yield', 'first_passes / nullif(n_return, 0)', 'first_pass_sd', 'n_return'),
    ('sla_compliance', 'on_time / nullif(n_late, 0)', 'on_time_sd', 'n_late'),
] %}
{% set resampled = [('touch_time', 'touch'), ('waiting_time', 'wait')] %}

with sums as (

    select * from {{ ref('int_bpr__survey_sums') }}

),

intervals as (

    select * from {{ ref('int_bpr__survey_intervals') }}

),

-- a share does not leave 0 to 1, nor does its interval; sums over steps have resampled intervals
final as (

    {% for metric, mean, deviation, base in shares -%}
        select
            '{{ metric }}' as indicator_id,
            process_id,
            org_unit_id,
            period_start,
            period_end,
            greatest(
                {{ mean }} - 1.96 * {{ deviation }} / sqrt(nullif({{ base }}, 0)), 0
            ) as ci_low,
            least(
                {{ mean }} + 1.96 * {{ deviation }} / sqrt(nullif({{ base }}, 0)), 1
            ) as ci_high
        from sums
        where {{ deviation }} is not null

        union all

    {% endfor -%}
    {% for metric, time in resampled -%}
        select
            '{{ metric }}' as indicator_id,
            process_id,
            org_unit_id,
            period_start,
            period_end,
            {{ time }}_low as ci_low,
            {{ time }}_high as ci_high
        from intervals
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

)

select * from final
