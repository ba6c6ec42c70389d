"""The floor of the build: what a careful analyst writes by hand in one DuckDB script for the same HRM figures.

Headcount (end, average), FTE, hires, exits, quits, women, managers, mean age and median tenure for 24 months by unit,
ministry and service, and sex. No reorganisation, no bridge, no tests, no catalogue.
"""

import sys

import duckdb

SCRIPT = """
create table months as
select m::date as first_day, last_day(m) as last_day, day(last_day(m)) as days
from range(timestamp '2024-10-01', timestamp '2026-09-02', interval 1 month) as t(m);

create table slices as
select p.org_unit_id, p.sex, m.first_day, m.days,
    date_diff(
        'day', greatest(p.start_date, m.first_day), least(coalesce(p.end_date, m.last_day), m.last_day)
    ) + 1 as days_in,
    coalesce(p.end_date, m.last_day) >= m.last_day as is_in,
    p.fte,
    date_diff('month', p.birth_month, m.last_day) / 12.0 as age,
    date_diff('day', p.civil_service_start_date, m.last_day) / 365.25 as tenure,
    s.is_managerial
from read_parquet('{lake}/personnel/*/rows.parquet') as p
join months as m on p.start_date <= m.last_day and coalesce(p.end_date, m.last_day) >= m.first_day
left join read_parquet('{lake}/staffing/*/rows.parquet') as s using (position_id);

create table orders as
select o.org_unit_id, p.sex, o.movement_class,
    date_trunc('month', if(o.movement_class = 'new_hire', o.effective_date, o.effective_date + 1))::date as first_day
from read_parquet('{lake}/orders/*/rows.parquet') as o
join (select distinct person_key, sex from read_parquet('{lake}/personnel/*/rows.parquet')) as p using (person_key);

copy (
    select s.first_day, coalesce(s.org_unit_id, 'MOA') as org_unit_id, coalesce(s.sex, 'all') as sex,
        count(*) filter (is_in) as headcount_end, sum(days_in) / any_value(s.days) as headcount_avg,
        sum(fte) filter (is_in) as fte_end, count(*) filter (is_in and s.sex = 'female') as women,
        count(*) filter (is_in and is_managerial) as managers, avg(age) filter (is_in) as age_mean,
        quantile_cont(tenure, 0.5) filter (is_in) as tenure_median
    from slices as s
    group by grouping sets ((first_day, org_unit_id, sex), (first_day, org_unit_id), (first_day, sex), (first_day))
    order by all
) to '{out}/stock.parquet' (format parquet, compression zstd);

copy (
    select first_day, org_unit_id, sex, movement_class, count(*) as movements
    from orders
    group by grouping sets (
        (first_day, org_unit_id, sex, movement_class), (first_day, movement_class, sex),
        (first_day, org_unit_id, movement_class), (first_day, movement_class)
    )
    order by all
) to '{out}/flow.parquet' (format parquet, compression zstd);
"""


def main(lake: str, out: str) -> None:
    """Run the script."""
    duckdb.connect(config={"memory_limit": "4GB"}).execute(SCRIPT.format(lake=lake, out=out))


main(*sys.argv[1:])
