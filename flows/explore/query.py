"""What the explorer asks of a release: its tables, the values to filter by, and the rows that are left."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

# Columns to choose values of, in the order in which they are offered.
CHOSEN = (
    "org_unit_id", "process_id", "step_id", "indicator_id", "instrument_id", "wave_id", "measure_id", "domain_id",
    "org_view", "period_kind", "period_end", "dimension_1", "category_1", "dimension_2", "category_2", "conf_status",
)  # fmt: skip
MOST_ROWS, MOST_VALUES = 5_000, 2_000
FREE = "F"


@dataclass(frozen=True)
class Question:
    """Rows of one table of a release whose columns have the chosen values; every value where none is chosen."""

    folder: Path
    table: str
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The parquet file of the table."""
        return self.folder / f"{self.table}.parquet"


def tables(folder: Path) -> dict[str, dict[str, Any]]:
    """Return table -> what its file says of it: its title in four languages, its description, its grain."""
    return {file.stem: _about(file) for file in sorted(folder.glob("*.parquet"))}


def filters(question: Question) -> tuple[str, ...]:
    """Return the columns of a table that may be filtered by."""
    names = set(pq.read_schema(question.file).names)
    return tuple(name for name in CHOSEN if name in names)


def values(question: Question, column: str) -> list[str]:
    """Return the values of a column among the rows that the other filters leave, sorted."""
    others = {name: kept for name, kept in question.chosen.items() if name != column}
    where, given = _where(others)
    asked = f'select distinct cast("{column}" as varchar) from read_parquet(?) {where}'
    text = f"{asked} order by 1 limit {MOST_VALUES}"
    with duckdb.connect() as connection:
        return [
            row[0] for row in connection.execute(text, [str(question.file), *given]).fetchall() if row[0] is not None
        ]


def answer(question: Question) -> pl.DataFrame:
    """Return the rows that are left, as published; at most MOST_ROWS."""
    where, given = _where(question.chosen)
    text = f"select * from read_parquet(?) {where} limit {MOST_ROWS}"
    with duckdb.connect() as connection:
        found = connection.sql(text, params=[str(question.file), *given])
        return pl.DataFrame(pl.from_arrow(found.to_arrow_table()))


def written(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows for the eye: ISO days; `[c]` or `[n]` where a figure exists and is withheld, never 0 or nothing."""
    rows = rows.with_columns(pl.col(pl.Date).cast(pl.String))
    if "conf_status" not in rows.columns:
        return rows
    names = [name for name, kind in rows.schema.items() if kind.is_numeric()]
    sign = pl.format("[{}]", pl.col("conf_status").str.to_lowercase())
    named = pl.col("withheld").str.split(" ") if "withheld" in rows.columns else None
    return rows.with_columns(
        pl.when(_is_hidden(name, named)).then(sign).otherwise(pl.col(name).cast(pl.String)).alias(name)
        for name in names
    )


def _is_hidden(name: str, named: pl.Expr | None) -> pl.Expr:
    empty = pl.col(name).is_null() & (pl.col("conf_status") != FREE)
    return empty if named is None else empty & named.list.contains(name).fill_null(value=False)


def drawn(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what can be drawn over time: period, line and value of the free rows; nothing without a value."""
    if not {"period_end", "value", "org_unit_id"} <= set(rows.columns):
        return pl.DataFrame()
    lines = [name for name in ("org_unit_id", "indicator_id", "measure_id", "category_1") if name in rows.columns]
    free = rows.filter(pl.col("conf_status") == FREE) if "conf_status" in rows.columns else rows
    named = free.with_columns(pl.concat_str(lines, separator=" · ").alias("line"))
    return named.select("period_end", "line", "value").drop_nulls().sort("line", "period_end")


def _where(chosen: Mapping[str, Sequence[str]]) -> tuple[str, list[list[str]]]:
    known = {name: list(kept) for name, kept in chosen.items() if kept and name in CHOSEN}
    parts = [f'list_contains(?, cast("{name}" as varchar))' for name in known]
    return (f"where {' and '.join(parts)}" if parts else ""), list(known.values())


def _about(file: Path) -> dict[str, Any]:
    return dict(json.loads((pq.read_schema(file).metadata or {}).get(b"qdeep", b"{}")))
