"""A lake with an event log of any size: nine events a case, over two years, some returned, some open."""

from pathlib import Path

import duckdb

from flows.contracts.model import Contract, Contracts
from flows.settings import Settings
from tests.benchmarks.scaled import deliver
from tests.warehouse.lake import KINDS, TITLE

UNITS = ("MOA-HR", "MOA-FIN", "MOA-LEG", "MOA-AN", "MOA-BU", "MOA-QA", "MOA-NG", "MOA-SA", "MOA-TK", "MOA-FA", "MOA-XO")

PER_CASE = 9
EVENTS = """
select
    'correspondence' as process_id,
    'Q-' || case_number as case_id,
    'cor_' || lpad(cast(1 + (step + if(hash(case_number) % 9 = 0 and step > 5, 6, 0)) % 12 as varchar), 2, '0')
        as activity,
    begun + to_minutes(cast(step * (200 + hash(case_number * 31 + step) % 900) as integer)) as started_at,
    started_at + to_minutes(cast(1 + hash(case_number * 17 + step) % 180 as integer)) as completed_at,
    'h1_' || hash(case_number * 7 + step) % 4000 as resource_key,
    'executor' as role,
    [{units}][cast(1 + hash(case_number * 13 + step) % {n_units} as integer)] as org_unit_id,
    begun + to_days(30) as due_at,
    case_number % 50 <> 0 as is_case_closed
from (
    select i as case_number, timestamp '2024-01-03 09:00' + to_minutes(cast(hash(i) % 900000 as integer)) as begun
    from range({cases}) as numbers(i)
) cross join range({per_case}) as steps(step)
"""


def contracts(folder: Path) -> Contracts:
    """Return the contract of the log."""
    path = folder / "log.yml"
    path.write_text("source: log\n", encoding="utf-8")
    source = Contract("log", KINDS["event_log"], 1, path, TITLE, organisation="MOA")
    return Contracts(dict(KINDS), {"log": source}, {}, {}, {})


def write_log(settings: Settings, events: int) -> Path:
    """Write one delivery with about so many events, and return the file of its rows."""
    units = ", ".join(f"'{unit}'" for unit in UNITS)
    cases = max(1, events // PER_CASE)
    query = EVENTS.format(units=units, n_units=len(UNITS), cases=cases, per_case=PER_CASE)
    folder = settings.lake / "log" / f"{1:016x}"
    deliver(duckdb.connect(), folder, "event_log", query, source="log")
    return folder / "rows.parquet"
