"""Cells of any text are what they are when none of them is read at once: both ways are asked, and must agree."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
import pyarrow as pa

from flows.contracts.model import Column, Contract, FileStyle, Kind, Table
from flows.intake import cells
from flows.intake.match import Feed, Layout
from flows.intake.normalise import create_match_key
from flows.intake.pinfl import create_macros
from flows.intake.quick import Quick, Texts
from flows.intake.raw import RawTable

ROW_END = "\n\n"  # a single line end may well stand in a cell
COLUMNS = (
    Column("whole", "integer"),
    Column("share", "decimal"),
    Column("pay", "decimal", divided_by=12),
    Column("day", "date"),
    Column("born", "date", max=np.datetime64("2019-12-31").item()),
    Column("moment", "timestamp"),
    Column("flag", "boolean"),
    Column("pinfl", "pinfl", privacy="person", becomes="person_key"),
    Column("id", "text", pattern="[A-Z0-9-]+"),
    Column("note", "text"),
    Column("full_name", "text", privacy="identifier"),
    Column("code", "code", codes=("male", "female")),
    Column("word", "code", codes=("male", "female")),
    Column("truth", "boolean"),
)
LAYOUT = Layout("rows", tuple(Feed(one, "c0", position=0) for one in COLUMNS))  # one text feeds all of them
VALUES = {"word": {"Э": "male", "ўғил": "male", "А": "female", "bo'sh": "female"}, "truth": {"bor": "1", "yo'q": "0"}}
STYLES = (
    FileStyle(),
    FileStyle(date_formats=("%d.%m.%Y", "%m.%d.%Y"), timestamp_formats=("%d.%m.%Y %H:%M",), missing=("-", "yo'q", "0")),
    FileStyle(date_formats=("%d%m%Y", "%Y%m%d"), timestamp_formats=("%d/%m/%Y %H:%M:%S", "%Y%m%d %H:%M:%S")),
    FileStyle(date_formats=("%d.%m.%y", "%d.%m.%Y"), decimal=",", timestamp_formats=("%Y-%m-%dT%H:%M:%S.%f",)),
    FileStyle(decimal=",", thousands=" ", timestamp_formats=("%Y-%m-%dT%H:%M:%S%z", "%d.%m.%Y"), missing=("нет", "")),
    FileStyle(format="xlsx", decimal=",", thousands=".", date_formats=("%d %B %Y", "%d.%m.%Y"), timezone="UTC"),
    FileStyle(date_formats=("unix_seconds",), timestamp_formats=("unix_milliseconds",), missing=(" ", "1.0")),
)


def fault(data: bytes, folder: Path) -> str:
    """Return where the two ways differ over the rows of a text; its first sign says how the sender writes."""
    style, text = STYLES[data[0] % len(STYLES) if data else 0], data[1:].decode("utf-8", "replace")
    rows = [one or None for one in text.split(ROW_END)]
    made = cells.Cells(_table(rows, folder), LAYOUT, _contract(style), folder)
    with _connected() as connection:
        at_once = _written(connection, made)
        with patch.object(cells, "_quick", _all_open):
            tidied = _written(connection, made)
    wrong = [(row, one, other) for row, one, other in zip(rows, at_once, tidied, strict=True) if one != other]
    return f"{len(wrong)} rows, among them {wrong[0]}" if wrong else ""


def _written(connection: duckdb.DuckDBPyConnection, made: cells.Cells) -> list[dict[str, Any]]:
    """Return the cells of all rows as texts, whatever the order of their columns."""
    connection.execute("create or replace table excluded_rows (_row bigint, _line bigint)")
    cells.write_cells(connection, made)
    found = connection.sql("select columns(*)::varchar from cells_rows order by _row").to_arrow_table()
    connection.execute("drop view cells_rows")
    return found.select(sorted(found.column_names)).to_pylist()


def _all_open(_: object, raw: dict[str, pa.Array], made: cells.Cells) -> dict[str, Quick]:
    """Leave all cells to SQL."""
    kinds = {"integer": pa.int64(), "decimal": pa.float64(), "date": pa.date32(), "boolean": pa.bool_()}
    kinds |= {"timestamp": pa.timestamp("us")}
    types = {one.column.name: kinds.get(one.column.type, pa.string()) for one in made.layout.feeds}
    return {name: Quick(pa.nulls(len(one), types[name]), Texts(one).is_given) for name, one in raw.items()}


def _contract(style: FileStyle) -> Contract:
    kind = Kind("personnel", {}, "", (Table("rows", "rows", COLUMNS),))
    return Contract("staff", kind, 1, Path("staff.yml"), {}, file=style, values=VALUES)


def _table(rows: list[str | None], folder: Path) -> RawTable:
    numbers = pa.array(range(1, len(rows) + 1), pa.int64())
    path = folder / "rows.arrow"
    columns = pa.record_batch({"_row": numbers, "_line": numbers, "c0": pa.array(rows, pa.string())})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, columns.schema) as file:
        file.write_batch(columns)
    return RawTable("rows", "", ("a",), path, len(rows))


@contextmanager
def _connected() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database as intake does."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Asia/Tashkent'")
        create_macros(connection)
        create_match_key(connection)
        yield connection
