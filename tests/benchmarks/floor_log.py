"""The floor of the process metrics: what a careful analyst writes by hand in one DuckDB script.

Lead, touch and waiting time by the clock and in working hours with lunch and holidays, handoffs, rework, self-loops,
variants, directly-follows with waits, steps, open cases, by process and by ministry; no rules, gates, tests or cards.
"""

import sys
from pathlib import Path

import duckdb

from flows.settings import ROOT

SCRIPT = """
create table days as
select day, coalesce(sum(seconds) over (order by day rows between unbounded preceding and 1 preceding), 0) as before,
    seconds > 0 as works
from (
    select d.day, if(d.day_type = 'working', 28800, 0) as seconds
    from read_csv('{seeds}/work_days.csv') as d where calendar_id = 'uz_5day'
);
create macro worked(before, works, ts) as before + if(works,
    least(greatest(epoch(ts) % 86400 - 32400, 0), 14400) + least(greatest(epoch(ts) % 86400 - 50400, 0), 14400), 0);

create table ai as
select e.case_id, e.activity, e.started_at as s, e.completed_at as c, e.resource_key as r, e.org_unit_id as u,
    e.due_at, e.is_case_closed, e._row,
    worked(ds.before, ds.works, e.started_at) as sb, worked(de.before, de.works, e.completed_at) as cb
from read_parquet('{lake}/log/*/rows.parquet') as e
left join days as ds on ds.day = e.started_at::date
left join days as de on de.day = e.completed_at::date;

create table seq as
select *, max(c) over p as free, max(cb) over p as freeb, lag(activity) over w as pa, lag(c) over w as pc,
    lag(cb) over w as pcb, lead(r) over w as nr, lead(u) over w as nu, lead(activity) over w as na
from ai
window w as (partition by case_id order by s, c, _row),
    p as (partition by case_id order by s, c, _row rows between unbounded preceding and 1 preceding);

create table cases as
select case_id, bool_and(is_case_closed) as done, count(*) as n, epoch(max(c)) - epoch(min(s)) as lead,
    max(cb) - min(sb) as leadb, sum(epoch(c) - epoch(s)) as touch, sum(cb - sb) as touchb,
    sum(greatest(0, coalesce(epoch(s) - epoch(free), 0))) as wait, sum(greatest(0, coalesce(sb - freeb, 0))) as waitb,
    count(*) filter (nr <> r) as handoffs, count(*) filter (nu <> u) as unit_handoffs,
    count(*) - count(distinct activity) as rework, min(s) as s, max(c) as c, max(due_at) as due,
    string_agg(activity, '>' order by s, c, _row) as variant
from seq group by case_id;

copy (
    select org, count(*), avg(lead), avg(leadb), quantile_cont(lead, [0.1, 0.5, 0.9]),
        quantile_cont(leadb, [0.1, 0.5, 0.9]),
        sum(touch), sum(touchb), sum(wait), sum(waitb), sum(handoffs), sum(unit_handoffs), sum(rework),
        avg((rework > 0)::int), avg((c <= due)::int), count(distinct variant)
    from cases cross join (values ('UZ'), ('MOA')) as orgs(org) where done group by org
) to '{out}/processes.parquet' (format parquet, compression zstd);
copy (
    select org, variant, count(*) as n, quantile_cont(leadb, 0.5)
    from cases cross join (values ('UZ'), ('MOA')) as orgs(org) where done group by all order by n desc, variant
) to '{out}/variants.parquet' (format parquet, compression zstd);
copy (
    select org, pa, activity, count(*), count(distinct case_id), quantile_cont(greatest(0, sb - pcb), [0.1, 0.5, 0.9])
    from seq semi join (select case_id from cases where done) using (case_id)
    cross join (values ('UZ'), ('MOA')) as orgs(org) where pa is not null group by all order by all
) to '{out}/flows.parquet' (format parquet, compression zstd);
copy (
    select org, activity, count(*), count(distinct case_id), avg(cb - sb), stddev(cb - sb), quantile_cont(cb - sb, 0.5),
        quantile_cont(greatest(0, sb - freeb), 0.5)
    from seq semi join (select case_id from cases where done) using (case_id)
    cross join (values ('UZ'), ('MOA')) as orgs(org) group by all order by all
) to '{out}/steps.parquet' (format parquet, compression zstd);
"""


def main(lake: str, out: str) -> None:
    """Run the script."""
    seeds = ROOT / "dbt_project" / "seeds" / "calendars"
    options = {"memory_limit": "4GB", "temp_directory": str(Path(out) / "spill")}
    duckdb.connect(str(Path(out) / "floor.duckdb"), config=options).execute(
        SCRIPT.format(lake=lake, out=out, seeds=seeds)
    )


main(*sys.argv[1:])
