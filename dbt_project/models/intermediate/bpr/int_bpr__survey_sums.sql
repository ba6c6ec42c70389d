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
        ) as handoffs
    from turns
    group by
        response_key,
        process_id

),

respondents as (

    select
        answers.*,
        handoffs.handoffs
    from answers
    left join handoffs
        on
            answers.response_key = handoffs.response_key
            and answers.process_id = handoffs.process_id

),

placed as (

    select
        'UZ' as org_unit_id,
        respondents.*
    from respondents

    union all

    select
        ministry_id as org_unit_id,
        respondents.*
    from respondents
    where ministry_id is not null

),

summed as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        count(handoffs) as n_described,
        cast(sum(handoffs) as double) as handoffs,
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
        {{ exact_sum('reach_share * wait_p50_wh') }} as wait_wh
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
        step_sums.wait_wh
    from summed
    left join step_sums
        on
            summed.process_id = step_sums.process_id
            and summed.org_unit_id = step_sums.org_unit_id
            and summed.period_start = step_sums.period_start
            and summed.period_end = step_sums.period_end

)

select * from final
