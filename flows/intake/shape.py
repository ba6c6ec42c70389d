"""A raw table of text has become a typed stage table in DuckDB, cell for cell, without a row lost."""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from flows.contracts.model import Column, Contract
from flows.intake.match import Feed, Layout
from flows.intake.normalise import folded, literal, match_key, trimmed, unified_apostrophes
from flows.intake.options import by_key
from flows.intake.pinfl import create_macros
from flows.intake.raw import RawTable
from flows.intake.values import typed_value, words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLAIN = re.compile(r"c\d+|cast\(null as varchar\)|'[^']*'")  # SQL that costs nothing to say again


@dataclass(frozen=True)
class Stage:
    """A stage table: `_row`, `_line`, and for each feed `<name>__text` and `<name>`."""

    name: str
    layout: Layout
    rows: int
    excluded: int


def build_stage(connection: "DuckDBPyConnection", table: RawTable, layout: Layout, contract: Contract) -> Stage:
    """Create the view `stage_<table>` (rows to judge) and the table `excluded_<table>` (rows that are not data).

    Every feed gives `<name>__text` (one spelling; null where empty) and `<name>` (typed; null where empty or
    unreadable); columns that may be mended also give `<name>__folded` and `<name>__apostrophes`.
    """
    create_macros(connection)
    _create_functions(connection, layout)
    stage = f"stage_{layout.table}"
    excluded = f"select _row, _line from {raw_rows(table)} where {_excluded(layout, contract)}"
    connection.execute(f"create table excluded_{layout.table} as {excluded}")
    connection.execute(f"create table cells_{layout.table} as {cells_query(table, layout, contract)}")
    # Text that is its own value is stored once: the stage is a view over the cells.
    values = ", ".join(
        f"{_text(feed)} as {feed.column.name}" for feed in layout.feeds if not _is_parsed(feed, contract)
    )
    connection.execute(f"create view {stage} as select *{f', {values}' if values else ''} from cells_{layout.table}")
    rows = _count(connection, stage)
    return Stage(stage, layout, rows, _count(connection, f"excluded_{layout.table}"))


def _create_functions(connection: "DuckDBPyConnection", layout: Layout) -> None:
    """Create `qd_match_key(text)` and a function for the cells of each select-multiple question.

    They run where text differs from every agreed word, and on surveys: nowhere on all rows of a large file.
    """
    known = "select count(*) from duckdb_functions() where function_name = 'qd_match_key'"
    if not connection.execute(known).fetchall()[0][0]:
        connection.create_function("qd_match_key", match_key, ["VARCHAR"], "VARCHAR")
    for one in layout.options:
        connection.create_function(one.name, one.__call__, ["VARCHAR[]"], "VARCHAR[]")


def raw_rows(table: RawTable) -> str:
    """Return the SQL source of a raw table."""
    return f"read_parquet({literal(table.path.as_posix())})"


def cells_query(table: RawTable, layout: Layout, contract: Contract) -> str:
    """Return the query that makes the cells, one step after the other, so that no step is computed twice."""
    names = [feed.column.name for feed in layout.feeds]
    mended = [feed.column.name for feed in layout.feeds if is_mended(feed)]
    empty = words(("", *contract.file.missing))
    made = {feed.column.name: feed.raw for feed in layout.feeds if not PLAIN.fullmatch(feed.raw)}
    raw = {feed.column.name: feed.raw for feed in layout.feeds} | {name: f"{name}__raw" for name in made}
    steps = {"raw": made} if made else {}
    steps |= {
        "trimmed": {name: trimmed(raw[name]) for name in names},
        "tidy": {name: f"case when {name}__trimmed not in {empty} then {name}__trimmed end" for name in names},
        "letters": {feed.column.name: _letters(feed, layout, f"{feed.column.name}__tidy") for feed in layout.feeds},
        "text": {feed.column.name: _signs(feed, f"{feed.column.name}__letters") for feed in layout.feeds},
    }
    flags = [f"coalesce({name}__tidy <> {name}__letters, false) as {name}__folded" for name in mended]
    flags += [f"coalesce({name}__letters <> {name}__text, false) as {name}__apostrophes" for name in mended]
    typed = [
        f"{typed_value(feed.column, worded(feed, layout, contract), contract.file)} as {feed.column.name}"
        for feed in layout.feeds
        if _is_parsed(feed, contract)
    ]
    keep = f" where _row not in (select _row from excluded_{layout.table})" if contract.file.exclude else ""
    source = f"(select * from {raw_rows(table)}{keep}) as received"
    for step, columns in steps.items():
        added = ", ".join(f"{sql} as {name}__{step}" for name, sql in columns.items())
        source = f"(select *, {added} from {source}) as {step}"
    texts = [f"{name}__text" for name in names]
    return f"select _row, _line, {', '.join([*texts, *flags, *typed])} from {source}"


def is_mended(feed: Feed) -> bool:
    """Return whether look-alikes and apostrophes of a column are mended: codes, and ids and texts that are landed."""
    return feed.column.type in ("code", "text") and feed.column.privacy in ("none", "person")


def _excluded(layout: Layout, contract: Contract) -> str:
    raw = {feed.column.name: feed.raw for feed in layout.feeds}
    tests = [
        f"regexp_matches({trimmed(raw[name])}, {literal(pattern)})"
        for name, pattern in contract.file.exclude
        if name in raw
    ]
    return " or ".join(tests) or "false"


def _letters(feed: Feed, layout: Layout, tidy: str) -> str:
    """Return SQL of text without look-alikes of another script, in columns of codes and ids."""
    is_id = feed.column.type == "text" and _is_id(feed.column, layout)
    return folded(tidy, is_id=is_id) if is_mended(feed) and (feed.column.type == "code" or is_id) else tidy


def _signs(feed: Feed, letters: str) -> str:
    return unified_apostrophes(letters) if is_mended(feed) else letters


def _text(feed: Feed) -> str:
    return f"{feed.column.name}__text"


def _is_parsed(feed: Feed, contract: Contract) -> bool:
    """Return whether a value differs from its text: it has a type, or the sender has own words for codes."""
    return feed.column.type not in ("text", "code") or feed.column.name in contract.values


def _is_id(column: Column, layout: Layout) -> bool:
    return bool(column.pattern or column.references or column.name in layout.key)


def worded(feed: Feed, layout: Layout, contract: Contract) -> str:
    """Return SQL of the text after the sender's words have become canonical codes."""
    text, codes = _text(feed), contract.values.get(feed.column.name, {})
    if not codes:
        return text
    spelled = canonical_words(tuple(codes), feed, layout)
    cases = [f"when {literal(word)} then {literal(code)}" for word, code in zip(spelled, codes.values(), strict=True)]
    return f"case {text} {' '.join(cases)} else {_alike(text, feed, codes, contract)} end"


def _alike(text: str, feed: Feed, codes: dict[str, str], contract: Contract) -> str:
    """Return SQL of the code of a word that differs from the contract's in script, case or signs alone, else the text.

    Where a tool writes labels, what is no label is a text of the respondent's own, if the contract names an option
    for it.
    """
    listed = () if isinstance(feed.column.codes, str) else feed.column.codes
    known = words(tuple(dict.fromkeys((*codes.values(), *listed))))
    cases = " ".join(f"when {literal(key)} then {literal(code)}" for key, code in by_key(codes).items())
    style = contract.answers
    is_own = feed.item is not None and style.cells == "labels" and style.other in listed
    rest = literal(style.other) if is_own else text
    alike = f"case qd_match_key({text}) {cases} else {rest} end" if cases else rest
    return f"case when {text} is null or {text} in {known} then {text} else {alike} end"


def canonical_words(texts: tuple[str, ...], feed: Feed, layout: Layout) -> tuple[str, ...]:
    """Return words of the contract, spelled exactly as cells of the column are."""
    return _spelled(texts, _signs(feed, _letters(feed, layout, trimmed("word"))))


@cache
def _spelled(texts: tuple[str, ...], expression: str) -> tuple[str, ...]:
    import duckdb

    with duckdb.connect() as connection:
        query = (
            f"select {expression} from (select unnest(?::varchar[]) as word, unnest(range(?)) as place) order by place"
        )
        return tuple(word for (word,) in connection.execute(query, [list(texts), len(texts)]).fetchall())


def _count(connection: "DuckDBPyConnection", table: str) -> int:
    return connection.execute(f"select count(*) from {table}").fetchall()[0][0]
