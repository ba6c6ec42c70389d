-- staffing table, personnel file and payroll: each account closes, and on the published headcount
select
    reconciled.org_unit_id,
    reconciled.org_view,
    reconciled.period_start
from {{ ref('hrm_reconciliation') }} as reconciled
left join {{ ref('hrm_indicators') }} as indicators
    on
        reconciled.org_unit_id = indicators.org_unit_id
        and reconciled.org_view = indicators.org_view
        and reconciled.period_start = indicators.period_start
        and indicators.indicator_id = 'headcount_end'
        and indicators.period_kind = 'month'
        and indicators.dimension_1 = 'all'
        and indicators.org_view = 'as_was'
        and indicators.org_unit_id <> 'UZ'
where
    reconciled.posts_approved
    <> reconciled.posts_filled + reconciled.posts_held_from_elsewhere + reconciled.posts_vacant
    or reconciled.persons_of_staffing
    <> reconciled.posts_filled
    + reconciled.persons_sharing_post
    + reconciled.persons_in_posts_elsewhere
    + reconciled.persons_without_post
    or reconciled.persons_of_payroll
    <> reconciled.persons_paid + reconciled.persons_paid_elsewhere + reconciled.persons_not_paid
    or reconciled.payroll
    <> reconciled.persons_paid
    + reconciled.paid_for_elsewhere
    + reconciled.paid_and_gone
    + reconciled.paid_without_person
    or reconciled.persons_of_staffing <> indicators.value
