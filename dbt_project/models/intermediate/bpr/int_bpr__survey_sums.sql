{% set medians = [
    'b06_annual_cases', 'b08_open_cases', 'b09_overdue_cases', 'c01_lead_p50', 'c08_docs_required',
    'c09_docs_already_held', 'c10_applicant_minutes', 'c11_applicant_cost_uzs', 'e04_staff_unit',
] %}
{% set means = [
    'c06_error_pct', 'f01_design', 'f02_performers', 'f03_owner', 'f04_infrastructure',
    'f05_metrics', 'g01_impact', 'g02_feasibility',
] %}

with answers as (

    select * from {{ ref('int_bpr__process_answers') }}

),

step_answers as (

    select * from {{ ref('int_bpr__step_answers') }}

),

steps as (

    select * from {{ ref('int_bpr__survey_steps') }}

),

-- a handoff is a change of the role or of the place from one step to the next
turns as (

    select
        response_key,
        process_id,
        step_role,
        step_place,
        lag(step_role) over (
            partition by response_key, process_id order by repeat_position
        ) as earlier_role,
        lag(step_place) over (
            partition by response_key, process_id order by repeat_position
        ) as earlier_place
    from step_answers

),

handoffs as (

    select
        response_key,
        process_id,
        count(*) filter (
            where step_role <> earlier_role or step_place <> earlier_place
        ) as handoffs,
        count(*) filter (where step_place <> earlier_place) as unit_handoffs
    from turns
    group by
        response_key,
        process_id

),

-- different systems that a respondent names over all steps
systems as (

    select
        source,
        response_key,
        count(distinct case when answer = '1' and choice <> 'none' then choice else null end)
            as systems
    from {{ ref('stg_survey__answers') }}
    where item_id = 'd14_systems'
    group by
        source,
        response_key

),

-- work of a case in the steps of the respondent's own role
own_work as (

    select
        step_answers.response_key,
        step_answers.process_id,
        {{ exact_sum('step_answers.reach_share * step_answers.touch_mean_min') }} / 60 as own_hours
    from step_answers
    inner join answers
        on
            step_answers.response_key = answers.response_key
            and step_answers.process_id = answers.process_id
            and step_answers.step_role = answers.respondent_role
    group by
        step_answers.response_key,
        step_answers.process_id

),

respondents as (

    select
        answers.*,
        handoffs.handoffs,
        handoffs.unit_handoffs,
        systems.systems,
        answers.e03_cases_month * own_work.own_hours / nullif(answers.e02_hours_process, 0)
            as weeks_by_cases
    from answers
    left join own_work
        on
            answers.response_key = own_work.response_key
            and answers.process_id = own_work.process_id
    left join systems
        on
            answers.response_key = systems.response_key
            and answers.source = systems.source
    left join handoffs
        on
            answers.response_key = handoffs.response_key
            and answers.process_id = handoffs.process_id

),

placed as (

    {{ service_and_ministries('respondents') }}

),

summed as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        count(handoffs) as n_described,
        count(*) as n_respondents,
        cast(sum(handoffs) as double) as handoffs,
        cast(sum(unit_handoffs) as double) as unit_handoffs,
        {{ exact_sum('case when e01_hours_total is null then null else e02_hours_process end') }}
        / nullif({{ exact_sum(
            'case when e02_hours_process is null then null else e01_hours_total end'
        ) }}, 0) as time_share,
        percentile_cont(0.5) within group (order by weeks_by_cases) as weeks_by_cases,
        count(systems) as n_systems,
        cast(sum(systems) as double) as systems,
        {% for question in medians -%}
            percentile_cont(0.5) within group (order by {{ question }}) as {{ question }},
            count({{ question }}) as {{ question }}_n,
        {% endfor -%}
        {% for question in means -%}
            {{ exact_sum(question) }} as {{ question }},
            count({{ question }}) as {{ question }}_n,
        {% endfor -%}
        count(c04_return_pct) as n_return,
        {{ exact_sum('c04_return_pct') }} as return_pct,
        {{ exact_sum('c04_return_pct * c04_return_pct') }} as return_pct_squares,
        count(c07_late_pct) as n_late,
        {{ exact_sum('c07_late_pct') }} as late_pct,
        {{ exact_sum('c07_late_pct * c07_late_pct') }} as late_pct_squares
    from placed
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end

),

step_sums as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        {{ exact_sum('reach_share * touch_mean_min') }} as touch_min,
        {{ exact_sum('reach_share * wait_p50_wh') }} as wait_wh,
        {{ exact_sum('reach_share') }} as reach,
        {{ exact_sum('reach_share * touch_mean_min * is_value_adding') }} as touch_value_min,
        {{ exact_sum(
            'case when is_value_adding is null then null'
            ~ ' else reach_share * touch_mean_min end'
        ) }} as touch_classed_min,
        {{ exact_sum('reach_share * touch_mean_min / 60 * hour_uzs') }} as labour_uzs,
        {{ exact_sum('reach_share * touch_p50_min_median / 60 * hour_uzs') }} as normal_uzs,
        {{ exact_sum('reach_share * signoffs') }} as signoffs,
        {{ exact_sum('is_signoff_effective * is_signoff_effective_n') }} as signoffs_effective,
        {{ exact_sum('is_signoff_effective_n') }} as signoffs_judged,
        {{ exact_sum('reach_share * rekeyed_fields') }} as rekeyed_fields,
        {{ exact_sum('reach_share * medium_level') }} as medium_reach,
        {{ exact_sum('case when medium_level is null then null else reach_share end') }}
            as medium_base,
        exp({{ exact_sum('ln(nullif(1 - reach_share * return_share, 0))') }}) as rolled_yield
    from steps
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end

),

final as (

    select
        summed.*,
        summed.n_return - summed.return_pct / 100 as first_passes,
        sqrt({{ sample_variance(
            'summed.n_return', 'summed.return_pct', 'summed.return_pct_squares'
        ) }}) / 100 as first_pass_sd,
        summed.n_late - summed.late_pct / 100 as on_time,
        sqrt({{ sample_variance(
            'summed.n_late', 'summed.late_pct', 'summed.late_pct_squares'
        ) }}) / 100 as on_time_sd,
        step_sums.touch_min,
        step_sums.wait_wh,
        step_sums.reach,
        step_sums.touch_value_min,
        step_sums.touch_classed_min,
        step_sums.labour_uzs,
        step_sums.normal_uzs,
        step_sums.signoffs,
        step_sums.signoffs_effective,
        step_sums.signoffs_judged,
        step_sums.rekeyed_fields,
        step_sums.medium_reach,
        step_sums.medium_base,
        step_sums.rolled_yield
    from summed
    left join step_sums
        on
            summed.process_id = step_sums.process_id
            and summed.org_unit_id = step_sums.org_unit_id
            and summed.period_start = step_sums.period_start
            and summed.period_end = step_sums.period_end

)

select * from final
