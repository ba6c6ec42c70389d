-- what a log says of the unit that did the step: how long cases lay there before it began, how many
-- hours it worked; cases that are closed, stamps that are moments
with instances as (

    select * from {{ ref('int_bpr__clocked_instances') }}

),

cases as (

    select * from {{ ref('int_bpr__cases_by_org') }}
    where
        org_unit_id = 'UZ'
        and is_completed

),

parameters as (

    select max(value) as year_days
    from {{ ref('parameters') }}
    where parameter = 'annual_work_days'

),

logs as (

    select
        figures.process_id,
        figures.period_start,
        figures.period_end,
        figures.evidence_level,
        figures.days_in_log,
        parameters.year_days
    from {{ ref('int_bpr__log_figures') }} as figures
    inner join {{ ref('int_bpr__log_sums') }} as sums
        on
            figures.process_id = sums.process_id
            and figures.org_unit_id = sums.org_unit_id
    cross join parameters
    where
        figures.org_unit_id = 'UZ'
        and not sums.is_coarse

),

measured as (

    select
        instances.process_id,
        instances.case_number,
        instances.ministry_id,
        instances.org_unit_id,
        instances.resource_key,
        case
            when cases.has_calendar then instances.wait_work
            else instances.wait_cal
        end as wait_seconds,
        case
            when cases.has_calendar then instances.touch_work
            else instances.touch_cal
        end as touch_seconds
    from instances
    inner join cases on instances.case_number = cases.case_number
    where instances.org_unit_id is not null

),

-- each unit is counted by few columns; what its log says of itself comes afterwards
counted as (

    select
        measured.process_id,
        measured.ministry_id,
        measured.org_unit_id,
        count(distinct measured.case_number) as cases,
        count(distinct measured.resource_key) as performers,
        percentile_cont(0.5) within group (order by measured.wait_seconds) as wait_p50,
        {{ exact_seconds('measured.touch_seconds') }} as touch_seconds
    from measured
    inner join logs on measured.process_id = logs.process_id
    group by
        measured.process_id,
        measured.ministry_id,
        measured.org_unit_id

),

final as (

    select
        counted.process_id,
        counted.ministry_id,
        counted.org_unit_id,
        logs.period_start,
        logs.period_end,
        logs.evidence_level,
        counted.cases,
        counted.performers,
        counted.wait_p50 / 3600 as wait_p50_wh,
        counted.touch_seconds / 3600 / nullif(logs.days_in_log, 0) * logs.year_days
            as work_hours_year
    from counted
    inner join logs on counted.process_id = logs.process_id

)

select * from final
