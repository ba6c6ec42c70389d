"""A warehouse of tables that a release may show as they are, so that publishing is measured apart from protection."""

import json
from typing import Any

import duckdb

from flows.release.tables import LANGUAGES
from flows.settings import Settings

# Name -> share of the rows asked for, and columns: like the long table of indicators, a wide one, and one of texts.
TABLES = {
    "bench_long": (1.0, """
        'indicator_' || (i % 97) as indicator_id, i % 3 + 1 as method_version, 'MOA-' || (i % 1013) as org_unit_id,
        case when i % 2 = 0 then 'as_was' else 'as_is' end as org_view,
        ['month', 'quarter', 'year', 'r12', 'ytd'][i % 5 + 1] as period_kind,
        date '2024-01-01' + to_months(cast(i % 36 as integer)) as period_start,
        date '2024-01-31' + to_months(cast(i % 36 as integer)) as period_end,
        ['all', 'sex', 'age_band', 'grade'][i % 4 + 1] as dimension_1, 'category_' || (i % 11) as category_1,
        'all' as dimension_2, 'all' as category_2,
        case when i % 3 > 0 then round(hash(i) % 100000 / 7, 4) end as numerator,
        case when i % 3 > 0 then round(hash(i, 1) % 100000 / 3, 4) end as denominator,
        case when i % 3 > 0 then (hash(i) % 100000) / (hash(i, 1) % 100000 + 1) end as value,
        'share' as unit, case when i % 3 > 0 then hash(i, 2) % 5000 end as n,
        null::double as ci_low, null::double as ci_high, 'B' as evidence_level, 'A' as obs_status, i as row_number"""),
    "bench_wide": (0.1, "'MOA-' || i as org_unit_id, date '2026-09-30' as period_end, " + ", ".join(
        f"case when i % {7 + n} > 0 then (hash(i, {n}) % 100000) / 13 end as figure_{n}" for n in range(20))),
    "bench_text": (0.02, "i as item, " + ", ".join(
        f"'Question ' || i || ' in words that repeat, language {n}' as text_{n}" for n in range(6))),
}  # fmt: skip
DELIVERIES = ("delivery_id", "source", "kind", "organisation", "period", "known_from")
TITLES = dict.fromkeys(LANGUAGES, "Rows of a benchmark")


def write_warehouse(settings: Settings, rows: int) -> None:
    """Write a warehouse whose longest table has so many rows, in no order, and the dbt manifest beside it."""
    settings.warehouse.mkdir(parents=True)
    nodes = {}
    with duckdb.connect(str(settings.warehouse / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts; create schema lake")
        named = ", ".join(f"null::varchar as {name}" for name in DELIVERIES)
        connection.execute(f"create table lake.deliveries as select {named}, true as is_current where false")
        for name, (share, columns) in TABLES.items():
            asked = f"select {columns} from range({max(int(rows * share), 1)}) as numbers(i) order by hash(i)"
            connection.execute(f"create table marts.{name} as {asked}")
            described = connection.execute(f"describe marts.{name}").fetchall()
            nodes[f"model.qdeep.{name}"] = _node(name, [(column, kind) for column, kind, *_ in described])
    path = settings.warehouse / "dbt_manifest.json"
    path.write_text(json.dumps({"nodes": nodes}), encoding="utf-8")


def _node(name: str, columns: list[tuple[str, str]]) -> dict[str, Any]:
    grain = [column for column, kind in columns if kind != "DOUBLE"]
    kinds = {"UBIGINT": "bigint", "BIGINT": "bigint"}
    return {
        "resource_type": "model",
        "schema": "marts",
        "name": name,
        "description": "One row per number.",
        "config": {"meta": {"publish": {"family": "none", "grain": grain, "title": TITLES}}},
        "columns": {
            column: {"name": column, "data_type": kinds.get(kind, kind.lower()), "description": "A column."}
            for column, kind in columns
        },
    }
