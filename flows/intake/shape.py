"""A raw table of text has become a typed stage table in DuckDB, cell for cell, without a row lost."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flows.contracts.model import Column, Contract
from flows.intake.match import NOTHING, Feed, Layout
from flows.intake.normalise import (
    create_match_key,
    folded,
    has_mojibake,
    is_plain,
    literal,
    trimmed,
    unified_apostrophes,
)
from flows.intake.options import by_key
from flows.intake.pinfl import create_macros
from flows.intake.raw import RawTable
from flows.intake.values import SQL_TYPES, quick_value, typed_value, words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DICTIONARY = 1000  # distinct values of a column above which a dictionary costs more than it saves
BLANK_SIGNS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"


@dataclass(frozen=True)
class Stage:
    """A stage table: `_row`, `_line`, and for each feed `<name>__text` and `<name>`."""

    name: str
    layout: Layout
    rows: int
    excluded: int


def build_stage(connection: "DuckDBPyConnection", table: RawTable, layout: Layout, contract: Contract) -> Stage:
    """Create the view `stage_<table>` (rows to judge) and the table `excluded_<table>` (rows that are not data).

    Every feed gives `<name>__is_given` (true; null where empty). One that a rule or the lake looks at also gives
    `<name>__text` (one spelling; null where empty) and `<name>` (typed; null where empty or unreadable); columns that
    may be mended give `<name>__folded` and `<name>__apostrophes`, typed ones `<name>__unread` (text without a value).
    """
    create_macros(connection)
    _create_functions(connection, layout)
    stage = f"stage_{layout.table}"
    excluded = f"select _row, _line from {table.source} where {_excluded(layout, contract)}"
    connection.execute(f"create table excluded_{layout.table} as {excluded}")
    _write_cells(connection, table, layout, contract)
    views = ", ".join(["*", *(view for feed in layout.feeds for view in _views(feed, contract))])
    connection.execute(f"create view {stage} as select {views} from cells_{layout.table}")
    rows = _count(connection, stage)
    return Stage(stage, layout, rows, _count(connection, f"excluded_{layout.table}"))


def _create_functions(connection: "DuckDBPyConnection", layout: Layout) -> None:
    """Create `qd_match_key(text)` and a function for the cells of each select-multiple question.

    They run where text differs from every agreed word, and on surveys: nowhere on all rows of a large file.
    """
    create_match_key(connection)
    for one in layout.options:
        connection.create_function(one.name, one.__call__, ["VARCHAR[]"], "VARCHAR[]")


def _write_cells(connection: "DuckDBPyConnection", table: RawTable, layout: Layout, contract: Contract) -> None:
    """Create the view `cells_<table>` over a parquet file beside the database: it costs half of what a table does."""
    ((database,),) = connection.execute("select path from duckdb_databases() where not internal").fetchall()
    target = Path(database or table.path).with_name(f"cells_{layout.table}.parquet")
    options = f"format parquet, compression lz4, dictionary_size_limit {DICTIONARY}"
    query = cells_query(table, layout, contract)
    connection.execute(f"copy ({query}) to {literal(target.as_posix())} ({options})")
    target.chmod(0o600)
    cells = f"select * from read_parquet({literal(target.as_posix())})"
    connection.execute(f"create view cells_{layout.table} as {cells}")


def cells_query(table: RawTable, layout: Layout, contract: Contract) -> str:
    """Return the query that makes the cells, one step after the other, so that no step is computed twice.

    Nearly every cell is plain text or reads as its type at once; only the rest is tidied, which costs far more.
    """
    typed, texts = [one for one in layout.feeds if is_typed(one)], [one for one in layout.feeds if not is_typed(one)]
    empty = words(("", *contract.file.missing))
    names = [feed.column.name for feed in layout.feeds]
    steps = {
        "raw": {feed.column.name: feed.raw for feed in layout.feeds},
        "quick": {feed.column.name: _quick(feed, contract) for feed in typed}
        | {feed.column.name: is_plain(f"{feed.column.name}__raw") for feed in texts},
        "rest": {feed.column.name: _rest(feed) for feed in layout.feeds},
        "trimmed": {name: _where_any(f"{name}__rest", trimmed(f"{name}__rest")) for name in names},
        "tidy": {name: f"case when {name}__trimmed not in {empty} then {name}__trimmed end" for name in names},
        "letters": {feed.column.name: _letters(feed, layout, f"{feed.column.name}__tidy") for feed in layout.feeds},
        "signs": {feed.column.name: _signs(feed, f"{feed.column.name}__letters") for feed in layout.feeds},
        "text": {feed.column.name: _whole(feed, empty) for feed in texts},
        "value": {
            feed.column.name: _value(feed, layout, contract) for feed in layout.feeds if _is_parsed(feed, contract)
        },
    }
    source = f"(select * from {table.source}{_kept(layout, contract)}) as received"
    for step, columns in steps.items():
        made = "".join(f", {sql} as {name}__{step}" for name, sql in columns.items())
        source = f"(select *{made} from {source}) as {step}"
    cells = [cell for feed in layout.feeds for cell in _cells(feed, contract)]
    wrong = " or ".join(f"coalesce({has_mojibake(f'{name}__signs')}, false)" for name in _delivered(layout)) or "false"
    return f"select _row, _line, {wrong} as _is_mojibake, {', '.join(cells)} from {source}"


def texts_query(table: RawTable, layout: Layout, feed: Feed, contract: Contract) -> str:
    """Return the query of the texts of a column, as `_row` and `text` in one spelling: whoever wants them asks here.

    The stage shows a typed column in its canonical spelling and does not hold columns that nothing looks at; their
    texts come from the raw table.
    """
    if not is_typed(feed) and _is_seen(feed, contract):
        text = f"{feed.column.name}__text"
        return f"select _row, {text} as text from stage_{layout.table} where {text} is not null"
    tidy = f"(select _row, {trimmed(feed.raw)} as tidy from {table.source}{_kept(layout, contract)}) as one"
    return f"select _row, tidy as text from {tidy} where tidy not in {words(('', *contract.file.missing))}"


def is_typed(feed: Feed) -> bool:
    """Return whether a value has a type of its own, so that its text is kept only where it cannot be read."""
    return feed.column.type not in ("text", "code")


def is_mended(feed: Feed) -> bool:
    """Return whether look-alikes and apostrophes of a column are mended: codes, and ids and texts that are landed."""
    return feed.column.type in ("code", "text") and feed.column.privacy in ("none", "person")


def _kept(layout: Layout, contract: Contract) -> str:
    return f" where _row not in (select _row from excluded_{layout.table})" if contract.file.exclude else ""


def _quick(feed: Feed, contract: Contract) -> str:
    """Return SQL of the value of a raw text that reads at once; null where it has to be tidied, or is none."""
    raw, missing = f"{feed.column.name}__raw", contract.file.missing
    if feed.column.name in contract.values:
        return f"cast(null as {SQL_TYPES[feed.column.type]})"
    value = quick_value(feed.column, raw, contract.file)
    bare = f"trim({raw}, {BLANK_SIGNS})"  # as dates are read with blanks around them
    return f"case when {bare} not in {words(missing)} then {value} end" if missing else value


def _where_any(text: str, sql: str) -> str:
    """Return SQL that is computed only for the cells that have a text: few are left when most were plain."""
    return f"case when {text} is not null then {sql} end"


def _delivered(layout: Layout) -> list[str]:
    return [feed.column.name for feed in layout.feeds if feed.raw != NOTHING and not feed.choice]


def _is_seen(feed: Feed, contract: Contract) -> bool:
    """Return whether a rule or the lake looks at a column; of others, such as names, nothing is kept here."""
    column, rules = feed.column, (*contract.kind.rules, *contract.rules)
    is_named = any(column.name in rule.columns for rule in rules)
    # A survey links its sheets by identifiers.
    is_free = column.privacy in ("identifier", "free_text") and not column.lake_name and not contract.codebook
    return not (is_free and column.type == "text" and not column.required and not column.pattern) or is_named


def _rest(feed: Feed) -> str:
    name = feed.column.name
    done = f"{name}__quick is not null" if is_typed(feed) else f"{name}__quick"
    return f"case when {done} then null else {name}__raw end"


def _whole(feed: Feed, empty: str) -> str:
    """Return SQL of the text of a cell: the raw one where it is plain, else the tidied one."""
    name = feed.column.name
    plain = f"case when {name}__raw not in {empty} then {name}__raw end"
    return f"case when {name}__quick then {plain} else {name}__signs end"


def _value(feed: Feed, layout: Layout, contract: Contract) -> str:
    name = feed.column.name
    if not is_typed(feed):
        return worded(feed, layout, contract, _text(feed))
    text = worded(feed, layout, contract, f"{name}__signs")
    return f"coalesce({name}__quick, {typed_value(feed.column, text, contract.file)})"


def _cells(feed: Feed, contract: Contract) -> list[str]:
    """Return what is stored of a column: a typed one has its text only where that has no value."""
    name = feed.column.name
    if not _is_seen(feed, contract):
        return [f"{_given(f'{name}__text')} as {name}__is_given"]
    if is_typed(feed):
        return [f"{name}__value as {name}", f"case when {name}__value is null then {name}__signs end as {name}__unread"]
    values = [f"{name}__value as {name}"] if _is_parsed(feed, contract) else []
    return [f"{name}__text", *values, *(_flags(name) if is_mended(feed) else [])]


def _flags(name: str) -> list[str]:
    return [
        f"coalesce({name}__tidy <> {name}__letters, false) as {name}__folded",
        f"coalesce({name}__letters <> {name}__signs, false) as {name}__apostrophes",
    ]


def _views(feed: Feed, contract: Contract) -> list[str]:
    """Return what the stage shows of a column besides what is stored of it."""
    name = feed.column.name
    if not _is_seen(feed, contract):
        return []
    if is_typed(feed):
        text = f"coalesce({name}__unread, cast({name} as varchar))"
        return [
            f"case when {name} is not null or {name}__unread is not null then true end as {name}__is_given",
            f"{text} as {name}__text",
        ]
    given = f"{_given(f'{name}__text')} as {name}__is_given"
    return [given] if _is_parsed(feed, contract) else [given, f"{name}__text as {name}"]


def _given(text: str) -> str:
    return f"case when {text} is not null then true end"


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


def worded(feed: Feed, layout: Layout, contract: Contract, text: str) -> str:
    """Return SQL of a text after the sender's words have become canonical codes."""
    codes = contract.values.get(feed.column.name, {})
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
