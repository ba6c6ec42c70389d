-- how processes and work are at a unit, as far as enough cases and persons stand behind it
with thresholds as (

    select
        max(case when family = 'headcount' then amount end) as headcount_min,
        max(case when family = 'survey' then amount end) as survey_min,
        max(case when family = 'process' then amount end) as process_min
    from {{ source('build', 'disclosure') }}
    where rule = 'base_min'

),

unit_work as (

    select work.*
    from {{ ref('int_model__unit_work') }} as work
    cross join thresholds
    where
        work.cases >= thresholds.process_min
        and work.performers >= thresholds.headcount_min
        and work.evidence_level in ('A', 'B', 'C')

),

final as (

    select
        'workload_hours' as measure_id,
        work.org_unit_id,
        work.process_id,
        work.position_category as category_1,
        work.evidence_source as source_table,
        work.work_hours_year as value,
        'h_year' as unit,
        work.n,
        work.period_start,
        work.period_end
    from {{ ref('int_model__grade_work') }} as work
    cross join thresholds
    where
        work.n >= thresholds.process_min
        and work.evidence_level in ('A', 'B', 'C')

    union all

    select
        'workload_hours' as measure_id,
        org_unit_id,
        process_id,
        'all' as category_1,
        'log' as source_table,
        work_hours_year as value,
        'h_year' as unit,
        least(cases, performers) as n,
        period_start,
        period_end
    from unit_work

    union all

    select
        'step_wait' as measure_id,
        org_unit_id,
        process_id,
        'all' as category_1,
        'log' as source_table,
        wait_p50_wh as value,
        'wh' as unit,
        least(cases, performers) as n,
        period_start,
        period_end
    from unit_work

    union all

    select
        estimates.measure_id,
        estimates.org_unit_id,
        'all' as process_id,
        'all' as category_1,
        'survey_estimates' as source_table,
        estimates.value,
        estimates.unit,
        estimates.n,
        estimates.period_start,
        estimates.period_end
    from {{ ref('survey_estimates') }} as estimates
    cross join thresholds
    where
        estimates.measure_id = 'w01_workload'
        and estimates.org_view = 'as_was'
        and estimates.category_1 = 'all'
        and estimates.n >= thresholds.survey_min

    union all

    select
        'fte_per_person' as measure_id,
        workload.org_unit_id,
        'all' as process_id,
        'all' as category_1,
        'diagnosis_workload' as source_table,
        workload.fte_per_person as value,
        'ratio' as unit,
        workload.n,
        workload.period_start,
        workload.period_end
    from {{ ref('diagnosis_workload') }} as workload
    cross join thresholds
    where
        workload.org_view = 'as_was'
        and workload.category_1 = 'all'
        and workload.n >= thresholds.survey_min

)

select * from final
where value is not null
