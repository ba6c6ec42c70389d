-- what a step waits for is what most of its time in the answers waits for
with answers as (

    select *
    from {{ ref('int_bpr__step_answers') }}
    where
        step_id is not null
        and wait_reason is not null
        and wait_p50_wh > 0

),

placed as (

    {{ service_and_ministries('answers') }}

),

-- the five causes of a log: domain/bpr.md 2.3
caused as (

    select
        *,
        case
            when wait_reason = 'queue' then 'contention'
            when wait_reason = 'priority' then 'prioritisation'
            when wait_reason = 'absent' then 'unavailability'
            when wait_reason = 'batch' then 'batching'
            else 'extraneous'
        end as wait_cause
    from placed

),

totals as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        {{ exact_sum('coalesce(reach_share, 1) * wait_p50_wh') }} as all_wh,
        count(distinct response_key) as n
    from placed
    group by
        process_id,
        org_unit_id,
        period_start,
        period_end

),

final as (

    select
        caused.process_id,
        caused.org_unit_id,
        caused.period_start,
        caused.period_end,
        caused.wait_cause,
        {{ exact_sum('coalesce(caused.reach_share, 1) * caused.wait_p50_wh') }} as cause_wh,
        max(totals.all_wh) as all_wh,
        max(totals.n) as n
    from caused
    inner join totals
        on
            caused.process_id = totals.process_id
            and caused.org_unit_id = totals.org_unit_id
            and caused.period_start = totals.period_start
            and caused.period_end = totals.period_end
    group by
        caused.process_id,
        caused.org_unit_id,
        caused.period_start,
        caused.period_end,
        caused.wait_cause

)

select * from final
