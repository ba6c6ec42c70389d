"""All contracts are loaded, checked and linked: kinds, sources, column maps, codebooks, code lists, references."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from flows.contracts.folders import Book, Folders, read_folders
from flows.contracts.links import merge_rows
from flows.contracts.marked import Document, Sheet, read_sheet
from flows.contracts.model import (
    AnswerStyle,
    Codebook,
    Column,
    ColumnMap,
    Contract,
    Contracts,
    ControlTotals,
    Correction,
    FileStyle,
    History,
    Item,
    Kind,
    Learned,
    Measure,
    Panel,
    Rule,
    Table,
)
from flows.contracts.unmapped import own_map, respondent_choices, respondent_items
from flows.errors import QdeepError
from flows.settings import ROOT, Settings

KEY_OF_DAYS = ("person_key", "position_id", "org_unit_id", "assignment_type", "seen_on")
OF_DRAFTS = ("title", "record", "repeat", "signs", "worded", "summed")  # what a tool tells of itself, not of answers
SHORT_CODE = re.compile(r"[A-Za-z0-9]{1,5}")  # https://www.limesurvey.org/manual/Adding_answers_or_subquestions


def load_contracts(settings: Settings, root: Path = ROOT) -> Contracts:
    """Load what stands under the contract folders, with the project's kinds, code lists and references.

    Raises:
        QdeepError: E-409 with file and line of the first thing that is wrong.
    """
    from flows.contracts.check import find_faults

    folders = read_folders(settings, root)
    faults = find_faults(folders)
    if faults:
        first = faults[0]
        raise QdeepError(first.code, first.text, first.where, first.expected)
    return build_contracts(folders)


def build_contracts(folders: Folders) -> Contracts:
    """Build contracts from files whose schemas have been checked."""
    kinds = {name: build_kind(document.value) for name, document in folders.kinds.items()}
    codebooks = {key: _codebook(key, book) for key, book in folders.books.items()}
    sources = {name: _contract(name, folders, kinds, codebooks) for name in folders.sources}
    codes = {name: tuple(row["code"] for _, row in sheet.rows) for name, sheet in folders.codes.items()}
    references = {name: _reference(name, folders.seeds) for name in sorted(_referenced(sources, kinds))}
    merges = {merged: survivor for _, _, merged, survivor in merge_rows(folders)}
    corrections = {name: tuple(_corrections(one)) for name, one in sorted(folders.corrections.items())}
    return Contracts(kinds, dict(sorted(sources.items())), codebooks, codes, references, merges, corrections)


def allowed_codes(column: Column, codes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the codes of a column: its own, or those of the list that it names."""
    return codes.get(column.codes, ()) if isinstance(column.codes, str) else column.codes


def build_rule(values: dict[str, Any]) -> Rule:
    """Build a row rule from its checked values."""
    given: dict[str, Any] = dict(values)
    given["columns"] = tuple(values["columns"])
    return Rule(**given)


def build_kind(values: dict[str, Any]) -> Kind:
    """Build a kind of delivery from its checked values."""
    tables = tuple(_table(name, one) for name, one in values["tables"].items())
    rules = tuple(build_rule(rule) for rule in values.get("rules", []))
    return Kind(values["kind"], values["title"], values["grain"], tables, rules)


def _table(name: str, values: dict[str, Any]) -> Table:
    columns = tuple(Column(column, **_column_values(one)) for column, one in values["columns"].items())
    return Table(name, values["lake_table"], columns, tuple(values["key"]), values.get("derived", False))


def _column_values(values: dict[str, Any]) -> dict[str, Any]:
    codes = values.get("codes", "")
    return {**values, "codes": codes if isinstance(codes, str) else tuple(str(code) for code in codes)}


def _codebook(key: tuple[str, str], book: Book) -> Codebook:
    choices: dict[str, tuple[str, ...]] = {}
    labels: dict[str, dict[str, str]] = {}
    for _, row in sorted(book.choices.rows, key=lambda numbered: int(numbered[1].get("position") or 0)):
        choices[row["list"]] = (*choices.get(row["list"], ()), row["code"])
        named = {text: row["code"] for name, text in row.items() if name.startswith("label") and text}
        labels[row["list"]] = labels.get(row["list"], {}) | named
    sections = {row["section_id"]: row.get("relevant", "") for _, row in book.sections.rows} if book.sections else {}
    items = tuple(_item(row, sections) for _, row in book.items.rows)
    texts = {row["item_id"]: _by_language(row, "text_") for _, row in book.items.rows}
    return Codebook(*key, items, choices, labels, texts, _named(book))


def _by_language(row: dict[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): text for name, text in row.items() if name.startswith(prefix) and text}


def _named(book: Book) -> dict[str, dict[str, dict[str, str]]]:
    named: dict[str, dict[str, dict[str, str]]] = {}
    for _, row in book.choices.rows:
        for language, label in _by_language(row, "label_").items():
            named.setdefault(row["list"], {}).setdefault(language, {})[row["code"]] = label
    return named


def _item(row: dict[str, str], sections: dict[str, str]) -> Item:
    known = {one.name for one in fields(Item)}
    given: dict[str, Any] = {name: text for name, text in row.items() if name in known and text}
    for bound in ("min", "max"):
        if bound in given:
            given[bound] = float(given[bound])
    given["required"] = given.get("required", "").lower() in ("1", "true", "yes")
    conditions = (sections.get(row["column"].rpartition("/")[0], ""), row.get("relevant", ""))
    given["relevant"] = tuple(text for text in conditions if text)
    return Item(**given)


def _contract(
    name: str, folders: Folders, kinds: dict[str, Kind], codebooks: dict[tuple[str, str], Codebook]
) -> Contract:
    document = folders.sources[name]
    given: dict[str, Any] = {"pull": {"connector": "folder", "folder": name}, **document.value}
    instrument = given.pop("instrument", None)
    codebook = codebooks[instrument["id"], str(instrument["version"])] if instrument else None
    answers = answer_style(given.pop("answers", {}), folders, folders.item_maps.get(name))
    respondent = _respondent(folders, codebook) if name not in folders.maps else {}
    overrides = given.pop("columns", {})
    volume = given.get("volume", {})
    given |= {
        "kind": _of_days(_effective(kinds[given["kind"]], overrides), given.get("panel")),
        "path": document.path,
        "file": _style(given["file"]),
        "maps": _maps(folders.maps.get(name)) or own_map(_tool(answers.tool, folders), answers, respondent),
        "constants": _words(given.get("constants", {})),
        "values": _item_values(codebook, answers)
        | _respondent_values(respondent, codebook, answers)
        | {column: _words(words) for column, words in given.get("values", {}).items()},
        "overrides": overrides,
        "rules": tuple(build_rule(rule) for rule in given.get("rules", [])),
        "volume": (volume.get("min", Contract.volume[0]), volume.get("max", Contract.volume[1])),
        "codebook": codebook,
        "answers": answers,
        "history": _history(given.get("history", {})),
        "control_totals": _totals(given["control_totals"]) if "control_totals" in given else None,
        "panel": Panel(**given["panel"]) if "panel" in given else None,
    }
    return Contract(**given)


def answer_style(given: dict[str, Any], folders: Folders, sheet: Sheet | None) -> AnswerStyle:
    """Return how a source writes answers: the defaults of its tool, its own words, and its item map."""
    values: dict[str, Any] = {**_tool(given.get("tool", ""), folders), **given}
    values = {name: value for name, value in values.items() if name not in OF_DRAFTS}
    for name in ("chosen", "unchosen", "own", "drop"):
        if name in values:
            values[name] = tuple(_word(one) for one in values[name])
    columns: dict[tuple[str, str], tuple[str, ...]] = {}
    codes: dict[str, dict[str, str]] = {}
    for _, row in sheet.rows if sheet else ():
        target, choice = row.get("item_id") or row.get("list", ""), row.get("choice", "")
        if row.get("column"):
            columns[target, choice] = (*columns.get((target, choice), ()), row["column"])
        if row.get("code"):
            codes.setdefault(target, {})[row["code"]] = choice
    return AnswerStyle(**values, columns=columns, codes=codes)


def _item_values(codebook: Codebook | None, answers: AnswerStyle) -> dict[str, dict[str, str]]:
    """Return for each select-one item what the tool writes in place of codes: its own codes, or labels."""
    items = [item for item in codebook.items if item.type == "select_one"] if codebook else []
    words = {item.item_id: option_words(item, codebook, answers) for item in items if codebook}
    return {name: found for name, found in words.items() if found}


def _tool(name: str, folders: Folders) -> dict[str, Any]:
    return folders.tools[name].value if name in folders.tools else {}


def _respondent(folders: Folders, codebook: Codebook | None) -> dict[str, Item]:
    return respondent_items(folders.books[codebook.instrument, codebook.version], codebook) if codebook else {}


def _respondent_values(
    respondent: dict[str, Item], codebook: Codebook | None, answers: AnswerStyle
) -> dict[str, dict[str, str]]:
    """Return for each column of the respondent what the tool writes in place of codes."""
    if not codebook or not respondent:
        return {}
    lists = replace(codebook, choices={**respondent_choices(), **codebook.choices})
    words = {column: option_words(item, lists, answers) for column, item in respondent.items()}
    return {column: found for column, found in words.items() if found}


def option_words(item: Item, codebook: Codebook, answers: AnswerStyle) -> dict[str, str]:
    """Return what the tool writes for the options of an item -> code; nothing where it writes our codes."""
    written = answers.codes.get(item.choices, {}) | answers.codes.get(item.item_id, {})
    if answers.cells == "codes":
        return _short_words(item, codebook, answers) | written
    by_language = codebook.named.get(item.choices, {})
    chosen = [by_language.get(answers.language, {})] if answers.language else by_language.values()
    pairs = [(label, code) for labels in chosen for code, label in labels.items()]
    meanings: dict[str, set[str]] = {}
    for label, code in pairs:
        meanings.setdefault(label, set()).add(code)
    return {label: next(iter(codes)) for label, codes in meanings.items() if len(codes) == 1} | written


def _history(values: dict[str, Any]) -> History:
    given = dict(values)
    for name in ("volume", "drift", "unknown", "missing"):
        if name in given:
            usual: Learned = getattr(History, name)
            given[name] = replace(usual, **given[name])
    given["accepted"] = tuple(str(one["delivery"]) for one in given.get("accepted", ()))
    return History(**given)


def _totals(values: dict[str, Any]) -> ControlTotals:
    given: dict[str, Any] = dict(values)
    given["measures"] = tuple(_measure(name, one) for name, one in values["measures"].items())
    return ControlTotals(**given)


def _measure(name: str, values: dict[str, Any]) -> Measure:
    how: Any = next(one for one in ("rows", "sum", "distinct") if one in values)
    return Measure(name, how, "" if how == "rows" else values[how], values.get("by", ""))


def _corrections(document: Document) -> Iterator[Correction]:
    for index, one in enumerate(document.value["corrections"]):
        given = {name: value for name, value in one.items() if name not in ("set", "drop")}
        for name in ("deliveries", "rows"):
            given[name] = tuple(given.get(name, ()))
        for name in ("date", "until"):
            given[name] = _date(given.get(name))
        place = {"path": document.path, "line": document.line("corrections", index)}
        yield Correction(**given, **place, values=one.get("set", {}))


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _short_words(item: Item, codebook: Codebook, answers: AnswerStyle) -> dict[str, str]:
    """Return the codes that LimeSurvey can hold -> code, for those options of which it cannot hold the code itself."""
    if answers.option_codes != "short" or item.type != "select_one":
        return {}
    codes = enumerate(codebook.choices.get(item.choices, ()), start=1)
    return {f"A{place}": code for place, code in codes if not SHORT_CODE.fullmatch(code)}


def _effective(kind: Kind, overrides: dict[str, dict[str, Any]]) -> Kind:
    """Return the kind with the columns of its first table as this source overrides them.

    What a rule of the kind says of a column holds for its type: a source that gives it another one goes without.
    """
    if not overrides:
        return kind
    rows, *others = kind.tables
    columns = tuple(_overridden(column, overrides.get(column.name, {})) for column in rows.columns)
    retyped = {name for name, values in overrides.items() if "type" in values}
    rules = tuple(rule for rule in kind.rules if not retyped.intersection(rule.columns))
    return replace(kind, tables=(replace(rows, columns=columns), *others), rules=rules)


def _of_days(kind: Kind, panel: dict[str, Any] | None) -> Kind:
    """Return the kind for rows that tell of one day: whoever stands in a post on it, since when need not be told."""
    if not panel:
        return kind
    rows, *others = kind.tables
    columns = tuple(replace(one, required=one.required and one.name != "start_date") for one in rows.columns)
    return replace(kind, tables=(replace(rows, columns=columns, key=KEY_OF_DAYS), *others))


def _overridden(column: Column, values: dict[str, Any]) -> Column:
    """Return a column as a source has it; bounds, codes and form belong to the type and go with it."""
    if values.get("type", column.type) != column.type:
        column = replace(column, codes="", min=None, max=None, pattern="", references="")
    return replace(column, **(_column_values(values) if "codes" in values else values))


def _style(values: dict[str, Any]) -> FileStyle:
    given = {"delimiter": "\t", **values} if values["format"] == "tsv" else dict(values)
    given["exclude"] = tuple((one["column"], one["matches"]) for one in given.get("exclude", []))
    for name in ("date_formats", "timestamp_formats", "missing", "units"):
        if name in given:
            given[name] = tuple(_word(one) for one in given[name])
    return FileStyle(**given)


def _word(value: object) -> str:
    """Return a YAML scalar as a cell would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(words: dict[Any, Any]) -> dict[str, str]:
    return {_word(word): _word(code) for word, code in words.items()}


def _maps(sheet: Sheet | None) -> tuple[ColumnMap, ...]:
    rows = sheet.rows if sheet else ()
    return tuple(
        ColumnMap(int(row["version"]), {name: text for name, text in row.items() if name != "version" and text})
        for _, row in rows
    )


def _referenced(sources: dict[str, Contract], kinds: dict[str, Kind]) -> set[str]:
    effective = [*kinds.values(), *(contract.kind for contract in sources.values())]
    columns = [column for kind in effective for table in kind.tables for column in table.columns]
    return {column.references for column in columns if column.references}


def _reference(name: str, seeds: dict[str, Path]) -> frozenset[str]:
    seed, column = name.split(".")
    return frozenset(row[column] for _, row in read_sheet(seeds[seed]).rows)
