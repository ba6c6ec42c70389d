with flows as (

    select * from {{ ref('int_bpr__flows') }}

),

sums as (

    select * from {{ ref('int_bpr__log_sums') }}

),

final as (

    select
        flows.process_id,
        flows.org_unit_id,
        flows.from_step_id,
        flows.to_step_id,
        flows.cases,
        flows.times,
        cast(flows.times as double) / sum(flows.times) over (
            partition by flows.process_id, flows.org_unit_id, flows.from_step_id
        ) as share_of_from,
        case
            when sums.is_coarse then null
            else flows.wait_p10 / 3600
        end as wait_p10,
        case
            when sums.is_coarse then null
            else flows.wait_p50 / 3600
        end as wait_p50,
        case
            when sums.is_coarse or not sums.has_enough_cases then null
            else flows.wait_p90 / 3600
        end as wait_p90,
        case when flows.has_calendar then 'wh' else 'h' end as wait_unit,
        sums.evidence_level,
        'F' as conf_status
    from flows
    inner join sums
        on
            flows.process_id = sums.process_id
            and flows.org_unit_id = sums.org_unit_id

)

select * from final
