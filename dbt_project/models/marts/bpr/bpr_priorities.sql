with figures as (

    select
        *,
        rank() over (
            partition by process_id, org_unit_id
            order by period_end desc, period_start desc
        ) as waves_back
    from {{ ref('int_bpr__survey_figures') }}

),

final as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        n_respondents as n,
        work_hours_year,
        late_cases_year,
        citizen_hours_year,
        (work_hours_year_rank + late_cases_year_rank + citizen_hours_year_rank) / 3 as impact,
        ease as ease_told,
        law_ease,
        (ease + law_ease) / 2 as feasibility,
        priority_score,
        case
            when priority_score is null then null
            when
                (work_hours_year_rank + late_cases_year_rank + citizen_hours_year_rank) / 3 >= 3
                and (ease + law_ease) / 2 >= 3
                then 'first'
            when (work_hours_year_rank + late_cases_year_rank + citizen_hours_year_rank) / 3 >= 3
                then 'prepare'
            when (ease + law_ease) / 2 >= 3 then 'easy'
            else 'later'
        end as quadrant,
        'F' as conf_status
    from figures
    where
        waves_back = 1
        and processes >= 2

)

select * from final
