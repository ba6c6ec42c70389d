"""Every cell of a table stands in its one spelling and type: plain ones at once, only the others are tidied.

Nearly every cell is plain text or reads as its type as it is (`quick.py`). Tidying costs many times more, in time for
each row and, for a form of many questions, in statements to be prepared: it is asked for in the columns and rows that
need it, and what it makes takes its place among the others.
"""

import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from flows.contracts.model import Contract
from flows.intake.ahead import in_turn
from flows.intake.match import NOTHING, Feed, Layout
from flows.intake.normalise import has_mojibake, literal, trimmed
from flows.intake.quick import Quick, Texts, quick_text, quick_typed, without
from flows.intake.raw import GROUP_ROWS, RawTable, is_among
from flows.intake.spelling import is_folded, is_mended, is_parsed, is_typed, letters_of, signs_of, worded
from flows.intake.values import quick_value, typed_value, words

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    Columns = dict[str, pa.Array]

NAME = "full_name"  # of a person; the vault keeps its keyed hash, so that the same person under two numbers is seen
BLANK_SIGNS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
PLAIN_RAW = re.compile(r"c\d+")
MOJIBAKE = "_is_mojibake"
OPTIONS: dict[str, Any] = {
    "compression": "none",  # read four times and gone: packing costs more than it saves
    "dictionary_pagesize_limit": 16 << 10,  # a dictionary that grows beyond it costs more than it saves
    "row_group_size": GROUP_ROWS // 4,  # the judges take one at a time: whole groups leave a thread idle at the end
    "store_schema": False,
    "write_statistics": False,
}


@dataclass(frozen=True)
class Cells:
    """How the cells of one table are made, and where they go: parquet costs half of what a table does."""

    table: RawTable
    layout: Layout
    contract: Contract
    folder: Path

    @property
    def missing(self) -> tuple[str, ...]:
        """Texts that stand for nothing."""
        return ("", *self.contract.file.missing)

    def path(self, number: int) -> Path:
        """Return the file of one group of rows."""
        return self.folder / f"cells_{self.layout.table}.{number}.parquet"

    @cached_property
    def constants(self) -> dict[str, str]:
        """What is said of a cell only where it was tidied, and what is said of all others, as SQL."""
        said = {MOJIBAKE: "false"}
        for feed in self.layout.feeds:
            name = feed.column.name
            if is_seen(feed, self.contract):
                said |= {f"{name}__unread": "null::varchar"} if is_typed(feed) else {}
                said |= dict.fromkeys(_names(_flags(name)), "false") if is_mended(feed) and not is_typed(feed) else {}
        return said


def write_cells(connection: "DuckDBPyConnection", cells: Cells) -> tuple[Path, ...]:
    """Create the view `cells_<table>`: every row as it reads, tidied where it does not at once; return its files.

    Each group of rows has a file, made and written beside the next one. It stores what is said of tidied cells alone
    only of columns that have some; the view says the rest as constants.
    """
    import pyarrow as pa

    excluded = connection.execute(f"select _row from excluded_{cells.layout.table}").fetchall()
    left_out = np.sort(np.array([row for (row,) in excluded], np.int64))

    def write(numbered: tuple[int, pa.RecordBatch]) -> list[str]:
        number, rows = numbered
        data = rows.filter(pa.array(~is_among(rows["_row"].to_numpy(), left_out))) if excluded else rows
        return _write(_made(connection, data, cells), cells.path(number))

    made = list(in_turn(write, enumerate(cells.table.groups())))
    stored = dict.fromkeys(name for names in made for name in names)
    shown = [name for name in stored if name not in cells.constants]
    shown += [_said(name, value, is_stored=name in stored) for name, value in cells.constants.items()]
    files = tuple(map(cells.path, range(len(made))))
    paths = ", ".join(literal(file.as_posix()) for file in files)
    source = f"read_parquet([{paths}], union_by_name = {len(made) > 1})"
    connection.execute(f"create view cells_{cells.layout.table} as select {', '.join(shown)} from {source}")
    return files


def _said(name: str, value: str, *, is_stored: bool) -> str:
    """Return SQL of what is said of tidied cells, in files of which some or none store it."""
    return f"coalesce({name}, {value}) as {name}" if is_stored else f"{value} as {name}"


def _write(columns: "Columns", path: Path) -> list[str]:
    """Write columns to a file of their owner's alone; return their names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, **OPTIONS)
    path.chmod(0o600)
    return list(columns)


def _made(connection: "DuckDBPyConnection", rows: "pa.RecordBatch", cells: Cells) -> "Columns":
    """Return the columns of some rows: what reads at once, and in its place what had to be tidied."""
    import pyarrow as pa

    feeds = cells.layout.feeds
    with connection.cursor() as cursor:
        raw = _raw(cursor, rows, feeds)
        quick = _quick(cursor, raw, cells)
        made = {"_row": rows["_row"], "_line": rows["_line"]}
        for feed in feeds:
            made |= _plain_cells(feed, quick[feed.column.name], cells)
        made |= _worded(cursor, made, cells)
        untidy = [feed for feed in feeds if quick[feed.column.name].is_open.any()]
        if not untidy:
            return made
        chosen = np.logical_or.reduce([quick[feed.column.name].is_open for feed in untidy])
        texts = {f"{feed.column.name}__raw": raw[feed.column.name].filter(pa.array(chosen)) for feed in untidy}
        tidied = _asked(cursor, texts, rest_query(cells, untidy))
    return made | {name: _replaced(made.get(name), chosen, column) for name, column in tidied.items()}


def _replaced(column: "pa.Array | None", chosen: "np.ndarray", tidied: "pa.Array") -> "pa.Array":
    """Return a column with what was tidied in its place; nothing is said of other cells where there is no column."""
    import pyarrow as pa

    compute = cast("Any", importlib.import_module("pyarrow.compute"))  # made at import: unknown to type checkers
    column = pa.nulls(len(chosen), tidied.type) if column is None else column
    return compute.replace_with_mask(column, pa.array(chosen), tidied.cast(column.type))


def _asked(cursor: "DuckDBPyConnection", given: "Columns", query: str) -> "Columns":
    """Return the columns of a query of `given`, in its order; the engine keeps to it, and is held to it."""
    import pyarrow as pa

    places = np.arange(len(next(iter(given.values()))))
    cursor.register("given", pa.table(given | {"_place": places}))
    found = cursor.sql(query).to_arrow_table().combine_chunks()
    cursor.unregister("given")
    order = found["_place"].to_numpy()
    if not (order == places).all():
        found = found.take(np.argsort(order))
    names = (name for name in found.column_names if name != "_place")
    return {name: pa.concat_arrays(found[name].chunks or [pa.array([], found[name].type)]) for name in names}


def _raw(cursor: "DuckDBPyConnection", rows: "pa.RecordBatch", feeds: Iterable[Feed]) -> "Columns":
    """Return the raw text of each column; what is more than a cell as received is SQL."""
    import pyarrow as pa

    made, asked = {}, {}
    for feed in feeds:
        if feed.raw == NOTHING:
            made[feed.column.name] = pa.nulls(rows.num_rows, pa.string())
        elif PLAIN_RAW.fullmatch(feed.raw):
            made[feed.column.name] = rows[feed.raw]
        else:
            asked[feed.column.name] = feed.raw
    if asked:
        columns = dict(zip(rows.schema.names, rows.columns, strict=True))
        made |= _asked(cursor, columns, f"select _place, {_named(asked)} from given")
    return made


def _quick(cursor: "DuckDBPyConnection", raw: "Columns", cells: Cells) -> dict[str, Quick]:
    """Return the cells of each column that read at once; where its form is a rare one, by SQL."""
    made, asked = {}, {}
    for feed in cells.layout.feeds:
        quick = _at_once(feed, Texts(raw[feed.column.name]), cells)
        if quick is None:
            asked[feed.column.name] = _by_engine(feed, cells.contract)
        else:
            made[feed.column.name] = quick
    if asked:
        given = {f"{name}__raw": raw[name] for name in asked}
        for name, value in _asked(cursor, given, f"select _place, {_named(asked)} from given").items():
            made[name] = Quick(value, Texts(raw[name]).is_given & value.is_null().to_numpy(zero_copy_only=False))
    return {name: without(quick, _is_missing(raw[name], cells)) for name, quick in made.items()}


def _at_once(feed: Feed, texts: Texts, cells: Cells) -> Quick | None:
    """Return a column with its cells that read at once; None where the engine is to be asked."""
    if not is_typed(feed):
        return quick_text(texts, is_word=not is_folded(feed, cells.layout))
    if feed.column.name in cells.contract.values:
        return None
    return quick_typed(texts, feed.column, cells.contract.file)


def _by_engine(feed: Feed, contract: Contract) -> str:
    """Return SQL of the value of a raw text that reads at once, null for others; none in own words."""
    raw, missing = f"{feed.column.name}__raw", contract.file.missing
    value = quick_value(feed.column, raw, contract.file)
    if feed.column.name in contract.values or value == "null":
        return f"case when false then {typed_value(feed.column, raw, contract.file)} end"
    bare = f"trim({raw}, {BLANK_SIGNS})"  # as dates are read with blanks around them
    return f"case when {bare} not in {words(missing)} then {value} end" if missing else value


def _is_missing(raw: "pa.Array", cells: Cells) -> "np.ndarray":
    """Return which texts stand for nothing."""
    import pyarrow as pa

    texts = Texts(raw)
    if not cells.contract.file.missing:
        return (texts.lengths == 0) & texts.is_given
    compute = cast("Any", importlib.import_module("pyarrow.compute"))
    return compute.is_in(raw, pa.array(cells.missing)).to_numpy(zero_copy_only=False)


def _plain_cells(feed: Feed, quick: Quick, cells: Cells) -> "Columns":
    """Return what is stored of a column; of one in the sender's own words, its text alone."""
    import pyarrow as pa

    name = feed.column.name
    if not is_seen(feed, cells.contract):
        compute = cast("Any", importlib.import_module("pyarrow.compute"))
        return {f"{name}__is_given": compute.if_else(quick.value.is_valid(), True, pa.scalar(None, pa.bool_()))}  # noqa: FBT003 - its signature
    return {name if is_typed(feed) else f"{name}__text": quick.value}


def _worded(cursor: "DuckDBPyConnection", made: "Columns", cells: Cells) -> "Columns":
    """Return the codes of columns in the sender's own words."""
    layout, contract = cells.layout, cells.contract
    feeds = [one for one in layout.feeds if is_parsed(one, contract) and not is_typed(one) and is_seen(one, contract)]
    if not feeds:
        return {}
    asked = {feed.column.name: worded(feed, layout, contract, f"{feed.column.name}__text") for feed in feeds}
    given = {f"{name}__text": made[f"{name}__text"] for name in asked}
    return _asked(cursor, given, f"select _place, {_named(asked)} from given")


def _named(asked: dict[str, str]) -> str:
    return ", ".join(f"{sql} as {name}" for name, sql in asked.items())


def rest_query(cells: Cells, untidy: list[Feed]) -> str:
    """Return the query of what is made of the raw texts of untidy columns.

    One step stands after the other, so that no step is computed twice.
    """
    layout, contract, names = cells.layout, cells.contract, [feed.column.name for feed in untidy]
    steps = {
        "trimmed": {name: trimmed(f"{name}__raw") for name in names},
        "tidy": {
            name: f"case when {name}__trimmed not in {words(cells.missing)} then {name}__trimmed end" for name in names
        },
        "letters": {feed.column.name: letters_of(feed, layout, f"{feed.column.name}__tidy") for feed in untidy},
        "text": {feed.column.name: signs_of(feed, f"{feed.column.name}__letters") for feed in untidy},
        "value": {feed.column.name: _value(feed, layout, contract) for feed in untidy if is_parsed(feed, contract)},
    }
    made = [cell for feed in untidy for cell in _cells(feed, contract)]
    delivered = [feed.column.name for feed in untidy if feed.raw != NOTHING and not feed.choice]
    wrong = " or ".join(f"coalesce({has_mojibake(f'{name}__text')}, false)" for name in delivered) or "false"
    return f"select {', '.join(['_place', *made, f'{wrong} as {MOJIBAKE}'])} from {_stepped('given', steps)}"


def is_seen(feed: Feed, contract: Contract) -> bool:
    """Return whether a rule, the lake or the review of persons looks at a column; of others nothing is kept here."""
    column, rules = feed.column, (*contract.kind.rules, *contract.rules)
    is_named = any(column.name in rule.columns for rule in rules)
    # A survey links its sheets by identifiers.
    is_free = column.privacy in ("identifier", "free_text") and not column.lake_name and not contract.codebook
    is_reviewed = column.name == NAME and any(one.type == "pinfl" for one in contract.kind.tables[0].columns)
    is_unruled = is_free and column.type == "text" and not column.required and not column.pattern
    return not is_unruled or is_named or is_reviewed


def _stepped(source: str, steps: dict[str, dict[str, str]]) -> str:
    """Return a source with the columns `<name>__<step>` of each step, made from those of the steps before it."""
    source = f"{source} as received"
    for step, columns in steps.items():
        made = "".join(f", {sql} as {name}__{step}" for name, sql in columns.items())
        source = f"(select *{made} from {source}) as {step}"
    return source


def _cells(feed: Feed, contract: Contract) -> list[str]:
    """Return what is stored of an untidy column: a typed one has its text only where that has no value."""
    name = feed.column.name
    if not is_seen(feed, contract):
        return [f"{given_of(f'{name}__text')} as {name}__is_given"]
    if is_typed(feed):
        return [f"{name}__value as {name}", f"case when {name}__value is null then {name}__text end as {name}__unread"]
    values = [f"{name}__value as {name}"] if is_parsed(feed, contract) else []
    return [f"{name}__text", *values, *(_flags(name) if is_mended(feed) else [])]


def _flags(name: str) -> list[str]:
    return [
        f"coalesce({name}__tidy <> {name}__letters, false) as {name}__folded",
        f"coalesce({name}__letters <> {name}__text, false) as {name}__apostrophes",
    ]


def _names(expressions: list[str]) -> list[str]:
    return [one.rpartition(" as ")[2] for one in expressions]


def _value(feed: Feed, layout: Layout, contract: Contract) -> str:
    text = worded(feed, layout, contract, f"{feed.column.name}__text")
    return typed_value(feed.column, text, contract.file) if is_typed(feed) else text


def given_of(text: str) -> str:
    """Return SQL that is true where a text is given, else null."""
    return f"case when {text} is not null then true end"
