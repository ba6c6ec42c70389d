with steps as (

    select * from {{ ref('int_bpr__survey_steps') }}

),

processes as (

    select * from {{ ref('int_bpr__survey_figures') }}

),

joined as (

    select
        steps.*,
        processes.wait_wh,
        processes.utilisation,
        processes.b06_annual_cases * steps.reach_share as cases_year,
        steps.reach_share * steps.wait_p50_wh / nullif(processes.wait_wh, 0) as wait_share,
        steps.touch_sd_min / nullif(steps.touch_mean_min, 0) as touch_cv
    from steps
    inner join processes
        on
            steps.process_id = processes.process_id
            and steps.org_unit_id = processes.org_unit_id
            and steps.period_start = processes.period_start
            and steps.period_end = processes.period_end

),

ranked as (

    select
        *,
        percent_rank() over (
            partition by org_unit_id, period_start, period_end
            order by coalesce(cases_year, -1)
        ) as volume_rank
    from joined

),

final as (

    select
        *,
        cases_year * touch_mean_min / 60 as work_hours_year,
        reach_share * touch_mean_min / 60 * hour_uzs as labour_uzs,
        1 - return_share as step_yield,
        case
            when utilisation is null then null
            else wait_share * least(utilisation, 1)
        end as bottleneck_index,
        case
            when cases_year is null or touch_cv is null then null
            else
                (
                    rule_based_share
                    + medium_level / 4
                    + volume_rank
                    + 1 - return_share
                    + 1 - least(touch_cv, 1)
                ) / 5
        end as automation_score
    from ranked

)

select * from final
