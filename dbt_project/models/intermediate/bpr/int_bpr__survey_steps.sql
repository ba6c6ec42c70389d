{% set trimmed = [
    'reach_share', 'touch_mean_min', 'touch_p50_min', 'wait_p50_wh', 'touch_sd_min', 'signoffs',
    'rekeyed_fields', 'medium_level', 'rule_based_share', 'return_share',
] %}
{% set plain = [
    'hour_uzs', 'is_signoff_effective', 'is_value_adding', 'is_for_nobody', 'is_legal',
] %}
{% set measures = trimmed + plain %}

with answers as (

    select
        step_answers.*,
        tariffs.hour_uzs
    from {{ ref('int_bpr__step_answers') }} as step_answers
    left join {{ ref('int_bpr__role_tariffs') }} as tariffs
        on
            step_answers.step_role = tariffs.role
            and step_answers.period_end >= tariffs.valid_from
            and step_answers.period_end < coalesce(tariffs.valid_to, date '9999-12-31')
    where step_answers.step_id is not null

),

placed as (

    {{ service_and_ministries('answers') }}

),

-- one value for each respondent, step and measure, whoever named a step twice
estimates as (

    {% for measure in measures -%}
        select
            process_id,
            org_unit_id,
            period_start,
            period_end,
            step_id,
            '{{ measure }}' as measure,
            response_key,
            {{ exact_sum(measure) }} / count({{ measure }}) as estimate
        from placed
        where {{ measure }} is not null
        group by
            process_id,
            org_unit_id,
            period_start,
            period_end,
            step_id,
            response_key
        {%- if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}

),

ranked as (

    select
        *,
        row_number() over in_group as place,
        count(*) over (
            partition by process_id, org_unit_id, period_start, period_end, step_id, measure
        ) as n
    from estimates
    window
        in_group as (
            partition by process_id, org_unit_id, period_start, period_end, step_id, measure
            order by estimate, response_key
        )

),

-- a fifth is cut at each end
kept as (

    select
        *,
        place > floor(0.2 * n) and place <= n - floor(0.2 * n) as is_kept
    from ranked

),

pooled as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id,
        measure,
        max(n) as n,
        {{ exact_sum('estimate') }} / count(*) as mean,
        percentile_cont(0.5) within group (order by estimate) as estimate_p50,
        {{ exact_sum('case when is_kept then estimate else null end') }}
        / nullif(count(*) filter (where is_kept), 0) as trimmed_mean
    from kept
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id,
        measure

),

-- from five respondents on the trimmed mean speaks, below that the median
final as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id,
        max(n) as n,
        {% for measure in plain -%}
            max(mean) filter (where measure = '{{ measure }}') as {{ measure }},
            max(n) filter (where measure = '{{ measure }}') as {{ measure }}_n,
        {% endfor -%}
    {% for measure in trimmed -%}
        max(case when n >= 5 then trimmed_mean else estimate_p50 end) filter (
            where measure = '{{ measure }}'
        ) as {{ measure }},
        max(estimate_p50) filter (
            where measure = '{{ measure }}'
        ) as {{ measure }}_median{{ ',' if not loop.last }}
    {% endfor %}
    from pooled
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end,
        step_id

)

select * from final
