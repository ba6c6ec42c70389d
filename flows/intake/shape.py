"""A raw table of text has become a typed stage table in DuckDB, cell for cell, without a row lost."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.contracts.model import Contract
from flows.intake.cells import Cells, given_of, is_seen, write_cells
from flows.intake.match import Feed, Layout
from flows.intake.normalise import create_match_key, literal, trimmed
from flows.intake.pinfl import create_macros
from flows.intake.raw import RawTable
from flows.intake.spelling import is_parsed, is_typed
from flows.intake.values import words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Stage:
    """A stage table: `_row`, `_line`, and for each feed `<name>__text` and `<name>`; its cells stand in files."""

    name: str
    layout: Layout
    rows: int
    excluded: int
    files: tuple[Path, ...] = ()


def build_stage(connection: "DuckDBPyConnection", table: RawTable, layout: Layout, contract: Contract) -> Stage:
    """Create the view `stage_<table>` (rows to judge) and the table `excluded_<table>` (rows that are not data).

    Every feed gives `<name>__is_given` (true; null where empty). One that a rule or the lake looks at also gives
    `<name>__text` (one spelling; null where empty) and `<name>` (typed; null where empty or unreadable); columns that
    may be mended give `<name>__folded` and `<name>__apostrophes`, typed ones `<name>__unread` (text without a value).
    """
    create_macros(connection)
    _create_functions(connection, layout)
    stage = f"stage_{layout.table}"
    excluded = f"select _row, _line from {table.shown_to(connection)} where {_excluded(layout, contract)}"
    connection.execute(f"create table excluded_{layout.table} as {excluded}")
    ((database,),) = connection.execute("select path from duckdb_databases() where not internal").fetchall()
    files = write_cells(connection, Cells(table, layout, contract, Path(database or table.path).parent))
    views = ", ".join(["*", *(view for feed in layout.feeds for view in _views(feed, contract))])
    connection.execute(f"create view {stage} as select {views} from cells_{layout.table}")
    rows = _count(connection, stage)
    return Stage(stage, layout, rows, _count(connection, f"excluded_{layout.table}"), files)


def _create_functions(connection: "DuckDBPyConnection", layout: Layout) -> None:
    """Create `qd_match_key(text)` and a function for the cells of each select-multiple question.

    They run where text differs from every agreed word, and on surveys: nowhere on all rows of a large file.
    """
    create_match_key(connection)
    for one in layout.options:
        connection.create_function(one.name, one.__call__, ["VARCHAR[]"], "VARCHAR[]")


def texts_query(
    connection: "DuckDBPyConnection", table: RawTable, layout: Layout, feed: Feed, contract: Contract
) -> str:
    """Return the query of the texts of a column, as `_row` and `text` in one spelling: whoever wants them asks here.

    The stage shows a typed column in its canonical spelling and does not hold columns that nothing looks at; their
    texts come from the raw table.
    """
    if not is_typed(feed) and is_seen(feed, contract):
        text = f"{feed.column.name}__text"
        return f"select _row, {text} as text from stage_{layout.table} where {text} is not null"
    source = table.shown_to(connection)
    tidy = f"(select _row, {trimmed(feed.raw)} as tidy from {source}{_kept(layout, contract)}) as one"
    return f"select _row, tidy as text from {tidy} where tidy not in {words(('', *contract.file.missing))}"


def _kept(layout: Layout, contract: Contract) -> str:
    return f" where _row not in (select _row from excluded_{layout.table})" if contract.file.exclude else ""


def _views(feed: Feed, contract: Contract) -> list[str]:
    """Return what the stage shows of a column besides what is stored of it."""
    name = feed.column.name
    if not is_seen(feed, contract):
        return []
    if is_typed(feed):
        text = f"coalesce({name}__unread, cast({name} as varchar))"
        return [
            f"case when {name} is not null or {name}__unread is not null then true end as {name}__is_given",
            f"{text} as {name}__text",
        ]
    given = f"{given_of(f'{name}__text')} as {name}__is_given"
    return [given] if is_parsed(feed, contract) else [given, f"{name}__text as {name}"]


def _excluded(layout: Layout, contract: Contract) -> str:
    raw = {feed.column.name: feed.raw for feed in layout.feeds}
    tests = [
        f"regexp_matches({trimmed(raw[name])}, {literal(pattern)})"
        for name, pattern in contract.file.exclude
        if name in raw
    ]
    return " or ".join(tests) or "false"


def _count(connection: "DuckDBPyConnection", table: str) -> int:
    return connection.execute(f"select count(*) from {table}").fetchall()[0][0]
