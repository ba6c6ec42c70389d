-- a unit that goes to another ministry gets a new id, and the old one a successor
select org_unit_id
from {{ ref('stg_org__units') }}
group by org_unit_id
having count(distinct ministry_id) > 1
