"""After this the rows of a delivery stand as parquet: landed ones with pseudonyms, refused ones as received."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.contracts.model import Contract
from flows.errors import QdeepError
from flows.intake.gate import Judged
from flows.intake.match import match_table
from flows.intake.normalise import literal
from flows.intake.pseudonym import Key
from flows.intake.raw import RawFile
from flows.intake.store import sha256
from flows.pull.received import Received
from flows.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROW_GROUP = 122_880
BATCH = 50_000  # identifiers held in memory at a time


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


def write_lake(
    connection: "DuckDBPyConnection", judged: Judged, received: Received, folder: Path, key: Key
) -> dict[str, dict[str, Any]]:
    """Write `<table>.parquet` for each landed table, identifiers replaced by pseudonyms.

    Returns:
        File name -> sha256, rows and bytes, for the manifest.

    Raises:
        QdeepError: E-115 where other rows were written than the verdict counts.
    """
    files = {}
    for table in judged.tables:
        path = folder / f"{table}.parquet"
        purposes = judged.pseudonyms.get(table, {})
        for column, purpose in purposes.items():
            _create_tokens(connection, table, column, purpose, key)
        rows = _copy(connection, _landed_query(connection, table, tuple(purposes), received), path)
        files[path.name] = {"sha256": sha256(path), "rows": rows, "bytes": path.stat().st_size}
    if judged.tables and files["rows.parquet"]["rows"] != judged.counts["rows"]["landed"]:
        raise QdeepError("E-115", "Other rows were landed than were counted.", expected="the rows of the verdict")
    return files


def _create_tokens(connection: "DuckDBPyConnection", table: str, column: str, purpose: str, key: Key) -> None:
    """Create `tokens_<table>_<column>`: each identifier once, with its pseudonym; some thousand at a time."""
    import pyarrow as pa

    target = f"tokens_{table}_{column}"
    query = f"select distinct {column} as identifier from landed_{table} where {column} is not null"
    connection.execute(f"create or replace temp table identifiers as {query}")
    connection.execute(f"create or replace temp table {target} (identifier varchar, token varchar)")
    ((count,),) = connection.execute("select count(*) from identifiers").fetchall()
    for start in range(0, count, BATCH):
        part = "select identifier from identifiers where rowid >= ? and rowid < ?"
        texts = [text for (text,) in connection.execute(part, [start, start + BATCH]).fetchall()]
        tokens = pa.table({"identifier": texts, "token": key.tokens(purpose, texts)})
        connection.register("tokens", tokens)
        connection.execute(f"insert into {target} select identifier, token from tokens")
        connection.unregister("tokens")


def _landed_query(connection: "DuckDBPyConnection", table: str, persons: tuple[str, ...], received: Received) -> str:
    """Return the query of a lake table: its columns, then source, delivery and row; in the order of the file."""
    described = connection.execute(f"describe landed_{table}").fetchall()
    columns = [name for name, *_ in described if name != "_row"]
    selected = [f"tokens_{table}_{name}.token as {name}" if name in persons else f"landed.{name}" for name in columns]
    joins = " ".join(
        f"left join tokens_{table}_{name} on landed.{name} = tokens_{table}_{name}.identifier" for name in persons
    )
    lineage = f"{literal(received.source)} as _source, {literal(received.delivery_id)} as _delivery_id, landed._row"
    order = ", ".join(["landed._row", *(f"landed.{name}" for name in columns if table != "rows")])
    return f"select {', '.join(selected)}, {lineage} from landed_{table} as landed {joins} order by {order}"


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
