-- the table of days holds two slots, before and after lunch
select
    calendar_id,
    day_type
from {{ ref('work_slots') }}
group by
    calendar_id,
    day_type
having count(*) > 2
