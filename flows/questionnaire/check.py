"""A form can be asked: every text is there in four languages, conditions can be read and look back, lists exist."""

from collections.abc import Iterator

from flows.contracts.folders import Book
from flows.contracts.marked import Sheet, wrong
from flows.errors import Finding
from flows.questionnaire.conditions import NotReadableError, read_condition
from flows.questionnaire.form import LANGUAGES

CONDITIONS = {"items": ("relevant", "constraint"), "sections": ("relevant", "repeat_count")}


def form_faults(book: Book) -> Iterator[Finding]:
    """Return the faults (E-409) of a codebook version as a form, with file and line."""
    yield from _text_faults(book.items, "text", "item_id")
    yield from _text_faults(book.choices, "label", "code")
    names = [row["column"].rpartition("/")[2] for _, row in book.items.rows]
    for place, (line, row) in enumerate(book.items.rows):
        earlier = {*names[:place], *_background(book)}
        for column in CONDITIONS["items"]:
            yield from _condition_faults(book.items, line, row, column, earlier)
        filtering = row.get("filtered_by", "")
        if filtering and filtering not in earlier:
            yield _backward(book.items, line, "filtered_by", filtering)
    if book.sections:
        yield from _text_faults(book.sections, "label", "section_id")
        for line, row in book.sections.rows:
            for column in CONDITIONS["sections"]:
                yield from _condition_faults(book.sections, line, row, column, {*names, *_background(book)})


def _background(book: Book) -> list[str]:
    return [str(name) for name in book.instrument.value.get("background", {}).get("ask", [])]


def _text_faults(sheet: Sheet, stem: str, name: str) -> Iterator[Finding]:
    for line, row in sheet.rows:
        missing = [language for language in LANGUAGES if not row.get(f"{stem}_{language}")]
        if missing and len(missing) < len(LANGUAGES):
            yield wrong(
                sheet.path, line, f"`{row.get(name, '')}` has no text in {', '.join(missing)}.", f"{stem}_{missing[0]}"
            )


def _condition_faults(sheet: Sheet, line: int, row: dict[str, str], column: str, known: set[str]) -> Iterator[Finding]:
    text = row.get(column, "")
    if not text:
        return
    try:
        names = list(read_condition(text).names())
    except NotReadableError as error:
        yield wrong(sheet.path, line, f"`{column}` cannot be read, {error}.")
        return
    for name in names:
        if name not in known:
            yield _backward(sheet, line, column, name)


def _backward(sheet: Sheet, line: int, column: str, name: str) -> Finding:
    return wrong(sheet.path, line, f"`{column}` speaks of `{name}`, which is not asked before.", "an earlier question")
