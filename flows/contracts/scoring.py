"""What a codebook scores can be scored, and what belongs to others is named by its code alone."""

from collections.abc import Iterator

from flows.contracts.folders import Book
from flows.contracts.marked import Sheet, wrong
from flows.errors import Finding

CODES_ONLY = "proprietary_mapping_only"
LANGUAGES = ("uz", "ru", "en", "ko")
TRUE_WORDS = ("1", "true", "yes")


def scoring_faults(book: Book) -> Iterator[Finding]:
    """Return faults (E-409) of indices and of the licence of a codebook version, with file and line."""
    if book.instrument.value.get("licence_class") == CODES_ONLY:
        yield from _texts_of_others(book.items, "text")
    if book.indices:
        yield from _index_faults(book, book.indices)


def _texts_of_others(sheet: Sheet, stem: str) -> Iterator[Finding]:
    for line, row in sheet.rows:
        if any(row.get(f"{stem}_{language}") for language in LANGUAGES):
            text = f"`{row['item_id']}` has a wording, and the instrument is {CODES_ONLY}."
            yield wrong(sheet.path, line, text, "items by code alone")


def _index_faults(book: Book, sheet: Sheet) -> Iterator[Finding]:
    lists = {row["item_id"]: row.get("choices", "") for _, row in book.items.rows}
    scored = _scored_lists(book.choices)
    families: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for line, row in sheet.rows:
        index, item, family = row["index_id"], row["item_id"], row["score_family"]
        if item not in lists:
            yield wrong(sheet.path, line, f"The codebook has no item `{item}`.")
        elif lists[item] not in scored:
            yield wrong(
                sheet.path, line, f"No two options of `{item}` have different scores.", "`score` in choices.csv"
            )
        if (index, item) in seen:
            yield wrong(sheet.path, line, f"`{item}` stands twice in `{index}`.")
        if families.setdefault(index, family) != family:
            yield wrong(sheet.path, line, f"`{index}` has two score families.", families[index])
        seen.add((index, item))


def _scored_lists(choices: Sheet) -> set[str]:
    scores: dict[str, set[str]] = {}
    for _, row in choices.rows:
        if row.get("score") and row.get("is_missing", "").lower() not in TRUE_WORDS:
            scores.setdefault(row["list"], set()).add(row["score"])
    return {name for name, values in scores.items() if len(values) > 1}
