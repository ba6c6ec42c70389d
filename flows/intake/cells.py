"""Every cell of a table stands in its one spelling and type: plain ones at once, only the others are tidied.

Nearly every cell is plain text or reads as its type as it is. Tidying costs many times more, in time for each row and,
for a form of many questions, in statements to be prepared: it is asked for in the columns and rows that need it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.contracts.model import Contract
from flows.intake.match import NOTHING, Feed, Layout
from flows.intake.normalise import has_mojibake, is_plain, literal, trimmed
from flows.intake.raw import RawTable
from flows.intake.spelling import is_folded, is_mended, is_parsed, is_typed, letters_of, signs_of, worded
from flows.intake.values import SQL_TYPES, quick_value, typed_value, words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DICTIONARY = 1000  # distinct values of a column above which a dictionary costs more than it saves
BLANK_SIGNS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
NAME = "full_name"  # of a person; the vault keeps its keyed hash, so that the same person under two numbers is seen
BITS = 60  # columns of which one number says whether their cell is to be tidied


@dataclass(frozen=True)
class Cells:
    """How the cells of one table are made, and where they go: parquet costs half of what a table does."""

    table: RawTable
    layout: Layout
    contract: Contract
    folder: Path

    @property
    def source(self) -> str:
        """SQL source of the raw rows that are data."""
        kept = f"_row not in (select _row from excluded_{self.layout.table})"
        return f"(select * from {self.table.source}{f' where {kept}' if self.contract.file.exclude else ''})"

    @property
    def empty(self) -> str:
        """SQL list of texts that stand for nothing."""
        return words(("", *self.contract.file.missing))

    def path(self, what: str) -> Path:
        """Return the file of plain or tidied rows."""
        return self.folder / f"{what}_{self.layout.table}.parquet"


def write_cells(connection: "DuckDBPyConnection", cells: Cells) -> None:
    """Create the view `cells_<table>`: every row as it reads at once, and again those rows that had to be tidied."""
    feeds = cells.layout.feeds
    _copy(connection, plain_query(cells), cells.path("cells"))
    plain, marks = _read(cells.path("cells")), range(-(-len(feeds) // BITS))
    any_rest = ", ".join(f"bit_or(_rest{mark})" for mark in marks)
    (found,) = connection.execute(f"select {any_rest} from {plain}").fetchall()
    untidy = [feed for place, feed in enumerate(feeds) if (found[place // BITS] or 0) >> place % BITS & 1]
    parts = [f"select {_shown(cells, [])} from {plain}"]
    if untidy:
        is_whole = " and ".join(f"_rest{mark} = 0" for mark in marks)
        _copy(connection, rest_query(cells, untidy, plain, f"not ({is_whole})"), cells.path("tidied"))
        tidied = _read(cells.path("tidied"))
        parts = [f"{parts[0]} where {is_whole}", f"select {_shown(cells, untidy)} from {tidied}"]
    connection.execute(f"create view cells_{cells.layout.table} as {' union all '.join(parts)}")


def plain_query(cells: Cells) -> str:
    """Return the query of all rows as they read at once, with the columns that do not (bits of `_rest<n>`)."""
    feeds, empty, missing = cells.layout.feeds, cells.empty, cells.contract.file.missing
    steps = {
        "raw": {feed.column.name: feed.raw for feed in feeds},
        "quick": {feed.column.name: _quick(feed, cells.layout, cells.contract) for feed in feeds},
        "text": {feed.column.name: _plain_text(feed.column.name, missing) for feed in feeds if not is_typed(feed)},
    }
    made = [cell for feed in feeds for cell in _plain_cells(feed, cells)]
    marks = [
        f"{' + '.join(_bit(feed, empty, place) for place, feed in enumerate(feeds[first : first + BITS]))} "
        f"as _rest{first // BITS}"
        for first in range(0, len(feeds), BITS)
    ]
    return f"select _row, _line, {', '.join([*marks, *made])} from {_stepped(cells.source, steps)}"


def rest_query(cells: Cells, untidy: list[Feed], plain: str, test: str) -> str:
    """Return the query of the rows of `plain` that the test chooses, with their untidy columns made from the raw text.

    One step stands after the other, so that no step is computed twice.
    """
    layout, contract, names = cells.layout, cells.contract, [feed.column.name for feed in untidy]
    steps = {
        "raw": {feed.column.name: feed.raw for feed in untidy},
        "trimmed": {name: trimmed(f"{name}__raw") for name in names},
        "tidy": {name: f"case when {name}__trimmed not in {cells.empty} then {name}__trimmed end" for name in names},
        "letters": {feed.column.name: letters_of(feed, layout, f"{feed.column.name}__tidy") for feed in untidy},
        "text": {feed.column.name: signs_of(feed, f"{feed.column.name}__letters") for feed in untidy},
        "value": {feed.column.name: _value(feed, layout, contract) for feed in untidy if is_parsed(feed, contract)},
    }
    chosen = f"(select _row from {plain} where {test})"
    source = _stepped(f"(select * from {cells.source} as one where _row in {chosen})", steps)
    others = [feed for feed in layout.feeds if feed.column.name not in names]
    clean = [name for feed in others for name in _names(_plain_cells(feed, cells))]
    made = [cell for feed in untidy for cell in _cells(feed, contract)]
    delivered = [feed.column.name for feed in untidy if feed.raw != NOTHING and not feed.choice]
    wrong = " or ".join(f"coalesce({has_mojibake(f'{name}__text')}, false)" for name in delivered) or "false"
    untidied = f"(select {', '.join(['_row', *made, f'{wrong} as _is_mojibake'])} from {source})"
    kept = ", ".join(["_row", "_line", *clean])
    return f"select * from (select {kept} from {plain} where {test}) as clean join {untidied} as untidy using (_row)"


def is_seen(feed: Feed, contract: Contract) -> bool:
    """Return whether a rule, the lake or the review of persons looks at a column; of others nothing is kept here."""
    column, rules = feed.column, (*contract.kind.rules, *contract.rules)
    is_named = any(column.name in rule.columns for rule in rules)
    # A survey links its sheets by identifiers.
    is_free = column.privacy in ("identifier", "free_text") and not column.lake_name and not contract.codebook
    is_reviewed = column.name == NAME and any(one.type == "pinfl" for one in contract.kind.tables[0].columns)
    is_unruled = is_free and column.type == "text" and not column.required and not column.pattern
    return not is_unruled or is_named or is_reviewed


def _copy(connection: "DuckDBPyConnection", query: str, target: Path) -> None:
    # In the order of the file, so that a span of rows is found in one row group.
    options = f"format parquet, compression lz4, dictionary_size_limit {DICTIONARY}, preserve_order true"
    connection.execute(f"copy ({query}) to {literal(target.as_posix())} ({options})")
    target.chmod(0o600)


def _read(path: Path) -> str:
    return f"read_parquet({literal(path.as_posix())})"


def _stepped(source: str, steps: dict[str, dict[str, str]]) -> str:
    """Return a source with the columns `<name>__<step>` of each step, made from those of the steps before it."""
    source = f"{source} as received"
    for step, columns in steps.items():
        made = "".join(f", {sql} as {name}__{step}" for name, sql in columns.items())
        source = f"(select *{made} from {source}) as {step}"
    return source


def _quick(feed: Feed, layout: Layout, contract: Contract) -> str:
    """Return SQL of the value of a raw text that reads at once, null for others; for texts, whether it is plain."""
    raw, missing = f"{feed.column.name}__raw", contract.file.missing
    if not is_typed(feed):
        return is_plain(raw, is_word=not is_folded(feed, layout))
    if feed.column.name in contract.values:
        return f"cast(null as {SQL_TYPES[feed.column.type]})"
    value = quick_value(feed.column, raw, contract.file)
    bare = f"trim({raw}, {BLANK_SIGNS})"  # as dates are read with blanks around them
    return f"case when {bare} not in {words(missing)} then {value} end" if missing else value


def _plain_text(name: str, missing: tuple[str, ...]) -> str:
    """Return SQL of a text that is plain, and so not empty, and no word that stands for nothing."""
    known = f" and {name}__raw not in {words(missing)}" if missing else ""
    return f"case when {name}__quick{known} then {name}__raw end"


def _bit(feed: Feed, empty: str, place: int) -> str:
    """Return SQL of the bit of a column, set where its cell is neither empty nor read at once."""
    name = feed.column.name
    is_open = f"{name}__quick is null" if is_typed(feed) else f"not {name}__quick"
    return f"case when {is_open} and {name}__raw not in {empty} then {1 << place} else 0 end"


def _plain_cells(feed: Feed, cells: Cells) -> list[str]:
    """Return what is stored of a column that reads at once; `_constants` says the rest of it."""
    name = feed.column.name
    if not is_seen(feed, cells.contract):
        return [f"{given_of(f'{name}__text')} as {name}__is_given"]
    if is_typed(feed):
        return [f"{name}__quick as {name}"]
    worded_value = worded(feed, cells.layout, cells.contract, f"{name}__text")
    return [f"{name}__text", *([f"{worded_value} as {name}"] if is_parsed(feed, cells.contract) else [])]


def _constants(feed: Feed, contract: Contract) -> list[str]:
    name = feed.column.name
    if not is_seen(feed, contract):
        return []
    if is_typed(feed):
        return [f"null::varchar as {name}__unread"]
    return [f"false as {name}__folded", f"false as {name}__apostrophes"] if is_mended(feed) else []


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


def _shown(cells: Cells, untidy: list[Feed]) -> str:
    """Return the columns of the view: all that is stored of a column, and of one that is plain its constants."""
    names = {feed.column.name for feed in untidy}
    shown = ["_row", "_line", "_is_mojibake" if untidy else "false as _is_mojibake"]
    for feed in cells.layout.feeds:
        if feed.column.name in names:
            shown += _names(_cells(feed, cells.contract))
        else:
            shown += [*_names(_plain_cells(feed, cells)), *_constants(feed, cells.contract)]
    return ", ".join(shown)


def _names(expressions: list[str]) -> list[str]:
    return [one.rpartition(" as ")[2] for one in expressions]


def _value(feed: Feed, layout: Layout, contract: Contract) -> str:
    text = worded(feed, layout, contract, f"{feed.column.name}__text")
    return typed_value(feed.column, text, contract.file) if is_typed(feed) else text


def given_of(text: str) -> str:
    """Return SQL that is true where a text is given, else null."""
    return f"case when {text} is not null then true end"
