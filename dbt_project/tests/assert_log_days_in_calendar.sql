{{ config(severity = 'warn') }}
-- a case outside the days of its calendar has no working hours
select
    processes.process_id,
    count(*) as cases
from {{ ref('int_bpr__cases') }} as cases
inner join {{ ref('int_bpr__processes') }} as processes
    on cases.process_id = processes.process_id
where
    processes.has_calendar
    and not cases.is_in_calendar
group by processes.process_id
