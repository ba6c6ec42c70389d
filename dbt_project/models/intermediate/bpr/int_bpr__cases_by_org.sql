with cases as (

    select * from {{ ref('int_bpr__cases') }}

),

processes as (

    select * from {{ ref('int_bpr__processes') }}

),

-- the main clock of a process is its working hours, or the calendar where it has none;
-- a case outside the days of its calendar has no working hours and stays out of their means
clocked as (

    select
        cases.*,
        processes.has_calendar,
    {% for measure in ['lead', 'touch', 'wait', 'busy'] -%}
        case
            when not processes.has_calendar then cases.{{ measure }}_cal
            when cases.is_in_calendar then cases.{{ measure }}_work
            else null
        end as {{ measure }}_main{{ ',' if not loop.last }}
    {% endfor %}
    from cases
    inner join processes on cases.process_id = processes.process_id

),

final as (

    {{ service_and_ministries('clocked') }}

)

select * from final
