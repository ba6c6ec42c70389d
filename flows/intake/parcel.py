"""After this the rows of a delivery stand as parquet: landed ones with pseudonyms, refused ones as received."""

import json
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract
from flows.errors import QdeepError
from flows.intake.gate import Judged
from flows.intake.landed import write_landed
from flows.intake.match import match_table
from flows.intake.normalise import literal
from flows.intake.persons import Persons
from flows.intake.pseudonym import Key
from flows.intake.raw import RawFile
from flows.intake.store import sha256
from flows.pull.received import Received
from flows.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

ROW_GROUP = 122_880
LANDED = "rows.parquet"  # landed rows of the main table


@contextmanager
def opened(database: Path, settings: Settings) -> Generator["DuckDBPyConnection"]:
    """Open the stage database of a judged file."""
    import duckdb

    connection = duckdb.connect(str(database), config={"memory_limit": settings.memory_limit})
    try:
        connection.execute("set TimeZone = 'Asia/Tashkent'")
        yield connection
    finally:
        connection.close()


def write_lake(  # noqa: PLR0913 - a judged file, and where its rows and persons go
    connection: "DuckDBPyConnection",
    judged: Judged,
    received: Received,
    folder: Path,
    key: Key,
    *,
    persons: Persons | None = None,
) -> dict[str, dict[str, Any]]:
    """Write `<table>.parquet` for each landed table, identifiers replaced by pseudonyms, and the file of persons.

    Returns:
        File name -> sha256, rows and bytes of the landed tables, for the manifest.

    Raises:
        QdeepError: E-115 where other rows were written than the verdict counts.
    """
    files = {}
    for table in judged.tables:
        path = folder / f"{table}.parquet"
        hashers = {name: key.hasher(purpose) for name, purpose in judged.pseudonyms.get(table, {}).items()}
        names = [name for name, *_ in connection.execute(f"describe landed_{table}").fetchall()]
        asked = persons if "_person" in names else None
        batches = _in_order(connection, table, _landed_query(table, names, received))
        rows = write_landed(batches, path, hashers, asked)
        files[path.name] = {"sha256": sha256(path), "rows": rows, "bytes": path.stat().st_size}
    if judged.tables and files[LANDED]["rows"] != judged.counts["rows"]["landed"]:
        raise QdeepError("E-115", "Other rows were landed than were counted.", expected="the rows of the verdict")
    return files


def _landed_query(table: str, names: list[str], received: Received) -> str:
    """Return the query of a span of rows of a lake table: its columns, then source, delivery and row.

    The span (`{first}`, `{last}`) is written into it, because the engine skips row groups by known numbers alone.

    Answers, of which a row has several, come in order; whole rows are put in order by their number afterwards.
    """
    columns = [name for name in names if not name.startswith("_")]
    lineage = [f"{literal(received.source)} as _source", f"{literal(received.delivery_id)} as _delivery_id", "_row"]
    person = ["_person"] if "_person" in names else []
    order = f" order by {', '.join(['_row', *columns])}" if table != "rows" else ""
    some = f"from landed_{table} where _row > {{first}} and _row <= {{last}}{order}"
    return f"select {', '.join([*columns, *lineage, *person])} {some}"


def _in_order(connection: "DuckDBPyConnection", table: str, query: str) -> Iterator["pa.RecordBatch"]:
    """Yield the rows of a lake table, about a row group at a time, so that memory does not grow with the file.

    The engine makes the next ones while these are hashed and written.
    """
    ((rows, last),) = connection.execute(f"select count(*), coalesce(max(_row), 0) from landed_{table}").fetchall()
    step = ROW_GROUP if table == "rows" else max(1, ROW_GROUP * last // max(rows, 1))
    cursor = connection.cursor()

    def fetch(first: int) -> "pa.RecordBatch":
        part = cursor.sql(query.format(first=first, last=first + step))
        return _by_row(_whole(part.to_arrow_reader(2 * ROW_GROUP)))

    with cursor, ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(fetch, 0)
        for first in range(step, last, step):
            batch, coming = coming.result(), ahead.submit(fetch, first)
            yield batch
        yield coming.result()


def _whole(reader: "pa.RecordBatchReader") -> "pa.RecordBatch":
    """Return all rows of a reader; an empty batch with its columns where there are none."""
    import pyarrow as pa

    batches = list(reader) or [pa.RecordBatch.from_pylist([], reader.schema)]
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _by_row(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    """Return rows in the order of the file: tidied ones come last, and the engine keeps no order past a join."""
    import numpy as np

    numbers = batch["_row"].to_numpy()
    return batch if (numbers[1:] >= numbers[:-1]).all() else batch.take(np.argsort(numbers, kind="stable"))


def _copy(connection: "DuckDBPyConnection", query: str, path: Path, metadata: str = "") -> int:
    """Write the rows of a query as parquet and return their number."""
    further = f", kv_metadata {{qdeep: {literal(metadata)}}}" if metadata else ""
    options = f"format parquet, compression zstd, row_group_size {ROW_GROUP}{further}"
    (rows,) = connection.execute(f"copy ({query}) to {literal(str(path))} ({options})").fetchall()[0]
    return int(rows)


def write_refused(
    connection: "DuckDBPyConnection", judged: Judged, raw: RawFile | None, contract: Contract, target: Path
) -> None:
    """Write the refused rows of all tables as received, with their reasons; no file where none is refused.

    The metadata of the file names the headers and, for each rule, the cell that it marks.
    """
    tables = [table for table, counts in judged.counts.items() if counts["refused"]]
    if not tables or raw is None:
        return
    queries = []
    for table in tables:
        cells = ", ".join(f"c{number}" for number in range(len(judged.header[table])))
        queries.append(
            f"select {literal(table)} as _table, _row, _line, _sheet, codes, rules, "
            f"cast([{cells}] as varchar[]) as cells from refused_{table}"
        )
    query = f"select * from ({' union all '.join(queries)}) order by _table, _line, _row"
    marks = {
        "header": judged.header,
        "marks": {table: _marks(judged, raw, contract, table) for table in tables},
        "meaning": {rule.rule: rule.description for rule in judged.rules if rule.failed},
    }
    _copy(connection, query, target, json.dumps(marks, ensure_ascii=False))


def _marks(judged: Judged, raw: RawFile, contract: Contract, table: str) -> dict[str, int]:
    """Return rule -> index of the cell that it marks."""
    layout, _ = match_table(raw.tables[table], contract)
    if layout is None:
        return {}
    positions = {feed.column.name: feed.position for feed in layout.feeds if feed.position is not None}
    rules = (rule for rule in judged.rules if rule.table == table and rule.failed)
    return {rule.rule: positions[rule.column] for rule in rules if rule.column in positions}
