with results as (

    select * from {{ ref('int_bpr__scenario_results') }}

),

scenarios as (

    select * from {{ source('build', 'scenarios') }}

),

measures as (

    select * from {{ ref('scenario_measures') }}

),

-- what a later wave or log measured once the change was in force, hours for days
measured_later as (

    select
        scenarios.scenario_id,
        metrics.evidence_source,
        metrics.indicator_id,
        case when metrics.unit = 'wd' then metrics.value * 8 else metrics.value end as value,
        row_number() over (
            partition by scenarios.scenario_id, metrics.evidence_source, metrics.indicator_id
            order by metrics.period_start desc, metrics.period_end desc
        ) as place
    from scenarios
    inner join {{ ref('bpr_metrics') }} as metrics
        on
            scenarios.process_id = metrics.process_id
            and scenarios.in_force_from <= metrics.period_start
    where
        metrics.org_unit_id = 'UZ'
        and metrics.step_id = 'all'
        and metrics.category_1 = 'all'

),

final as (

    select
        results.scenario_id,
        results.process_id,
        results.part,
        results.measure_id,
        results.role,
        scenarios.name_uz,
        scenarios.name_ru,
        scenarios.name_en,
        scenarios.name_ko,
        measures.name_uz as measure_uz,
        measures.name_ru as measure_ru,
        measures.name_en as measure_en,
        measures.name_ko as measure_ko,
        results.evidence_source,
        results.evidence_level,
        results.period_start,
        results.period_end,
        scenarios.in_force_from,
        measures.unit,
        results.n,
        results.measured,
        results.as_is,
        results.to_be,
        results.difference,
        results.difference_low,
        results.difference_high,
        measured_later.value as measured_after,
        results.tolerance,
        results.is_passed,
        min(case when results.part = 'check' and not results.is_passed then 0 else 1 end) over (
            partition by results.scenario_id
        ) = 1 as is_validated,
        'F' as conf_status
    from results
    inner join scenarios on results.scenario_id = scenarios.scenario_id
    left join measures on results.measure_id = measures.measure_id
    left join measured_later
        on
            results.scenario_id = measured_later.scenario_id
            and results.evidence_source = measured_later.evidence_source
            and results.part = 'benefit'
            and measures.indicator_id = measured_later.indicator_id
            and measured_later.place = 1

)

select * from final
