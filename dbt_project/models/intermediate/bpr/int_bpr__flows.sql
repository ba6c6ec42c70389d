with cases as (

    select
        org_unit_id,
        process_id,
        case_number,
        has_calendar,
        rework_rows > 0 as is_reworked
    from {{ ref('int_bpr__cases_by_org') }}
    where is_completed

),

-- what a row waits for the row before it; working hours where the process has a calendar
followed as (

    select
        process_id,
        case_number,
        earlier_activity as from_step_id,
        activity as to_step_id,
        case
            when start_cal > earlier_end_cal then start_cal - earlier_end_cal
            else 0
        end as gap_cal,
        case
            when start_work is null or earlier_end_work is null then null
            when start_work > earlier_end_work then start_work - earlier_end_work
            else 0
        end as gap_work
    from {{ ref('int_bpr__clocked_instances') }}
    where earlier_activity is not null

),

final as (

    select
        followed.process_id,
        cases.org_unit_id,
        followed.from_step_id,
        followed.to_step_id,
        cases.has_calendar,
        count(*) as times,
        -- only in a case with rework can one pair stand twice
        count(*) filter (where not cases.is_reworked)
        + count(distinct case when cases.is_reworked then followed.case_number else null end)
            as cases,
    {% for place in [10, 50, 90] -%}
        percentile_cont({{ place / 100 }}) within group (
            order by case when cases.has_calendar then followed.gap_work else followed.gap_cal end
        ) as wait_p{{ place }}{{ ',' if not loop.last }}
    {% endfor %}
    from followed
    inner join cases on followed.case_number = cases.case_number
    group by
        followed.process_id,
        cases.org_unit_id,
        followed.from_step_id,
        followed.to_step_id,
        cases.has_calendar

)

select * from final
