"""Registers of corrections, partial deliveries and control totals name what they may, and nobody's number or key."""

import json
import re
from collections.abc import Iterator

import duckdb

from flows.contracts.folders import Folders
from flows.contracts.load import allowed_codes
from flows.contracts.marked import Document, wrong
from flows.contracts.model import Column, Contract, Contracts, Correction
from flows.errors import Finding
from flows.intake.normalise import literal
from flows.intake.values import SQL_TYPES

# Personal numbers have 14 digits, with or without blanks and hyphens between; pseudonyms are `h1_` and 26 signs.
SOMEBODY = re.compile(r"(?:\d[ \u00a0_-]?){13}\d|h\d_[a-z2-7]{8,}", re.IGNORECASE)
# An expression looks at its own row: no other row, table or file, and no column that it does not name.
BEYOND_THE_ROW = re.compile(r'"class":"(?:SUBQUERY|STAR|WINDOW|PARAMETER)"')
NUMBERS = ("integer", "decimal")


def register_faults(connection: duckdb.DuckDBPyConnection, contracts: Contracts, folders: Folders) -> Iterator[Finding]:
    """Return faults of the registers of corrections; no text of a fault repeats what may be a personal number."""
    for source, corrections in contracts.corrections.items():
        document = folders.corrections[source]
        contract = contracts.sources.get(source)
        if contract is None:
            yield wrong(document.path, document.line("source"), f"There is no source `{source}`.", "a source")
            continue
        seen: set[str] = set()
        for index, correction in enumerate(corrections):
            if correction.id in seen:
                line = document.line("corrections", index, "id")
                yield wrong(document.path, line, f"`{correction.id}` stands twice.", "each id once")
            seen.add(correction.id)
            yield from _correction_faults(connection, contract, contracts, correction, _Entry(document, index))


class _Entry:
    """An entry of a register, to name its lines."""

    def __init__(self, document: Document, index: int) -> None:
        self.document, self.index = document, index

    def wrong(self, text: str, expected: str, *steps: str) -> Finding:
        return wrong(self.document.path, self.document.line("corrections", self.index, *steps), text, expected)


def _correction_faults(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    contracts: Contracts,
    correction: Correction,
    entry: _Entry,
) -> Iterator[Finding]:
    named = list(_somebody(correction, entry))
    if named:
        yield from named
        return
    if correction.until is not None and correction.until <= correction.date:
        yield entry.wrong("`until` is not after `date`.", "a later day", "until")
    columns = addressable(contract)
    for name in ("where", "expect"):
        yield from _expression_faults(connection, getattr(correction, name), name, columns, entry)
    for name in correction.values:
        yield from _value_faults(connection, name, correction, columns, contracts=contracts, entry=entry)


def addressable(contract: Contract) -> dict[str, Column]:
    """Return the lake columns of the main table that a register may name: those that are nobody's key or birth."""
    return {one.lake_name: one for one in contract.kind.tables[0].columns if one.lake_name and one.privacy == "none"}


def _somebody(correction: Correction, entry: _Entry) -> Iterator[Finding]:
    """Yield a fault for each part that holds a personal number or a pseudonym."""
    plain = {name: getattr(correction, name) for name in ("where", "expect", "reason", "who")}
    texts: dict[tuple[str, ...], str] = {(name,): text for name, text in plain.items()}
    texts |= {("set", name): str(value) for name, value in correction.values.items()}
    for steps, text in texts.items():
        if SOMEBODY.search(text):
            where = ".".join(steps)
            yield entry.wrong(
                f"`{where}` holds a personal number or a pseudonym.", "rows named by deliveries and rows", *steps
            )


def _expression_faults(
    connection: duckdb.DuckDBPyConnection, sql: str, name: str, columns: dict[str, Column], entry: _Entry
) -> Iterator[Finding]:
    """Try an expression by itself on an empty table of the columns that it may name."""
    expected = f"a test of one row; columns: {', '.join(sorted(columns))}"
    nulls = ", ".join(f"cast(null as {SQL_TYPES[column.type]}) as {lake}" for lake, column in columns.items())
    try:
        ((tree,),) = connection.execute("select json_serialize_sql(?)", [f"select {sql}"]).fetchall()
        if json.loads(tree)["error"] or BEYOND_THE_ROW.search(tree):
            yield entry.wrong(f"`{name}` is no test of one row by itself.", expected, name)
            return
        connection.execute(f"select cast(({sql}) as boolean) from (select {nulls}) where false").fetchall()
    except duckdb.Error as error:
        yield entry.wrong(f"`{name}` cannot be run: {str(error).splitlines()[0]}", expected, name)


def _value_faults(  # noqa: PLR0913 - what a value is checked by
    connection: duckdb.DuckDBPyConnection,
    name: str,
    correction: Correction,
    columns: dict[str, Column],
    *,
    contracts: Contracts,
    entry: _Entry,
) -> Iterator[Finding]:
    column = columns.get(name)
    if column is None:
        yield entry.wrong(f"`{name}` cannot be set.", f"one of: {', '.join(sorted(columns))}", "set", name)
        return
    value = correction.values[name]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    codes = allowed_codes(column, contracts.codes) if column.type == "code" else ()
    if codes and text not in codes:
        yield entry.wrong(f"`{text}` is not a code of `{name}`.", f"one of: {', '.join(codes)}", "set", name)
    sql = f"select try_cast({literal(text)} as {SQL_TYPES[column.type]}) is null"
    ((is_wrong,),) = connection.execute(sql).fetchall()
    if is_wrong:
        yield entry.wrong(f"`{text}` is not of the type {column.type}.", f"a value of type {column.type}", "set", name)


def slice_faults(contract: Contract, document: Document) -> Iterator[Finding]:
    """Return why partial deliveries could not be told apart by `slice_column`."""
    if not contract.slice_column:
        return
    texts = sorted(name for name, one in addressable(contract).items() if SQL_TYPES[one.type] == "VARCHAR")
    line = document.line("slice_column")
    if contract.slice_column not in texts:
        text = f"`{contract.slice_column}` cannot name a part of the source."
        yield wrong(document.path, line, text, f"one of: {', '.join(texts)}")
    if "(?P<organisation>" not in contract.file.name:
        text = "With `slice_column` the file name has to say which part a delivery is."
        yield wrong(document.path, line, text, "a group (?P<organisation>...) in `file.name`")


def panel_faults(contract: Contract, document: Document) -> Iterator[Finding]:
    """Return why rows of a panel could not be made stays: they are no posts held, or no day is told."""
    if not contract.panel:
        return
    line = document.line("panel")
    if contract.kind.name != "personnel":
        text = f"Rows of the kind `{contract.kind.name}` do not tell who was there on a day."
        yield wrong(document.path, line, text, "`panel` in a source of the kind personnel, or none")
    elif not (contract.scope == "period" and "(?P<period>" in contract.file.name) and not all(
        "seen_on" in one.headers for one in contract.maps
    ):
        text = "Nothing tells of which day a row of this panel is."
        yield wrong(document.path, line, text, "a header for `seen_on`, or scope: period and a group (?P<period>...)")


def divisor_faults(contract: Contract, document: Document) -> Iterator[Finding]:
    """Return columns whose numbers could not be divided: a part of a whole number is none."""
    for column in contract.kind.tables[0].columns:
        if column.divided_by != 1 and column.type != "decimal":
            line = document.line("columns", column.name, "divided_by")
            text = f"`{column.name}` is of the type `{column.type}` and cannot be divided."
            yield wrong(document.path, line, text, "`divided_by` in a column of the type decimal")


def total_faults(contract: Contract, document: Document) -> Iterator[Finding]:
    """Return control totals of columns that a source does not have, or that would be totals of single persons."""
    agreed = contract.control_totals
    columns = {one.name: one for one in contract.kind.tables[0].columns}
    plain = sorted(name for name, one in columns.items() if one.privacy == "none")
    may = {
        "rows": [""],
        "sum": [name for name in plain if columns[name].type in NUMBERS],
        "distinct": sorted(name for name, one in columns.items() if one.privacy != "free_text"),
    }
    for one in agreed.measures if agreed else ():
        steps = ("control_totals", "measures", one.name)
        for part, name, names in ((one.how, one.column, may[one.how]), ("by", one.by, ["", *plain])):
            if name not in names:
                expected = f"one of: {', '.join(filter(None, names))}"
                text = f"`{name}` cannot be the {part} of a total."
                yield wrong(document.path, document.line(*steps, part), text, expected)
