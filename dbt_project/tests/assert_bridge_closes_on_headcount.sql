-- the closing of the bridge is the published headcount
select
    bridge.org_unit_id,
    bridge.org_view,
    bridge.period_start
from {{ ref('hrm_headcount_bridge') }} as bridge
inner join {{ ref('hrm_indicators') }} as indicators
    on
        bridge.org_unit_id = indicators.org_unit_id
        and bridge.org_view = indicators.org_view
        and bridge.period_start = indicators.period_start
where
    indicators.indicator_id = 'headcount_end'
    and indicators.period_kind = 'month'
    and indicators.category_1 = 'all'
    and bridge.closing <> indicators.value
