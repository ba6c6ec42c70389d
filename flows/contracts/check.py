"""Every contract file has been checked against its schema and its meaning; each fault names its file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.contracts.folders import Book, Folders, read_folders
from flows.contracts.marked import Document, Sheet, wrong
from flows.contracts.schema import as_json, faults, read_schema
from flows.errors import Finding
from flows.settings import ROOT, Settings

SCHEMAS = ROOT / "expectations" / "schemas"


def check_contracts(settings: Settings, root: Path = ROOT) -> tuple[Finding, ...]:
    """Return every fault (E-409) of kinds, sources, column maps, codebooks, code lists, cards and corrections."""
    return find_faults(read_folders(settings, root))


def find_faults(folders: Folders) -> tuple[Finding, ...]:
    """Return faults in the order in which they stop the work: reading, schema, links, meaning."""
    from flows.contracts.links import link_faults
    from flows.contracts.load import build_contracts
    from flows.contracts.meaning import meaning_faults

    for look in (lambda: [*folders.findings, *_schema_faults(folders)], lambda: link_faults(folders)):
        found = tuple(look())
        if found:
            return found
    return tuple(meaning_faults(build_contracts(folders), folders))


def _schema_faults(folders: Folders) -> Iterator[Finding]:
    documents = {
        "kind": folders.kinds,
        "source": folders.sources,
        "corrections": folders.corrections,
        "tool": folders.tools,
        "scenario": folders.scenarios,
    }
    for schema, named in documents.items():
        for name, document in named.items():
            yield from _document_faults(schema, document)
            yield from _name_faults(document, "source" if schema == "corrections" else schema, name)
    for document in folders.sources.values():
        yield from _pull_faults(document)
    for sheet in folders.maps.values():
        yield from _sheet_faults("column_map", sheet)
    for sheet in folders.item_maps.values():
        yield from _sheet_faults("item_map", sheet)
    for sheet in folders.merges.values():
        yield from _sheet_faults("merge", sheet)
    for key, book in folders.books.items():
        yield from book_faults(key, book)
    for sheet in folders.cards.values():
        yield from _sheet_faults("indicator", sheet)


def book_faults(key: tuple[str, str], book: Book) -> Iterator[Finding]:
    """Return faults of the files of one codebook version against their schemas and their folder."""
    yield from _document_faults("instrument", book.instrument)
    yield from _name_faults(book.instrument, "instrument", key[0])
    yield from _name_faults(book.instrument, "version", key[1])
    yield from _sheet_faults("item", book.items)
    if book.choices.rows or not book.choices.header:
        yield from _sheet_faults("choice", book.choices)
    if book.sections:
        yield from _sheet_faults("section", book.sections)
    if book.indices:
        yield from _sheet_faults("index", book.indices)


def scenario_document_faults(document: Document) -> Iterator[Finding]:
    """Return faults of one scenario file against its schema and its name."""
    yield from _document_faults("scenario", document)
    yield from _name_faults(document, "scenario", document.path.stem)


def _pull_faults(document: Document) -> Iterator[Finding]:
    """Return faults of the `pull:` block by the schema of its connector."""
    pull = document.value.get("pull")
    name = pull.get("connector") if isinstance(pull, dict) else None
    if not isinstance(name, str):
        return
    known = sorted(path.stem for path in (SCHEMAS / "pull").glob("*.json"))
    if name in known:
        yield from _value_faults(f"pull/{name}", document, pull, ("pull",))
    else:
        text = f"There is no connector `{name}`."
        yield wrong(document.path, document.line("pull", "connector"), text, f"one of: {', '.join(known)}")


def _document_faults(schema: str, document: Document) -> Iterator[Finding]:
    yield from _value_faults(schema, document, document.value, ())


def _value_faults(schema: str, document: Document, value: Any, above: tuple[str, ...]) -> Iterator[Finding]:
    for fault in faults(SCHEMAS / f"{schema}.json", as_json(value)):
        steps = (*above, *fault.steps)
        for key in fault.unknown:
            text = f"`{key}` is not known here."
            yield wrong(document.path, document.line(*steps, key), text, f"one of: {', '.join(fault.known)}")
        if not fault.unknown:
            where = ".".join(str(step) for step in steps)
            yield wrong(document.path, document.line(*steps), f"{f'`{where}`: ' if where else ''}{fault.text}.")


def _name_faults(document: Document, field: str, name: str) -> Iterator[Finding]:
    value = document.value.get(field)
    if value is not None and str(value) != name:
        text = f"`{field}` is `{value}`, the path says `{name}`."
        yield wrong(document.path, document.line(field), text, f"{field}: {name}")


def _sheet_faults(name: str, sheet: Sheet) -> Iterator[Finding]:
    schema = SCHEMAS / f"{name}.json"
    missing = [column for column in read_schema(schema)["required"] if column not in sheet.header]
    if missing:
        yield wrong(sheet.path, 1, f"The header lacks {', '.join(missing)}.")
        return
    if not sheet.rows:
        yield wrong(sheet.path, 1, "The file has no rows.")
    for line, row in sheet.rows:
        for fault in faults(schema, row):
            text = f"{f'`{fault.where}`: ' if fault.steps else ''}{fault.text}."
            yield wrong(sheet.path, 1 if fault.is_of_name else line, text)
