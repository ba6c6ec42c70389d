{% set enablers = [
    'f01_design', 'f02_performers', 'f03_owner', 'f04_infrastructure', 'f05_metrics',
] %}

with sums as (

    select * from {{ ref('int_bpr__survey_sums') }}

),

parameters as (

    select
        max(case when parameter = 'annual_work_days' then value else null end) as year_days,
        max(case when parameter = 'annual_work_hours' then value else null end) as year_hours,
        max(case when parameter = 'practical_capacity_share' then value else null end)
            as capacity_share,
        max(case when parameter = 'fte_allowance_share' then value else null end) as allowance,
        max(case when parameter = 'citizen_hour_uzs' then value else null end) as citizen_uzs
    from {{ ref('parameters') }}

),

barriers as (

    select
        process_id,
        org_unit_id,
        period_start,
        period_end,
        mentions / n as law_share
    from {{ ref('int_bpr__survey_choices') }}
    where
        item_id = 'g03_barriers'
        and choice = 'law'

),

-- work of a case in a log that has hours at work and enough cases
logs as (

    select
        process_id,
        org_unit_id,
        touch_main / 60 / nullif(cases_timed, 0) as touch_min
    from {{ ref('int_bpr__log_sums') }}
    where
        has_enough_cases
        and not is_date_only
        and not is_bulk

),

figures as (

    select
        sums.*,
        logs.touch_min / nullif(sums.touch_min, 0) as log_ratio,
        -- cases of a month by the work of one, against the hours that respondents give it
        sums.weeks_by_cases * 60 / parameters.year_days as hours_ratio,
        (sums.wait_wh + sums.touch_min / 60) / nullif(sums.c01_lead_p50 * 8, 0) as lead_ratio,
        sums.e04_staff_unit * coalesce(sums.time_share, 1) as staff_fte,
        parameters.year_days,
        parameters.citizen_uzs,
        parameters.year_hours * parameters.capacity_share as person_hours,
        parameters.year_hours * parameters.capacity_share / (1 + parameters.allowance)
            as fte_hours,
        sums.c01_lead_p50 * 8 as lead_wh,
        sums.c01_lead_p50 * 480 as lead_min,
        sums.b06_annual_cases * sums.touch_min / 60 as work_hours_year,
        sums.b06_annual_cases * sums.c10_applicant_minutes / 60 as citizen_hours_year,
        sums.b06_annual_cases * (1 - sums.on_time / nullif(sums.n_late, 0)) as late_cases_year,
        5 - 4 * barriers.law_share as law_ease,
        (
            {% for enabler in enablers -%}
                {{ enabler }} / nullif({{ enabler }}_n, 0){{ ' + ' if not loop.last }}
            {%- endfor %}
        ) / 5 as maturity_mean,
        floor(least(
            {% for enabler in enablers -%}
                {{ enabler }} / nullif({{ enabler }}_n, 0){{ ', ' if not loop.last }}
            {%- endfor %}
        )) as maturity_lowest,
        sums.g02_feasibility / nullif(sums.g02_feasibility_n, 0) as ease
    from sums
    cross join parameters
    left join logs
        on
            sums.process_id = logs.process_id
            and sums.org_unit_id = logs.org_unit_id
    left join barriers
        on
            sums.process_id = barriers.process_id
            and sums.org_unit_id = barriers.org_unit_id
            and sums.period_start = barriers.period_start
            and sums.period_end = barriers.period_end

),

-- ranks from 1 to 5 among the processes of one organisation and wave
ranked as (

    select
        *,
        {% for measure in ['work_hours_year', 'late_cases_year', 'citizen_hours_year'] -%}
            case
                when {{ measure }} is null then null
                else
                    1 + 4 * percent_rank() over (
                        partition by org_unit_id, period_start, period_end
                        order by coalesce({{ measure }}, -1)
                    )
            end as {{ measure }}_rank,
        {% endfor -%}
        count(*) over (partition by org_unit_id, period_start, period_end) as processes
    from figures

),

final as (

    select
        *,
        work_hours_year / person_hours / nullif(e04_staff_unit, 0) as utilisation,
        b06_annual_cases / year_days as cases_a_day,
        b08_open_cases / nullif(b06_annual_cases / year_days * c01_lead_p50, 0) - 1 as little_gap,
        -- a unit of fewer than five tells of persons
        case when e04_staff_unit >= 5 then work_hours_year / fte_hours - staff_fte else null end
            as fte_gap,
        -- what a log says counts before what respondents say of their hours: domain/bpr.md 2.5
        coalesce(
            log_ratio between 0.5 and 2,
            hours_ratio between 0.5 and 1.5,
            false
        ) and coalesce(lead_ratio between 0.5 and 2, true) as is_agreed,
        b06_annual_cases * labour_uzs as labour_uzs_year,
        b06_annual_cases * normal_uzs as normal_uzs_year,
        b06_annual_cases
        * (c10_applicant_minutes / 60 * citizen_uzs + coalesce(c11_applicant_cost_uzs, 0))
            as citizen_uzs_year,
        case when maturity_mean is null then null else maturity_lowest end as maturity_level,
        case
            when processes < 2 then null
            else
                (work_hours_year_rank + late_cases_year_rank + citizen_hours_year_rank) / 3
                * (ease + law_ease) / 2
        end as priority_score
    from ranked

)

select * from final
