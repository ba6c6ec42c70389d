-- who works on a process, told by grade: the hours of its steps by the role that does them
with step_hours as (

    select
        process_id,
        org_unit_id,
        step_id,
        'log' as evidence_source,
        period_start,
        period_end,
        cases_of_process as n,
        touch_seconds / 3600 as hours
    from {{ ref('int_bpr__log_step_figures') }}

    union all

    select
        process_id,
        org_unit_id,
        step_id,
        'survey' as evidence_source,
        period_start,
        period_end,
        n,
        work_hours_year as hours
    from {{ ref('int_bpr__survey_step_figures') }}

),

-- hours of a year and how far they are to be trusted, as the process has them; the steps share them
years as (

    select
        process_id,
        org_unit_id,
        evidence_source,
        period_end,
        evidence_level,
        max(value) as work_hours_year
    from {{ ref('bpr_metrics') }}
    where
        indicator_id = 'workload_hours'
        and step_id = 'all'
        and category_1 = 'all'
    group by
        process_id,
        org_unit_id,
        evidence_source,
        period_end,
        evidence_level

),

roles as (

    select
        process_id,
        step_id,
        max(role) as role
    from {{ ref('stg_processes__steps') }}
    group by
        process_id,
        step_id

),

grades as (

    select * from {{ ref('role_grades') }}

),

shared as (

    select
        step_hours.*,
        years.evidence_level,
        roles.role,
        step_hours.hours * years.work_hours_year
        / nullif(sum(cast(step_hours.hours as decimal(28, 12))) over (
            partition by
                step_hours.process_id, step_hours.org_unit_id, step_hours.evidence_source,
                step_hours.period_end
        ), 0) as hours_year
    from step_hours
    inner join years
        on
            step_hours.process_id = years.process_id
            and step_hours.org_unit_id = years.org_unit_id
            and step_hours.evidence_source = years.evidence_source
            and step_hours.period_end = years.period_end
    left join roles
        on
            step_hours.process_id = roles.process_id
            and step_hours.step_id = roles.step_id

),

final as (

    select
        shared.process_id,
        shared.org_unit_id,
        shared.evidence_source,
        shared.evidence_level,
        shared.period_start,
        shared.period_end,
        grades.position_category,
        min(shared.n) as n,
        {{ exact_sum('shared.hours_year') }} as work_hours_year
    from shared
    inner join grades on shared.role = grades.role
    where shared.hours_year is not null
    group by
        shared.process_id,
        shared.org_unit_id,
        shared.evidence_source,
        shared.evidence_level,
        shared.period_start,
        shared.period_end,
        grades.position_category

)

select * from final
