with appraisals as (

    select * from {{ ref('stg_appraisals__appraisals') }}

),

run as (

    select * from {{ source('build', 'run') }}

),

-- what was completed later is not known yet
dated as (

    select
        appraisals.person_key,
        appraisals.org_unit_id as given_unit_id,
        coalesce(units.ministry_id, senders.ministry_id) as ministry_id,
        appraisals.cycle,
        appraisals.cycle_start,
        appraisals.cycle_end as day,
        cast(date_trunc('month', appraisals.due_date) as date) as period_start,
        coalesce(appraisals.completed_date <= run.as_of, false) as is_completed,
        coalesce(appraisals.completed_date <= appraisals.due_date, false) as is_on_time,
        appraisals.rating_code is not null
        and coalesce(appraisals.completed_date <= run.as_of, false) as is_rated,
        coalesce(appraisals.is_top, false) as is_top,
        appraisals.scale_id,
        appraisals.class_number,
        appraisals.classes_in_scale,
        case
            when appraisals.completed_date <= run.as_of then appraisals.kpi_score
            else null
        end as kpi_score
    from appraisals
    cross join run
    {{ ministry_of('appraisals') }}

),

final as (

    {{ as_on_day('dated', [
        'period_start', 'cycle', 'cycle_start', 'is_completed', 'is_on_time', 'is_rated', 'is_top',
        'scale_id', 'class_number', 'classes_in_scale', 'kpi_score',
    ]) }}

)

select * from final
