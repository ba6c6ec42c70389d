-- a case is worked on or waits; work can overlap, so both together may exceed the lead time
select *
from {{ ref('int_bpr__cases') }}
where
    touch_cal + wait_cal < lead_cal - 0.001
    or touch_cal < 0
    or wait_cal < 0
    or lead_cal < wait_cal
