-- opening headcount + in - out = closing headcount, with the unexplained as its own line
select *
from {{ ref('hrm_headcount_bridge') }}
where
    opening + hires + transfers_in + moves_in
    - exits - transfers_out - moves_out + unexplained <> closing
