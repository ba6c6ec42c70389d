-- opening headcount + in - out = closing headcount, with the unexplained as its own line: exactly
-- in decimals, and as published in doubles, which hold fractions of shared units to fifteen digits
{% set gap = 'opening + hires + transfers_in + moves_in' %}
{% set gap = gap ~ ' - exits - transfers_out - moves_out + unexplained - closing' %}

with lines as (

    select
        org_unit_id,
        period_start,
        {{ gap }} as gap,
        0 as tolerance
    from {{ ref('int_hrm__flows') }}
    union all
    select
        org_unit_id,
        period_start,
        {{ gap }} as gap,
        0.000001 as tolerance
    from {{ ref('hrm_headcount_bridge') }}

)

select *
from lines
where abs(gap) > tolerance
