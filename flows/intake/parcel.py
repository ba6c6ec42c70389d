"""After this the rows of a delivery stand as parquet: landed ones with pseudonyms, refused ones as received."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract
from flows.errors import QdeepError
from flows.intake.gate import Judged
from flows.intake.landed import Shelf, write_batches, write_landed
from flows.intake.match import match_table
from flows.intake.normalise import literal
from flows.intake.persons import Persons
from flows.intake.pseudonym import Hasher, Key
from flows.intake.raw import RawFile
from flows.intake.store import sha256
from flows.pull.received import Received
from flows.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

ROW_GROUP = 122_880
LANDED = "rows.parquet"  # landed rows of the main table
Files = dict[str, dict[str, Any]]


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


@dataclass(frozen=True)
class Target:
    """Where what lands of a file is written: the folder of the lake, and who makes the file of persons."""

    received: Received
    folder: Path
    key: Key
    persons: Persons | None

    def hashers(self, judged: Judged, table: str) -> dict[str, Hasher]:
        """Return what makes the pseudonyms of each column that holds identifiers."""
        return {name: self.key.hasher(purpose) for name, purpose in judged.pseudonyms.get(table, {}).items()}

    @property
    def lineage(self) -> dict[str, str]:
        """What each row says of its delivery."""
        return {"_source": self.received.source, "_delivery_id": self.received.delivery_id}


def write_rows(target: Target, judged: Judged) -> Files:
    """Write the rows of the main table that land, identifiers replaced by pseudonyms, and the file of persons.

    Returns:
        File name -> sha256, rows and bytes, for the manifest.
    """
    if judged.landing is None:
        return {}
    path = target.folder / LANDED
    shelf = Shelf(path, target.lineage, target.hashers(judged, "rows"), target.persons)
    return _told(path, write_landed(judged.landing, shelf))


def write_answers(connection: "DuckDBPyConnection", judged: Judged, target: Target) -> Files:
    """Write the answers of a survey that land, with pseudonyms, as `write_rows` does; others have none.

    Raises:
        QdeepError: E-115 where other rows were written before than the verdict counts.
    """
    if judged.tables and judged.files[LANDED]["rows"] != judged.counts["rows"]["landed"]:
        raise QdeepError("E-115", "Other rows were landed than were counted.", expected="the rows of the verdict")
    if "answers" not in judged.tables:
        return {}
    path = target.folder / "answers.parquet"
    names = [name for name, *_ in connection.execute("describe landed_answers").fetchall()]
    batches = _in_order(connection, _answers_query(names, target.lineage))
    return _told(path, write_batches(batches, path, target.hashers(judged, "answers")))


def _told(path: Path, rows: int) -> Files:
    return {path.name: {"sha256": sha256(path), "rows": rows, "bytes": path.stat().st_size}}


def _answers_query(names: list[str], lineage: dict[str, str]) -> str:
    """Return the query of a span of answers, in order: their columns, then source, delivery and row.

    The span (`{first}`, `{last}`) is written into it, because the engine skips row groups by known numbers alone.
    """
    columns = [name for name in names if not name.startswith("_")]
    told = [f"{literal(text)} as {name}" for name, text in lineage.items()]
    some = f"from landed_answers where _row > {{first}} and _row <= {{last}} order by {', '.join(['_row', *columns])}"
    return f"select {', '.join([*columns, *told, '_row'])} {some}"


def _in_order(connection: "DuckDBPyConnection", query: str) -> Iterator["pa.RecordBatch"]:
    """Yield the answers, about a row group at a time, so that memory does not grow with the file."""
    ((rows, last),) = connection.execute("select count(*), coalesce(max(_row), 0) from landed_answers").fetchall()
    step = max(1, ROW_GROUP * last // max(rows, 1))
    for first in range(0, max(last, 1), step):
        yield _whole(connection.sql(query.format(first=first, last=first + step)).to_arrow_reader(2 * ROW_GROUP))


def _whole(reader: "pa.RecordBatchReader") -> "pa.RecordBatch":
    """Return all rows of a reader; an empty batch with its columns where there are none."""
    import pyarrow as pa

    batches = list(reader) or [pa.RecordBatch.from_pylist([], reader.schema)]
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


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
