"""The dbt sources of the lake are written from the kinds of delivery: same columns, types and sentences."""

from pathlib import Path
from typing import Any

import yaml

from flows.contracts.load import build_kind
from flows.contracts.marked import read_document
from flows.contracts.model import Column, Kind, Table
from flows.intake.values import SQL_TYPES
from flows.settings import ROOT

TARGET = ROOT / "dbt_project" / "models" / "staging" / "_lake__sources.yml"
HEADER = "# Written by `python -m flows.contracts.docs` from expectations/kinds; do not edit.\n"
# Columns that intake adds to every lake table.
ORIGIN = (
    ("_source", "VARCHAR", "Source that sent the row."),
    ("_delivery_id", "VARCHAR", "Delivery that the row came with."),
    ("_row", "BIGINT", "Number of the record in its file, from 1."),
)


def write_sources(path: Path = TARGET, root: Path = ROOT) -> bool:
    """Write the dbt sources file of all lake tables; return whether it changed."""
    text = sources_text(root)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def sources_text(root: Path = ROOT) -> str:
    """Return the dbt sources file of all lake tables as YAML."""
    paths = sorted((root / "expectations" / "kinds").glob("*.yml"))
    kinds = [build_kind(read_document(path).value) for path in paths]
    tables = [_table(kind, table) for kind in kinds for table in kind.tables]
    source = {
        "name": "lake",
        "description": "Landed rows of the current deliveries; one table per kind, no identifier of a person.",
        "tables": sorted(tables, key=lambda one: one["name"]),
    }
    values = {"version": 2, "sources": [source]}
    return HEADER + yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=1000)


def _table(kind: Kind, table: Table) -> dict[str, Any]:
    columns = [_column(column) for column in table.columns if column.lake_name]
    columns += [{"name": name, "data_type": type_, "description": text} for name, type_, text in ORIGIN]
    return {"name": table.lake_table, "description": _grain(kind, table), "columns": columns}


def _grain(kind: Kind, table: Table) -> str:
    key = f" Key: {', '.join(table.key)}." if table.key else ""
    return f"{kind.grain}{key}"


def _column(column: Column) -> dict[str, Any]:
    return {"name": column.lake_name, "data_type": SQL_TYPES[column.type], "description": _description(column)}


def _description(column: Column) -> str:
    """Describe the lake's column: a pseudonym and a month are not what the sender wrote."""
    if column.privacy == "person":
        return f"Keyed hash of {column.name}. {column.description}"
    if column.privacy == "month":
        return f"First day of the month. {column.description}"
    return column.description


if __name__ == "__main__":
    write_sources()
