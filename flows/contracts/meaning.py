"""Contracts say what can be done: codes exist, patterns and formats compile, rules run, required columns arrive."""

import codecs
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from flows.contracts.folders import Folders
from flows.contracts.load import allowed_codes
from flows.contracts.marked import Document, wrong
from flows.contracts.model import Column, Contract, Contracts, Kind, Rule
from flows.contracts.registers import divisor_faults, panel_faults, register_faults, slice_faults, total_faults
from flows.errors import Finding
from flows.intake.counted import UNITS
from flows.intake.match import item_column
from flows.intake.pinfl import create_macros
from flows.intake.values import SQL_TYPES
from flows.pull.folder import is_expected, matched
from flows.pull.naming import Period, file_name, periods

SURVEY = "survey"  # kind of table, and the key purpose of its respondents
LISTING = ("folder", "sftp", "storage")  # connectors whose files keep the names that their senders gave
SOME_DAY = date(2026, 9, 14)  # to try the names of pulled files


def meaning_faults(contracts: Contracts, folders: Folders) -> Iterator[Finding]:
    """Return faults of built contracts; each rule is tried on an empty table."""
    with duckdb.connect() as connection:
        create_macros(connection)
        for name, kind in contracts.kinds.items():
            yield from _kind_faults(connection, kind, folders.kinds[name])
        for name, contract in contracts.sources.items():
            document = folders.sources[name]
            yield from _style_faults(connection, contract, document)
            if contract.overrides:
                yield from _purpose_faults(contract.kind, document, ("columns",))
            yield from _pull_faults(contract, document)
            yield from _code_faults(contract, contracts, document)
            yield from _delivery_faults(contract, folders)
            yield from _source_rule_faults(connection, contract, document)
            yield from slice_faults(contract, document)
            yield from panel_faults(contract, document)
            yield from divisor_faults(contract, document)
            yield from total_faults(contract, document)
        yield from register_faults(connection, contracts, folders)


def _kind_faults(connection: duckdb.DuckDBPyConnection, kind: Kind, document: Document) -> Iterator[Finding]:
    for table in kind.tables:
        steps = ("tables", table.name)
        for column in table.columns:
            yield from _pattern_faults(
                connection, column.pattern, document, (*steps, "columns", column.name, "pattern")
            )
        lake_names = {column.lake_name for column in table.columns}
        for name in table.key:
            if name not in lake_names:
                yield wrong(document.path, document.line(*steps, "key"), f"The key names `{name}`, no lake column.")
    yield from _purpose_faults(kind, document, ("tables", kind.tables[0].name, "columns"))
    columns = kind.tables[0].columns
    for index, rule in enumerate(kind.rules):
        yield from _rule_faults(connection, rule, columns, document, index)


def _purpose_faults(kind: Kind, document: Document, steps: tuple[str, ...]) -> Iterator[Finding]:
    """Return columns by which respondents of a survey could be linked to persons of other files."""
    is_survey = kind.name == SURVEY
    for column in kind.tables[0].columns:
        line = document.line(*steps, column.name)
        if is_survey and (column.type == "pinfl" or column.lake_name == "person_key"):
            text = f"A survey must not ask for `{column.lake_name or column.name}`: who answers is no known person."
            yield wrong(document.path, line, text, "no personal number in a survey")
        elif column.privacy == "person" and is_survey != (column.purpose == SURVEY):
            text = (
                f"`{column.name}` has the key purpose `{column.purpose}`, by which surveys and other files could meet."
            )
            yield wrong(document.path, line, text, "purpose: survey in surveys, and only there")


def _source_rule_faults(
    connection: duckdb.DuckDBPyConnection, contract: Contract, document: Document
) -> Iterator[Finding]:
    columns = (*contract.kind.tables[0].columns, *_item_columns(contract))
    names = [column.name for column in columns]
    taken = sorted({name for name in names if names.count(name) > 1})
    if taken:
        text = f"The codebook has items named like columns of the kind: {', '.join(taken)}."
        yield wrong(document.path, document.line("instrument"), text)
        return
    for index, rule in enumerate(contract.rules):
        yield from _rule_faults(connection, rule, columns, document, index)
    for name, values in contract.overrides.items():
        pattern = str(values.get("pattern", ""))
        yield from _pattern_faults(connection, pattern, document, ("columns", name, "pattern"))


def _item_columns(contract: Contract, *, with_repeats: bool = False) -> list[Column]:
    book = contract.codebook
    items = [item for item in book.items if with_repeats or item.repeat == "none"] if book else []
    return [item_column(item, book.choices.get(item.choices, ())) for item in items] if book else []


def _rule_faults(
    connection: duckdb.DuckDBPyConnection, rule: Rule, columns: tuple[Column, ...], document: Document, index: int
) -> Iterator[Finding]:
    """Try a rule on an empty table that has the columns that the rule names, and no others."""
    types = {column.name: SQL_TYPES[column.type] for column in columns}
    line = document.line("rules", index)
    unknown = [name for name in rule.columns if name not in types]
    if unknown:
        text = f"The rule `{rule.id}` names unknown columns: {', '.join(unknown)}."
        yield wrong(document.path, line, text, f"columns of the kind: {', '.join(sorted(types))}")
        return
    nulls = ", ".join(f"cast(null as {types[name]}) as {name}" for name in rule.columns)
    try:
        connection.execute(f"select * from (select {nulls}) as one where not ({rule.check})").fetchall()
    except duckdb.Error as error:
        text = f"The check of the rule `{rule.id}` cannot be run: {str(error).splitlines()[0]}"
        yield wrong(document.path, document.line("rules", index, "check"), text)


def _pattern_faults(
    connection: duckdb.DuckDBPyConnection, pattern: str, document: Document, steps: tuple[str | int, ...]
) -> Iterator[Finding]:
    if not pattern:
        return
    try:
        connection.execute("select regexp_full_match('', ?)", [pattern])
    except duckdb.Error:
        yield wrong(document.path, document.line(*steps), "The pattern is not a regular expression (RE2).")


def _style_faults(connection: duckdb.DuckDBPyConnection, contract: Contract, document: Document) -> Iterator[Finding]:
    style = contract.file
    tries: dict[str, Any] = {
        "name": lambda: re.compile(style.name),
        "encoding": lambda: codecs.lookup(style.encoding),
        "timezone": lambda: ZoneInfo(style.timezone),
    }
    for name, attempt in tries.items():
        try:
            attempt()
        except (re.error, LookupError, ValueError, OSError):
            yield wrong(
                document.path, document.line("file", name), f"`file.{name}` cannot be used: `{getattr(style, name)}`."
            )
    for index, (_, pattern) in enumerate(style.exclude):
        yield from _pattern_faults(connection, pattern, document, ("file", "exclude", index, "matches"))
    for name in ("date_formats", "timestamp_formats"):
        for index, one in enumerate(getattr(style, name)):
            yield from _format_faults(connection, one, document, ("file", name, index))


def _format_faults(
    connection: duckdb.DuckDBPyConnection, one: str, document: Document, steps: tuple[str | int, ...]
) -> Iterator[Finding]:
    if one in UNITS:
        return
    try:
        connection.execute("select try_strptime('', ?)", [one])
        is_format = "%" in one
    except duckdb.Error:
        is_format = False
    if not is_format:
        expected = f"for example %d.%m.%Y, or one of {', '.join(UNITS)}"
        yield wrong(document.path, document.line(*steps), f"`{one}` is not a format of a date.", expected)


def _pull_faults(contract: Contract, document: Document) -> Iterator[Finding]:
    """Return faults between what is pulled and what is then expected; see `flows.pull.naming`."""
    pull = contract.pull
    if pull.get("connector", LISTING[0]) in LISTING:
        return
    window = pull.get("window")
    period = next(periods(window["every"], "2026", SOME_DAY)) if window else Period()
    name = file_name(contract, period, SOME_DAY)
    if not is_expected(name, contract):
        text = f"A pulled file would be named like `{name}`, which `file.name` does not expect."
        yield wrong(document.path, document.line("pull", "name"), text, f"`pull.name` for {contract.file.name}")
    if window:
        yield from _window_faults(contract, document, name)


def _window_faults(contract: Contract, document: Document, name: str) -> Iterator[Finding]:
    """Return why pulling period by period could lose or double rows."""
    line = document.line("pull", "window")
    match = matched(name, contract)
    if match and not match.groupdict().get("period"):
        text = "With `pull.window` each file is one period, and its name has to say which."
        yield wrong(document.path, line, text, "a group (?P<period>...) in `file.name`, {period} in `pull.name`")
    if contract.scope != "period":
        text = "With `pull.window` a file holds one period; it must not replace the others."
        yield wrong(document.path, line, text, "scope: period")
    needed = {"postgresql": ("query", (":start", ":end")), "https": ("url", ("{period}",))}
    key, marks = needed.get(contract.pull["connector"], ("", ()))
    missing = [mark for mark in marks if mark not in contract.pull[key]]
    if missing:
        text = f"With `pull.window` the {key} has to name the period; it lacks {' and '.join(missing)}."
        yield wrong(document.path, document.line("pull", key), text)


def _code_faults(contract: Contract, contracts: Contracts, document: Document) -> Iterator[Finding]:
    """Return faults of values and constants that lead to a code outside the list of their column."""
    rows = {column.name: column for column in contract.kind.tables[0].columns}
    columns = rows | {column.name: column for column in _item_columns(contract, with_repeats=True)}
    for name, words in contract.values.items():
        codes = allowed_codes(columns[name], contracts.codes)
        for word, code in words.items():
            if codes and code not in codes:
                text = f"`{code}` is not a code of `{name}`."
                yield wrong(document.path, document.line("values", name, word), text, f"one of: {', '.join(codes)}")
    for name, code in contract.constants.items():
        codes = allowed_codes(columns[name], contracts.codes)
        if codes and code not in codes:
            text = f"`{code}` is not a code of `{name}`."
            yield wrong(document.path, document.line("constants", name), text, f"one of: {', '.join(codes)}")


def _delivery_faults(contract: Contract, folders: Folders) -> Iterator[Finding]:
    """Return versions of the column map that could never deliver a required column."""
    if contract.source not in folders.maps:
        return
    sheet = folders.maps[contract.source]
    required = [column.name for column in contract.kind.tables[0].columns if column.required]
    for (line, _), one in zip(sheet.rows, contract.maps, strict=True):
        missing = [name for name in required if name not in one.headers and name not in contract.constants]
        if missing:
            text = f"Version {one.version} has no header for required columns: {', '.join(missing)}."
            yield wrong(sheet.path, line, text, "a header, or a constant in the source's contract")
