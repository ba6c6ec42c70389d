"""Every name by which one contract file points to another leads somewhere."""

from collections.abc import Iterator

from flows.contracts.folders import Book, Folders
from flows.contracts.formulas import formula_faults
from flows.contracts.hrm_model import model_faults
from flows.contracts.marked import Document, Sheet, WrongFileError, read_sheet, wrong
from flows.contracts.scoring import scoring_faults
from flows.errors import Finding
from flows.questionnaire.check import form_faults
from flows.redesign.check import redesign_faults


def link_faults(folders: Folders) -> Iterator[Finding]:
    """Return faults of names: kinds, codebooks, canonical columns, code lists, references, choice lists."""
    for document in folders.kinds.values():
        for table, one in document.value["tables"].items():
            for name, column in one["columns"].items():
                yield from _column_faults(document, ("tables", table, "columns", name), column, folders)
    for document in folders.sources.values():
        yield from _source_faults(document, folders)
    yield from _sheet_faults(folders)
    yield from _merge_faults(folders)
    for book in folders.books.values():
        yield from questionnaire_faults(book)
    yield from _seed_faults(folders)
    yield from formula_faults(folders)
    yield from model_faults(folders)
    yield from redesign_faults(folders)


def _seed_faults(folders: Folders) -> Iterator[Finding]:
    for sheet in folders.cards.values():
        yield from _order_faults(sheet, "indicator_id")
    for name, sheet in folders.codes.items():
        if "code" not in sheet.header:
            yield wrong(sheet.path, 1, f"The code list `{name}` has no column `code`.")


def _sheet_faults(folders: Folders) -> Iterator[Finding]:
    for name, sheet in folders.maps.items():
        if name not in folders.sources:
            yield wrong(sheet.path, 1, f"No source is named `{name}`.", "a file sources/<source>.yml of the same name")
    for name, sheet in folders.item_maps.items():
        yield from _item_map_faults(name, sheet, folders)


def merge_rows(folders: Folders) -> Iterator[tuple[Sheet, int, str, str]]:
    """Yield the merges that hold: file, line, the key that goes and the key that stays."""
    for sheet in folders.merges.values():
        for line, row in sheet.rows:
            if row["active"] == "yes":
                yield sheet, line, row["merged_key"], row["survivor_key"]


def _merge_faults(folders: Folders) -> Iterator[Finding]:
    """Return merges that lead nowhere: a key merged twice, into itself, or into one that is merged away too."""
    rows = list(merge_rows(folders))
    gone: set[str] = set()
    for sheet, line, merged, survivor in rows:
        if merged in gone:
            yield wrong(sheet.path, line, "The key is merged twice.", "one line for each key that goes")
        elif merged == survivor or any(survivor == other for _, _, other, _ in rows):
            yield wrong(sheet.path, line, "The key that stays is merged itself.", "the key that is left in the end")
        gone.add(merged)


def _source_faults(document: Document, folders: Folders) -> Iterator[Finding]:
    source = document.value
    kind = folders.kinds.get(source["kind"])
    if kind is None:
        text = f"The kind `{source['kind']}` is not known."
        yield wrong(document.path, document.line("kind"), text, f"one of: {', '.join(sorted(folders.kinds))}")
        return
    yield from _instrument_faults(document, folders)
    yield from _tool_faults(document, folders)
    canonical = set(kind.value["tables"]["rows"]["columns"])
    yield from _unknown_columns(document, canonical, _items(source, folders))
    for name, column in source.get("columns", {}).items():
        yield from _column_faults(document, ("columns", name), column, folders)
    yield from _map_faults(document, canonical, folders)


def _items(source: dict, folders: Folders) -> set[str]:
    instrument = source.get("instrument")
    book = folders.books.get((instrument["id"], str(instrument["version"]))) if instrument else None
    return {row["item_id"] for _, row in book.items.rows} if book else set()


def _instrument_faults(document: Document, folders: Folders) -> Iterator[Finding]:
    instrument = document.value.get("instrument")
    if document.value["kind"] == "survey" and not instrument:
        yield wrong(document.path, document.line("kind"), "A survey names its codebook.", "instrument: {id, version}")
    if not instrument:
        return
    key = (instrument["id"], str(instrument["version"]))
    if key not in folders.books:
        yield wrong(document.path, document.line("instrument"), f"There is no codebook {key[0]}, version {key[1]}.")
        return
    repeats = {row.get("repeat") or "none" for _, row in folders.books[key].items.rows} - {"none"}
    for name in sorted(repeats - set(document.value["file"].get("repeats", {}))):
        text = f"The codebook has the repeat group `{name}`, the file does not say in which sheet."
        yield wrong(document.path, document.line("file", "repeats"), text, f"file.repeats.{name}: {{sheet, parent}}")


def _item_map_faults(name: str, sheet: Sheet, folders: Folders) -> Iterator[Finding]:
    """Return rows of an item map that name no item, list or option of the source's codebook."""
    source = folders.sources.get(name)
    instrument = source.value.get("instrument") if source else None
    book = folders.books.get((instrument["id"], str(instrument["version"]))) if instrument else None
    if book is None:
        yield wrong(sheet.path, 1, f"No source with a codebook is named `{name}`.", "a survey of the same name")
        return
    lists = {row["item_id"]: row.get("choices", "") for _, row in book.items.rows}
    options = {(row["list"], row["code"]) for _, row in book.choices.rows}
    for line, row in sheet.rows:
        item, choice, listed = row["item_id"], row["choice"], row.get("list", "")
        if item and item not in lists:
            yield wrong(sheet.path, line, f"The codebook has no item `{item}`.")
        elif choice and (lists.get(item, listed), choice) not in options:
            yield wrong(sheet.path, line, f"`{choice}` is not an option of `{item or listed}`.")
        elif row["code"] and not choice:
            yield wrong(sheet.path, line, "A code of the tool stands beside the option that it means.", "choice")


def _tool_faults(document: Document, folders: Folders) -> Iterator[Finding]:
    tool = document.value.get("answers", {}).get("tool")
    if tool and tool not in folders.tools:
        expected = f"one of: {', '.join(sorted(folders.tools))}"
        yield wrong(document.path, document.line("answers", "tool"), f"There is no tool `{tool}`.", expected)


def _unknown_columns(document: Document, canonical: set[str], items: set[str]) -> Iterator[Finding]:
    expected = f"one of: {', '.join(sorted(canonical))}"
    source = document.value
    for part, known in (("constants", canonical), ("columns", canonical), ("values", canonical | items)):
        for name in source.get(part, {}):
            if name not in known:
                yield wrong(
                    document.path, document.line(part, name), f"`{name}` is not a column of the kind.", expected
                )
    for index, one in enumerate(source["file"].get("exclude", [])):
        if one["column"] not in canonical:
            line = document.line("file", "exclude", index)
            yield wrong(document.path, line, f"`{one['column']}` is not a column of the kind.", expected)


def _column_faults(document: Document, steps: tuple[str, ...], column: dict, folders: Folders) -> Iterator[Finding]:
    codes, references = column.get("codes"), column.get("references")
    if isinstance(codes, str) and codes not in folders.codes:
        text = f"There is no code list `{codes}`."
        yield wrong(document.path, document.line(*steps, "codes"), text, f"a file dbt_project/seeds/codes/{codes}.csv")
    if column.get("type") == "code" and not codes:
        yield wrong(document.path, document.line(*steps), "A column of type code names its codes.", "codes: <list>")
    if references and not _is_reference(references, folders):
        text = f"There is no seed column `{references}`."
        yield wrong(document.path, document.line(*steps, "references"), text, "<seed>.<column> of dbt_project/seeds")


def _is_reference(name: str, folders: Folders) -> bool:
    seed, column = name.split(".")
    try:
        return seed in folders.seeds and column in read_sheet(folders.seeds[seed]).header
    except WrongFileError:
        return False


def _map_faults(document: Document, canonical: set[str], folders: Folders) -> Iterator[Finding]:
    sheet = folders.maps.get(document.path.stem)
    if sheet is None:
        tool = folders.tools.get(document.value.get("answers", {}).get("tool", ""))
        if tool is None or "record" not in tool.value:
            text = f"There is no column map column_maps/{document.path.stem}.csv."
            yield wrong(document.path, document.line("source"), text)
        return
    expected = f"one of: {', '.join(sorted(canonical))}"
    for name in sheet.header:
        if name not in canonical | {"version"}:
            yield wrong(sheet.path, 1, f"`{name}` is not a column of the kind.", expected)
    versions = set()
    for line, row in sheet.rows:
        if row["version"] in versions:
            yield wrong(sheet.path, line, f"Version {row['version']} stands twice.")
        versions.add(row["version"])


def questionnaire_faults(book: Book) -> Iterator[Finding]:
    """Return faults of one codebook version: lists, codes, the form that it makes, and what it scores."""
    lists = {row["list"] for _, row in book.choices.rows}
    seen: set[str] = set()
    for line, row in book.items.rows:
        if row["item_id"] in seen:
            yield wrong(book.items.path, line, f"The item `{row['item_id']}` stands twice.")
        seen.add(row["item_id"])
        if row["type"].startswith("select") and row.get("choices", "") not in lists:
            text = f"The item `{row['item_id']}` names a choice list that choices.csv does not hold."
            yield wrong(book.items.path, line, text)
    for column, name in book.instrument.value.get("respondent", {}).items():
        if name not in seen:
            line = book.instrument.line("respondent", column)
            yield wrong(book.instrument.path, line, f"The codebook has no item `{name}`.", "an item of items.csv")
    yield from form_faults(book)
    yield from scoring_faults(book)
    codes: set[tuple[str, str]] = set()
    for line, row in book.choices.rows:
        key = (row["list"], row["code"])
        if key in codes:
            yield wrong(book.choices.path, line, f"The code `{key[1]}` stands twice in the list `{key[0]}`.")
        codes.add(key)


def _order_faults(sheet: Sheet, key: str) -> Iterator[Finding]:
    """Return rows whose key stands twice or out of order: a sorted file shows what was added."""
    before = ""
    for line, row in sheet.rows:
        if row[key] <= before:
            what = "stands twice" if row[key] == before else f"stands after `{before}`"
            yield wrong(sheet.path, line, f"`{row[key]}` {what}.", f"each {key} once, in alphabetical order")
        before = row[key]
