{% set numbers = [
    'd06_reach_pct', 'd07_touch_p50', 'd08_touch_p10', 'd09_touch_p90', 'd10_wait_p50',
    'd12_signoffs', 'd15_rekey_fields', 'd16_medium', 'd17_rule_based', 'd18_step_return_pct',
] %}
{% set codes = [
    'd01_step', 'd03_step_type', 'd04_step_role', 'd05_step_place', 'd11_wait_reason',
    'd13_signoff_effect', 'd19_value_class', 'd20_legal_required',
] %}

with respondents as (

    select * from {{ ref('int_bpr__process_answers') }}

),

answers as (

    select *
    from {{ ref('stg_survey__answers') }}
    where
        repeat_group = 'step'
        and choice = 'value'

),

pivoted as (

    select
        respondents.response_key,
        respondents.process_id,
        respondents.ministry_id,
        respondents.period_start,
        respondents.period_end,
        answers.repeat_position,
        {% for question in codes -%}
            max(answers.answer) filter (where answers.item_id = '{{ question }}') as {{ question }},
        {% endfor %}
    {% for question in numbers -%}
        max(answers.answer_number) filter (
            where answers.item_id = '{{ question }}'
        ) as {{ question }}{{ ',' if not loop.last }}
    {% endfor %}
    from respondents
    inner join answers
        on
            respondents.response_key = answers.response_key
            and respondents.source = answers.source
    group by
        respondents.response_key,
        respondents.process_id,
        respondents.ministry_id,
        respondents.period_start,
        respondents.period_end,
        answers.repeat_position

),

-- three quantiles in the wrong order are sorted
repaired as (

    select
        *,
        least(d07_touch_p50, d08_touch_p10, d09_touch_p90) as touch_low,
        greatest(d07_touch_p50, d08_touch_p10, d09_touch_p90) as touch_high,
        d07_touch_p50 + d08_touch_p10 + d09_touch_p90 as touch_sum
    from pivoted

),

final as (

    select
        response_key,
        process_id,
        ministry_id,
        period_start,
        period_end,
        repeat_position,
        d01_step as step_id,
        d03_step_type as step_type,
        d04_step_role as step_role,
        d05_step_place as step_place,
        d06_reach_pct / 100.0 as reach_share,
        -- Swanson's rule for the mean of P10, P50 and P90; the median alone where one is blank
        case
            when touch_sum is null then d07_touch_p50
            else
                0.3 * touch_low
                + 0.4 * (touch_sum - touch_low - touch_high)
                + 0.3 * touch_high
        end as touch_mean_min,
        case
            when touch_sum is null then d07_touch_p50
            else touch_sum - touch_low - touch_high
        end as touch_p50_min,
        d10_wait_p50 as wait_p50_wh,
        coalesce(
            d08_touch_p10 > d07_touch_p50 or d07_touch_p50 > d09_touch_p90, false
        ) as is_order_repaired,
        d11_wait_reason as wait_reason,
        -- between P10 and P90 of a normal curve lie 2.563 standard deviations
        case when touch_sum is null then null else (touch_high - touch_low) / 2.563 end
            as touch_sd_min,
        d12_signoffs as signoffs,
        d15_rekey_fields as rekeyed_fields,
        d16_medium as medium_level,
        (d17_rule_based - 1) / 4.0 as rule_based_share,
        d18_step_return_pct / 100.0 as return_share,
        case
            when coalesce(d12_signoffs, 0) = 0 or d13_signoff_effect is null then null
            when d13_signoff_effect in ('often', 'always') then 1
            else 0
        end as is_signoff_effective,
        case
            when d19_value_class is null then null
            when d19_value_class = 'applicant' then 1
            else 0
        end as is_value_adding,
        case
            when d19_value_class is null then null
            when d19_value_class = 'nobody' then 1
            else 0
        end as is_for_nobody,
        case
            when d20_legal_required is null then null
            when d20_legal_required = 'yes' then 1
            else 0
        end as is_legal
    from repaired

)

select * from final
