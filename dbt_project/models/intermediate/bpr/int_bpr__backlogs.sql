with cases as (

    select * from {{ ref('int_bpr__cases_by_org') }}

),

windows as (

    select * from {{ ref('int_bpr__log_windows') }}

),

-- an open case is open until the last moment of its log
final as (

    select
        cases.process_id,
        cases.org_unit_id,
        count(*) as cases_started,
        count(*) filter (where not cases.is_completed) as cases_open,
        count(*) filter (
            where not cases.is_completed and cases.due_at is not null
        ) as cases_open_due,
        count(*) filter (
            where not cases.is_completed
            and {{ seconds_between("timestamp '2000-01-01 00:00:00'", 'cases.due_at') }}
            < windows.closes_cal
        ) as cases_overdue,
        {{ exact_seconds(
            'case when cases.is_completed then cases.lead_cal'
            ~ ' else windows.closes_cal - cases.start_cal end'
        ) }} as open_seconds,
        percentile_cont(0.5) within group (
            order by
                case
                    when cases.is_completed then null
                    else windows.closes_cal - cases.start_cal
                end
        ) as open_age_p50,
        max(windows.span_seconds) as span_seconds,
        max(
            case
                when cases.has_calendar then windows.work_days
                else ceil(windows.span_seconds / 86400)
            end
        ) as days_in_log
    from cases
    inner join windows on cases.process_id = windows.process_id
    group by
        cases.process_id,
        cases.org_unit_id

)

select * from final
