-- rows read = rows landed + rows refused, for each delivery
select *
from {{ ref('dq_deliveries') }}
where rows_read <> rows_landed + rows_refused
