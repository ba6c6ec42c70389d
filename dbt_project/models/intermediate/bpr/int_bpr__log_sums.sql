with cases as (

    select * from {{ ref('int_bpr__cases_by_org') }}

),

run as (

    select {{ add_days('as_of', 1) }} as day_after from {{ source('build', 'run') }}

),

parameters as (

    select
        max(case when parameter = 'log_inferred_share_max' then value else null end)
            as inferred_share_max,
        max(case when parameter = 'log_cases_min' then value else null end) as cases_min
    from {{ ref('parameters') }}

),

return_steps as (

    select
        process_id,
        count(*) as n_return_steps
    from {{ ref('stg_processes__steps') }}
    where is_return
    group by process_id

),

-- a case that is still open after its deadline is late
deadlines as (

    select
        cases.process_id,
        cases.org_unit_id,
        count(*) as cases_due,
        count(*) filter (where cases.is_completed and cases.completed_at <= cases.due_at)
            as cases_on_time
    from cases
    cross join run
    where
        cases.due_at is not null
        and (cases.is_completed or cases.due_at < run.day_after)
    group by
        cases.process_id,
        cases.org_unit_id

),

-- one period for all organisations of a process
spans as (

    select
        process_id,
        cast(min(started_at) as date) as period_start,
        cast(max(completed_at) as date) as period_end
    from cases
    where is_completed
    group by process_id

),

variant_shares as (

    select
        *,
        cast(cases as double) / cases_in_all as share
    from {{ ref('int_bpr__variants') }}

),

variants as (

    select
        process_id,
        org_unit_id,
        count(*) as variants,
        min(case when cases_so_far >= 0.8 * cases_in_all then place else null end)
            as variants_for_80,
        case
            when count(*) = 1 then 0
            else least(1, greatest({{ exact_sum('-share * ln(share)') }}, 0) / ln(count(*)))
        end as variant_entropy
    from variant_shares
    group by
        process_id,
        org_unit_id

),

summed as (

    select
        process_id,
        org_unit_id,
        has_calendar,
        count(*) as cases,
        count(lead_main) as cases_timed,
        cast(sum(n_rows) as bigint) as n_rows,
        cast(sum(n_inferred) as bigint) as n_inferred,
        {{ exact_seconds('lead_main') }} as lead_main,
        {{ exact_seconds('touch_main') }} as touch_main,
        {{ exact_seconds('wait_main') }} as wait_main,
        {{ exact_seconds('lead_cal') }} as lead_cal,
        {{ exact_seconds('touch_cal') }} as touch_cal,
        {{ exact_seconds('wait_cal') }} as wait_cal,
        count(*) filter (where lead_main > 0) as cases_with_lead,
        {{ exact_sum('touch_main / nullif(lead_main, 0)') }} as touch_shares,
        {{ exact_seconds('busy_cal') }} as busy_cal,
        cast(sum(handoffs) as bigint) as handoffs,
        cast(sum(unit_handoffs) as bigint) as unit_handoffs,
        cast(sum(signoffs) as bigint) as signoffs,
        cast(sum(rework_rows) as bigint) as rework_rows,
        count(*) filter (where rework_rows > 0) as cases_reworked,
        count(*) filter (where returns = 0) as cases_unreturned,
        percentile_cont(0.1) within group (order by lead_main) as lead_main_p10,
        percentile_cont(0.5) within group (order by lead_main) as lead_main_p50,
        percentile_cont(0.9) within group (order by lead_main) as lead_main_p90,
        percentile_cont(0.1) within group (order by lead_cal) as lead_cal_p10,
        percentile_cont(0.5) within group (order by lead_cal) as lead_cal_p50,
        percentile_cont(0.9) within group (order by lead_cal) as lead_cal_p90
    from cases
    where is_completed
    group by
        process_id,
        org_unit_id,
        has_calendar

),

final as (

    select
        summed.*,
        spans.period_start,
        spans.period_end,
        variants.variants,
        variants.variants_for_80,
        variants.variant_entropy,
        backlogs.cases_started,
        backlogs.cases_open,
        backlogs.cases_open_due,
        backlogs.cases_overdue,
        backlogs.open_seconds,
        backlogs.open_age_p50,
        backlogs.span_seconds,
        backlogs.days_in_log,
        windows.is_date_only,
        windows.is_bulk,
        coalesce(deadlines.cases_due, 0) as cases_due,
        coalesce(deadlines.cases_on_time, 0) as cases_on_time,
        coalesce(return_steps.n_return_steps, 0) > 0 as has_return_steps,
        summed.cases >= parameters.cases_min as has_enough_cases,
        case
            when
                summed.cases >= parameters.cases_min
                and not windows.is_date_only
                and not windows.is_bulk
                and summed.n_inferred <= parameters.inferred_share_max * summed.n_rows
                then 'A'
            else 'B'
        end as evidence_level
    from summed
    inner join spans on summed.process_id = spans.process_id
    inner join {{ ref('int_bpr__log_windows') }} as windows
        on summed.process_id = windows.process_id
    inner join variants
        on
            summed.process_id = variants.process_id
            and summed.org_unit_id = variants.org_unit_id
    inner join {{ ref('int_bpr__backlogs') }} as backlogs
        on
            summed.process_id = backlogs.process_id
            and summed.org_unit_id = backlogs.org_unit_id
    cross join parameters
    left join deadlines
        on
            summed.process_id = deadlines.process_id
            and summed.org_unit_id = deadlines.org_unit_id
    left join return_steps on summed.process_id = return_steps.process_id

)

select * from final
