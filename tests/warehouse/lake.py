"""A lake of a few invented deliveries, written without the intake."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from flows.contracts.load import build_kind
from flows.contracts.model import Codebook, Contract, Contracts, Table
from flows.settings import ROOT, Settings
from flows.warehouse.prepare import lake_columns

KINDS = {
    path.stem: build_kind(yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in sorted((ROOT / "expectations" / "kinds").glob("*.yml"))
}
TITLE = {"en": "Sample", "uz": "Namuna", "ru": "Образец", "ko": "표본"}


@dataclass
class Lake:
    """A workspace whose lake is filled by hand."""

    settings: Settings
    sources: dict[str, Contract] = field(default_factory=dict)

    @property
    def contracts(self) -> Contracts:
        """Contracts of the sources added so far."""
        return Contracts(dict(KINDS), dict(sorted(self.sources.items())), {}, {}, {})

    def source(self, name: str, kind: str, **options: Any) -> None:
        """Add a source; `instrument=(id, version)` makes it a survey of that codebook."""
        book = options.pop("instrument", None)
        path = self.settings.workspace / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"source: {name}\n", encoding="utf-8")
        codebook = Codebook(book[0], book[1], (), {}, {}) if book else None
        self.sources[name] = Contract(name, KINDS[kind], 1, path, TITLE, codebook=codebook, **options)

    def deliver(self, name: str, rows: list[dict[str, Any]], *, known_from: str = "2026-01-01", **extra: Any) -> str:
        """Land rows of a source; returns the delivery id. `answers`, `period`, `verdict` and `rules` may be given."""
        contract = self.sources[name]
        delivery_id = f"{len(list(self.settings.lake.glob('*/*'))) + 1:016x}"
        folder = self.settings.lake / name / delivery_id
        folder.mkdir(parents=True)
        verdict = extra.get("verdict", "landed")
        tables = {"rows": rows, "answers": extra.get("answers", [])}
        if verdict == "landed":
            for table in contract.kind.tables:
                _write(folder / f"{table.name}.parquet", table, tables[table.name], name, _numbers(tables, table.name))
        refused = extra.get("refused", 0)
        manifest = {
            "manifest_version": 1,
            "delivery_id": delivery_id,
            "source": name,
            "kind": contract.kind.name,
            "contract_version": 1,
            "organisation": contract.organisation,
            "scope": contract.scope,
            "period": extra.get("period"),
            "known_from": known_from,
            "received_at": f"{known_from}T08:00:00+05:00",
            "verdict": verdict,
            "read": len(rows) + refused,
            "landed": len(rows) if verdict == "landed" else 0,
            "refused": refused if verdict == "landed" else len(rows) + refused,
            "rules": extra.get("rules", []),
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return delivery_id


ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
}


def _numbers(tables: dict[str, list[dict[str, Any]]], name: str) -> list[int]:
    """Return the line of each row; an answer has that of its submission."""
    lines = {row.get("response_key"): number for number, row in enumerate(tables["rows"], 1)}
    return (
        [lines[row["response_key"]] for row in tables[name]]
        if name == "answers"
        else list(range(1, len(tables[name]) + 1))
    )


def _write(target: Path, table: Table, rows: list[dict[str, Any]], source: str, numbers: list[int]) -> None:
    columns = lake_columns(table.columns)
    assert not {name for row in rows for name in row} - set(columns)
    lineage = ({"_source": source, "_delivery_id": target.parent.name, "_row": n} for n in numbers)
    schema = pa.schema([(name, ARROW_TYPES[sql_type]) for name, sql_type in columns.items()])
    landed = [{**row, **extra} for row, extra in zip(rows, lineage, strict=True)]
    pq.write_table(pa.Table.from_pylist(landed, schema), target)


def settings(workspace: Path, **changes: Any) -> Settings:
    """Settings of a workspace with the dates of the golden cases."""
    values: dict[str, Any] = {
        "workspace": workspace,
        "inbox": workspace / "inbox",
        "contracts": (workspace / "contracts",),
        "as_of": date(2026, 3, 31),
        "known_on": date(2026, 4, 30),
        "key_file": workspace / "key",
        "memory_limit": "1GB",
    }
    return Settings(**(values | changes))


def day(text: str) -> date:
    """A date from ISO text."""
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """A local time from `2026-01-05 09:00`."""
    return datetime.fromisoformat(text)


def query(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a query on a built warehouse."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def marts(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of all marts of a built warehouse, in order."""
    names = query(path, "select table_name from information_schema.tables where table_schema = 'marts' order by 1")
    return {name: query(path, f"select * from marts.{name} order by all") for (name,) in names}
