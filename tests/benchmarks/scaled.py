"""A lake with any number of persons: one ministry, its posts, two years of movements, pay and leave, written in one go.

A month later its files come again, as whole files do: a few persons entered, a few left, and all the others stayed.
"""

import json
import re
import shutil
from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

import duckdb

from flows.contracts.model import Contract, Contracts
from flows.settings import ROOT, Settings
from tests.warehouse.lake import KINDS, TITLE

# Twenty departments with fourteen divisions each: with the ministry a tree of three levels.
UNITS = tuple(f"MOA-D{number:02d}" for number in range(20))
DIVISIONS = tuple(f"{unit}-{number:02d}" for unit in UNITS for number in range(14))

LAST_DAY, NEXT_LAST_DAY = date(2026, 9, 30), date(2026, 10, 31)
DAYS_TO_SEND = timedelta(days=5)  # from the end of a month to its files

# In the month after LAST_DAY one in 200 leaves, and as many enter.
PERSONS = """
with numbers as (
    select i, i >= {persons} as is_new, hash(i * 19) % 31 as day from range({persons} + {persons} // 200) as t(i)
),
persons as (
    select
        i,
        'h1_' || lpad(cast(i as varchar), 26, '0') as person_key,
        date '1962-01-01' + cast(hash(i) % 14000 as integer) as born,
        if(hash(i * 7 + 1) % 2 = 1, 'female', 'male') as sex,
        case
            when is_new then date '2026-10-01' + cast(day as integer)
            else date '2005-01-01' + cast(hash(i * 3 + 2) % 7900 as integer)
        end as entered,
        case
            when is_new then null
            when hash(i * 5 + 3) % 8 = 0 then date '2024-10-01' + cast(hash(i * 11) % 700 as integer)
            when hash(i * 23) % 200 = 0 then date '2026-10-01' + cast(day as integer)
        end as leaves_on,
        [{units}][cast(1 + hash(i * 13) % {n_units} as integer)] as org_unit_id
    from numbers
)
select * exclude (leaves_on), if(leaves_on <= date '{until}', leaves_on, null) as left_on
from persons where entered <= date '{until}'
"""

TABLES = {
    "personnel": """
        select person_key, date_trunc('month', born)::date as birth_month, sex, 'bachelor' as education_level,
            entered as civil_service_start_date, 'POS-' || i as position_id, org_unit_id, 'main' as assignment_type,
            'indefinite' as contract_type, 1.0::double as fte, entered as start_date, left_on as end_date,
            null::date as long_leave_start, null::date as long_leave_end
        from persons where left_on is null or left_on >= entered""",
    "staffing": """
        select 'POS-' || i as position_id, org_unit_id, 'specialist' as position_title,
            'auxiliary' as position_group, 'specialist' as position_category, i % 12 = 0 as is_managerial,
            1.0::double as approved_fte, null::date as valid_to,
            if(entered > date '2026-09-30', date '2026-10-01', date '2000-01-01') as valid_from
        from persons""",
    "orders": """
        select 'N-' || i as order_no, left_on as order_date, left_on as effective_date, person_key,
            if(hash(i * 17) % 3 = 0, 'quit', 'retirement_voluntary') as movement_class, org_unit_id,
            null::varchar as to_org_unit_id, 'POS-' || i as position_id
        from persons where left_on >= entered
        union all
        select 'H-' || i, entered, entered, person_key, 'new_hire', org_unit_id, null, 'POS-' || i
        from persons where entered >= date '2024-10-01' and (left_on is null or left_on >= entered)""",
    # two years of pay: five grades of base pay, bonuses by draw, everybody paid by the month
    "pay": """
        select person_key, month::date as month, 'regular' as pay_kind, null::date as paid_month, org_unit_id,
            'POS-' || i as position_id, 1.0::double as fte, 3000000.0 + 500000 * (hash(i * 29) % 5) as base_pay,
            100000.0 * (hash(i * 31) % 4) as rank_supplement, 50000.0 * (hash(i * 37) % 6) as tenure_supplement,
            0.0::double as allowances, 1000.0 * (hash(i * 41 + month(month)) % 900) as bonus,
            600000.0::double as deductions, 'UZS' as currency, 22.0::double as paid_days
        from persons, range(timestamp '2024-10-01', timestamp '{until}', interval 1 month) as months(month)
        where entered <= month and coalesce(left_on, date '9999-12-30') >= month""",
    # once a year annual leave, for one in four a week of sickness besides
    "leave": """
        select 'L-' || i || '-' || year as record_id, person_key, org_unit_id,
            if(hash(i + year) % 5 = 0, 'sick', 'annual') as type,
            make_date(year::integer, 1, 1) + (hash(i * 43 + year) % 330)::integer as start_date,
            start_date + if(type = 'sick', 6, 26) as end_date, null::double as working_days, null::boolean as paid_flag
        from persons, range(2024, 2027) as years(year)
        where entered <= start_date and coalesce(left_on, date '9999-12-30') >= end_date
            and start_date <= date '{until}'""",
    # one in two takes a course in a year
    "trainings": """
        select 'T-' || hash(i) % 5000 || '-' || year as training_id, person_key, org_unit_id,
            'development' as type, true as mandatory_flag,
            make_date(year::integer, 1, 1) + (hash(i * 47 + year) % 330)::integer as start_date,
            start_date + 13 as end_date, 72.0::double as hours, 'academic' as hours_unit,
            null::varchar as provider, 'completed' as result, 400000.0::double as cost, 'ministry' as cost_payer
        from persons, range(2022, 2027) as years(year)
        where hash(i * 53 + year) % 2 = 0 and entered <= start_date and end_date <= date '{until}'
            and coalesce(left_on, date '9999-12-30') >= end_date""",
}


PERSONS_ONLY = ("personnel", "staffing", "orders")  # what the main figures need


def contracts(folder: Path) -> Contracts:
    """Return the contracts of the sources whose files are in the lake of a workspace."""
    sources = {}
    for number, kind in enumerate((kind for kind in TABLES if (folder / "lake" / kind).exists()), 1):
        path = folder / f"{kind}.yml"
        path.write_text(f"source: {kind}\n", encoding="utf-8")
        sources[kind] = Contract(kind, KINDS[kind], number, path, TITLE, organisation="MOA")
    return Contracts(dict(KINDS), sources, {}, {}, {})


def write_project(target: Path) -> Path:
    """Copy the dbt project with the units of the lake added to those of the seed."""
    shutil.copytree(ROOT / "dbt_project", target, ignore=shutil.ignore_patterns("target", "logs"))
    with (target / "seeds" / "org" / "org_units.csv").open("a", encoding="utf-8") as chart:
        for unit in (*UNITS, *DIVISIONS):
            parent, level = (unit[:7], "division") if unit in DIVISIONS else ("MOA", "department")
            chart.write(f"{unit},2000-01-01,,{parent},MOA,{level},,{unit},{unit},{unit},{unit},\n")
    return target


def report_months(project: Path, months: str) -> None:
    """Let a copy of the project report so many months."""
    file = project / "seeds" / "indicators" / "parameters.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"^months,\d+,", f"months,{months},", text, flags=re.MULTILINE), encoding="utf-8")


def write_lake(settings: Settings, persons: int, until: date = LAST_DAY, kinds: Collection[str] = PERSONS_ONLY) -> None:
    """Write one delivery of each source, as they are sent after a day; sized by the number of persons."""
    connection = duckdb.connect()
    units = ", ".join(f"'{unit}'" for unit in DIVISIONS)
    query = PERSONS.format(units=units, n_units=len(DIVISIONS), persons=persons, until=until)
    connection.execute(f"create table persons as {query}")
    for number, kind in enumerate(kinds, 1):
        folder, select = settings.lake / kind / f"{until:%Y%m%d}{number:08x}", TABLES[kind]
        deliver(connection, folder, kind, select.format(until=until), known_from=until + DAYS_TO_SEND)


def deliver(  # noqa: PLR0913 - a delivery is told by all of these
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kind: str,
    select: str,
    *,
    source: str | None = None,
    known_from: date = LAST_DAY + DAYS_TO_SEND,
) -> None:
    """Write the rows of a query as a delivery of a source, which is called as its kind where not said."""
    folder.mkdir(parents=True)
    source = source or kind
    lineage = f"'{source}' as _source, '{folder.name}' as _delivery_id, row_number() over () as _row"
    target = folder / "rows.parquet"
    connection.execute(f"copy (select *, {lineage} from ({select}) as made) to '{target}' (format parquet)")
    (rows,) = connection.execute(f"select count(*) from '{target}'").fetchall()[0]
    counts = {"read": rows, "landed": rows, "refused": 0}
    about = {"delivery_id": folder.name, "source": source, "kind": kind, "contract_version": 1, "organisation": "MOA"}
    dates = {"scope": "whole", "period": None, "known_from": f"{known_from}"}
    dates["received_at"] = f"{known_from}T08:00:00+05:00"
    manifest = {"manifest_version": 1, **about, **dates, "verdict": "landed", **counts, "rules": []}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
