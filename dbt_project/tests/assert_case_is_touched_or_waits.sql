-- somebody works on a case or it waits: what is covered and what is waited for make its lead time
select *
from {{ ref('int_bpr__cases') }}
where
    abs(busy_cal + wait_cal - lead_cal) > 0.001
    or abs(busy_work + wait_work - lead_work) > 0.001
    or touch_cal < 0
    or wait_cal < 0
    or lead_cal < wait_cal
