"""Writes the schema `lake` of a fresh DuckDB file: what the dbt project reads, and nothing else."""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from flows.contracts.model import Column, Contracts, Table
from flows.due import covered_by, due
from flows.intake.values import SQL_TYPES
from flows.redesign.check import scenario_values
from flows.redesign.scenario import as_row
from flows.release.protection.rules import Special, load_rules
from flows.settings import Settings
from flows.warehouse.arrivals import write_arrivals
from flows.warehouse.choose import Delivery
from flows.warehouse.correct import apply_corrections, narrow_to_slices
from flows.warehouse.stays import make_stays
from flows.warehouse.suspects import count_suspects

LINEAGE = {"_source": "VARCHAR", "_delivery_id": "VARCHAR", "_row": "BIGINT"}
LANGUAGES = ("uz", "ru", "en", "ko")
PERSON = "person_key"
# Last part of the id of a rule -> its kind in dq_rules; what else a column demands of its cells is their form.
RULE_KINDS = {
    "required": "required",
    "nothing": "required",
    "type": "type",
    "codes": "codes",
    "range": "range",
    "pattern": "pattern",
    "reference": "reference",
    "unique": "key",
    "latest": "key",
    "folded": "spelling",
    "apostrophes": "spelling",
    "mojibake": "spelling",
    "structure": "record",
    "excluded": "record",
    "total": "control_total",
    "volume": "volume",
    "drift": "drift",
    "unknown": "unknown_codes",
    "missing": "missing_share",
}
TRUE_WORDS = frozenset({"1", "true", "yes"})

# Tables that describe the build rather than rows received: name -> column -> type.
BUILD_TABLES: dict[str, dict[str, str]] = {
    "deliveries": dict.fromkeys(
        ("delivery_id", "source", "kind", "organisation", "scope", "slice", "origin"), "VARCHAR"
    )
    | {"period": "DATE", "known_from": "DATE", "verdict": "VARCHAR"}
    | dict.fromkeys(("read", "landed", "refused"), "BIGINT")
    | {"is_current": "BOOLEAN", "contract_version": "BIGINT"},
    "rule_results": dict.fromkeys(
        ("delivery_id", "source", "table_name", "rule", "rule_kind", "code", "severity", "column_name", "verdict"),
        "VARCHAR",
    )
    | {"checked": "BIGINT", "failed": "BIGINT"},
    "expected_rules": dict.fromkeys(("delivery_id", "table_name", "rule"), "VARCHAR"),
    "corrections": dict.fromkeys(("source", "correction_id", "delivery_id", "action", "status"), "VARCHAR")
    | {"known_from": "DATE", "rows_addressed": "BIGINT", "rows_changed": "BIGINT"},
    "sources": dict.fromkeys(("source", "kind", "organisation"), "VARCHAR")
    | {"required": "BOOLEAN", "cadence": "VARCHAR", "due_on": "DATE", "late_days": "BIGINT"}
    | {f"title_{language}": "VARCHAR" for language in LANGUAGES},
    "survey_sources": dict.fromkeys(
        ("source", "delivery_id", "instrument_id", "instrument_version", "wave_id"), "VARCHAR"
    )
    | {"known_from": "DATE"},
    "codebook_items": dict.fromkeys(
        ("instrument_id", "instrument_version", "item_id", "type", "choices", "repeat", "scale"), "VARCHAR"
    )
    | {"is_reversed": "BOOLEAN"}
    | {f"text_{language}": "VARCHAR" for language in LANGUAGES},
    "codebook_choices": dict.fromkeys(("instrument_id", "instrument_version", "list", "code"), "VARCHAR")
    | {"position": "BIGINT", "score": "DOUBLE", "is_missing": "BOOLEAN"}
    | {f"label_{language}": "VARCHAR" for language in LANGUAGES},
    "codebook_indices": dict.fromkeys(
        ("instrument_id", "instrument_version", "index_id", "item_id", "score_family"), "VARCHAR"
    )
    | {"min_answered_share": "DOUBLE", "weight": "BIGINT"}
    | {f"name_{language}": "VARCHAR" for language in LANGUAGES},
    "codebook_weightings": dict.fromkeys(("instrument_id", "instrument_version", "method", "margins"), "VARCHAR")
    | {"is_trimmed": "BOOLEAN"},
    "snapshots": {"source": "VARCHAR", "first_day": "DATE", "day": "DATE"},
    "suspects": {"source": "VARCHAR", "persons": "BIGINT", "suspected": "BIGINT"},
    "disclosure": dict.fromkeys(("family", "rule", "name"), "VARCHAR") | {"amount": "DOUBLE"},
    "scenarios": dict.fromkeys(("scenario_id", "process_id"), "VARCHAR")
    | {f"name_{language}": "VARCHAR" for language in LANGUAGES}
    | {"in_force_from": "DATE", "document": "VARCHAR"},
    "run": {"as_of": "DATE", "known_on": "DATE", "is_sample": "BOOLEAN"},
}


def prepare(target: Path, settings: Settings, contracts: Contracts, deliveries: Sequence[Delivery]) -> None:
    """Create a DuckDB file that shows the chosen deliveries as typed tables.

    Args:
        target: File to create; must not exist.
        settings: Lake folder, the two dates, contract folders.
        contracts: Kinds give the tables their columns; a kind without a delivery gets an empty table.
        deliveries: All deliveries known, as `choose` returns them.

    Raises:
        QdeepError: E-428 where a correction of the register no longer finds the error that it corrects.
    """
    with duckdb.connect(str(target), config={"memory_limit": settings.memory_limit}) as connection:
        connection.execute("create schema lake")
        _write_merges(connection, contracts.merges)
        for kind in contracts.kinds.values():
            for table in kind.tables:
                connection.execute(_lake_view(table, _files(settings, deliveries, kind.name, table.name)))
        narrow_to_slices(connection, contracts, deliveries)
        corrected = apply_corrections(connection, contracts, deliveries, settings.known_on)
        for name, rows in _build_rows(settings, contracts, deliveries).items():
            _write_table(connection, name, rows)
        _write_table(connection, "snapshots", make_stays(connection, contracts, deliveries))
        _write_table(connection, "corrections", corrected)
        _write_table(connection, "suspects", count_suspects(connection, settings, deliveries))
        write_arrivals(connection, settings, deliveries)


def _files(settings: Settings, deliveries: Sequence[Delivery], kind: str, table: str) -> list[Path]:
    current = (d.manifest for d in deliveries if d.is_current and d.manifest["kind"] == kind)
    folders = (settings.lake / m["source"] / m["delivery_id"] for m in current)
    return [file for folder in folders if (file := folder.resolve() / f"{table}.parquet").is_file()]


def _lake_view(table: Table, files: Sequence[Path]) -> str:
    """A view of fixed columns and types, whatever columns the files of older contract versions hold."""
    columns = lake_columns(table.columns)
    empty = ", ".join(f"cast(null as {sql_type}) as {name}" for name, sql_type in columns.items())
    rows = f"select {empty} where false"
    if files:
        paths = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
        rows += f" union all by name select * from read_parquet([{paths}], union_by_name = true)"
    typed = ", ".join(f"cast({name} as {sql_type}) as {name}" for name, sql_type in columns.items())
    if PERSON not in columns:
        return f"create view lake.{table.lake_table} as select {typed} from ({rows})"
    kept = ", ".join(
        f"coalesce(merge.survivor_key, one.{name}) as {name}" if name == PERSON else f"one.{name}" for name in columns
    )
    merged = f"from (select {typed} from ({rows})) as one left join lake.merges as merge"
    return f"create view lake.{table.lake_table} as select {kept} {merged} on one.{PERSON} = merge.merged_key"


def _write_merges(connection: duckdb.DuckDBPyConnection, merges: dict[str, str]) -> None:
    """Write the keys of `expectations/merges/`: all tables show the key that stays, the lake keeps both."""
    connection.execute("create table lake.merges (merged_key varchar, survivor_key varchar)")
    if merges:
        connection.executemany("insert into lake.merges values (?, ?)", sorted(merges.items()))


def lake_columns(columns: Sequence[Column]) -> dict[str, str]:
    """Return name and SQL type of the columns that a table has in the lake, lineage last."""
    landed = {c.lake_name: _lake_type(c) for c in columns if c.lake_name}
    return landed | LINEAGE


def _lake_type(column: Column) -> str:
    return "VARCHAR" if column.privacy == "person" else SQL_TYPES[column.type]


def _write_table(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    columns = BUILD_TABLES[name]
    ddl = ", ".join(f'"{column}" {sql_type}' for column, sql_type in columns.items())
    connection.execute(f'create table lake."{name}" ({ddl})')
    if not rows:
        return
    received = pa.table({c: pa.array([_text(row.get(c)) for row in rows], pa.string()) for c in columns})
    connection.register("received", received)
    values = ", ".join(f'cast("{column}" as {sql_type})' for column, sql_type in columns.items())
    connection.execute(f'insert into lake."{name}" select {values} from received')
    connection.unregister("received")


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _build_rows(
    settings: Settings, contracts: Contracts, deliveries: Sequence[Delivery]
) -> dict[str, list[dict[str, Any]]]:
    return {
        "deliveries": [_delivery(d) for d in deliveries],
        "rule_results": list(_rule_results(deliveries)),
        "expected_rules": list(_expected_rules(deliveries)),
        "sources": list(_sources(contracts, deliveries, settings.known_on)),
        "survey_sources": list(_survey_sources(contracts, deliveries)),
        "codebook_items": list(_codebook_rows(settings, "items.csv")),
        "codebook_choices": list(_codebook_rows(settings, "choices.csv")),
        "codebook_indices": list(_codebook_rows(settings, "indices.csv")),
        "codebook_weightings": list(_weightings(settings)),
        "disclosure": list(_disclosure()),
        "scenarios": [as_row(value) for value in scenario_values(settings)],
        "run": [{"as_of": settings.as_of, "known_on": settings.known_on, "is_sample": settings.sample}],
    }


def _disclosure() -> Iterator[dict[str, Any]]:
    """Return what the release will withhold for few persons, so that no score rests on a figure nobody may see."""
    rules = load_rules()
    for name, family in rules.families.items():
        yield {"family": name, "rule": "base_min", "amount": family.base_min}
    special = rules.tables.get("hrm_indicators", Special())
    for rule, names in (("numerator", special.person_numerators), ("complement", special.complements)):
        yield from ({"family": "headcount", "rule": rule, "name": name} for name in names)
    if special.dominance:
        for name in special.dominance.indicators:
            yield {"family": "headcount", "rule": "dominance", "name": name, "amount": special.dominance.limit}


def _delivery(delivery: Delivery) -> dict[str, Any]:
    origin = delivery.manifest.get("origin", {}).get("delivery_id")
    found = {"origin": origin, "is_current": delivery.is_current, "verdict": delivery.verdict}
    return {**delivery.manifest, **found}


def _rule_results(deliveries: Sequence[Delivery]) -> Iterator[dict[str, Any]]:
    """One row for each rule of each delivery: over its rows, its signed totals, and what its history says."""
    for delivery in deliveries:
        about = {"delivery_id": delivery.delivery_id, "source": delivery.manifest["source"]}
        for result in delivery.manifest.get("rules", ()):
            names = {"table_name": result.get("table"), "column_name": result.get("column")}
            kind = rule_kind(result["rule"])
            yield {**result, **names, **about, "rule_kind": kind, "verdict": _row_verdict(result)}
        if delivery.manifest.get("rules"):
            yield from _whole_results(delivery, about)


def _whole_results(delivery: Delivery, about: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Rules over a whole delivery count no rows."""
    table = {**about, "table_name": "rows"}
    for total in delivery.manifest.get("control_totals", {}).get("rules", ()):
        yield {**total, **table, "column_name": total["column"], "rule_kind": rule_kind(total["rule"])}
    for rule in delivery.learned:
        names = {"rule": rule.id, "code": rule.code, "severity": rule.severity, "column_name": rule.column}
        yield {**table, **names, "rule_kind": rule_kind(rule.id), "verdict": rule.verdict}


def _row_verdict(result: dict[str, Any]) -> str:
    if not result.get("is_judged", True):
        return "not_judged"
    if not result["failed"]:
        return "passed"
    return "failed" if result["severity"] == "refuse" else "warned"


def rule_kind(rule: str) -> str:
    """Return the kind of a rule: what a column demands, what a record or a delivery does, or a check over columns."""
    return RULE_KINDS.get(rule.rpartition(".")[2], "form") if "." in rule else "cross_column"


def _expected_rules(deliveries: Sequence[Delivery]) -> Iterator[dict[str, Any]]:
    """One row for each rule of the contract of each judged delivery, from the contract and not from results."""
    for delivery in deliveries:
        rows = [tuple(one) for one in delivery.manifest.get("expected_rules", ())]
        totals = [("rows", one["rule"]) for one in delivery.manifest.get("control_totals", {}).get("rules", ())]
        learned = [("rows", rule.id) for rule in delivery.learned]
        for table, rule in (*rows, *totals, *learned) if rows else ():
            yield {"delivery_id": delivery.delivery_id, "table_name": table, "rule": rule}


def _sources(contracts: Contracts, deliveries: Sequence[Delivery], known_on: date) -> Iterator[dict[str, Any]]:
    for contract in contracts.sources.values():
        titles = {f"title_{language}": contract.title.get(language) for language in LANGUAGES}
        landed = [d.manifest for d in deliveries if d.manifest["source"] == contract.source and d.verdict == "landed"]
        expected = due(contract, covered_by(landed, contract), known_on)
        yield {
            "source": contract.source,
            "kind": contract.kind.name,
            "organisation": contract.organisation,
            "required": contract.required,
            "cadence": contract.cadence,
            "due_on": expected.due_on,
            "late_days": expected.late_days,
            **titles,
        }


def _survey_sources(contracts: Contracts, deliveries: Sequence[Delivery]) -> Iterator[dict[str, Any]]:
    """One row for each survey delivery that counts; its wave is its period, or else its source."""
    for delivery in deliveries:
        book = contracts.sources[delivery.manifest["source"]].codebook
        if delivery.is_current and book is not None:
            yield {
                "source": delivery.manifest["source"],
                "delivery_id": delivery.delivery_id,
                "instrument_id": book.instrument,
                "instrument_version": book.version,
                "known_from": delivery.manifest["known_from"],
                "wave_id": (delivery.manifest.get("period") or "")[:7] or delivery.manifest["source"],
            }


def _codebook_rows(settings: Settings, name: str) -> Iterator[dict[str, Any]]:
    for file in codebook_files(settings, name):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                flags = {k: str(row.get(k) or "").lower() in TRUE_WORDS for k in ("is_reversed", "is_missing")}
                book = {"instrument_id": file.parent.parent.name, "instrument_version": file.parent.name}
                yield {**row, **flags, **book}


def _weightings(settings: Settings) -> Iterator[dict[str, Any]]:
    """One row for each codebook version whose answers are weighted."""
    for file in codebook_files(settings, "instrument.yml"):
        scheme = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("weighting")
        if scheme:
            book = {"instrument_id": file.parent.parent.name, "instrument_version": file.parent.name}
            margins = " ".join(scheme["margins"])
            yield {**book, "method": scheme["method"], "margins": margins, "is_trimmed": scheme.get("trim", False)}


def codebook_files(settings: Settings, name: str) -> list[Path]:
    """Return the files of this name of every codebook version, sorted by folder."""
    return sorted(file for folder in settings.contracts for file in folder.glob(f"codebooks/*/*/{name}"))
