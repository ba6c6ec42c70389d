"""The seeds of diagnosis, links and method report name what is measured, and say it in all languages."""

from collections.abc import Iterator

from flows.contracts.folders import Folders
from flows.contracts.marked import Sheet, wrong
from flows.errors import Finding

NAMES = ("diagnosis_lens", "burke_litwin", "link_kinds", "known_groups", "role_grades")
TEXTS = ("model_domains", "model_levels", "burke_litwin", "link_kinds", "model_test_kinds", "model_test_findings")
SEEDS = tuple(dict.fromkeys((*NAMES, *TEXTS)))
LANGUAGES = ("uz", "ru", "en", "ko")
OWN_MEASURES = frozenset({"fte_per_person"})  # of diagnosis_workload
CATEGORY_SPLIT = 3  # a breakdown and two of its categories
NO_LIMIT = "told"  # kind of test that has a number and no limit
Sheets = dict[str, Sheet]


def diagnosis_faults(sheets: Sheets, known: set[str], folders: Folders) -> Iterator[Finding]:
    """Return what cannot be in the seeds of diagnosis, links and method report.

    Args:
        sheets: The sheets of `SEEDS` by name.
        known: Every figure that may be named.
        folders: Code lists, for the categories of posts.
    """
    for name in TEXTS:
        yield from _text_faults(sheets[name])
    measured = known | OWN_MEASURES
    for name in ("diagnosis_lens", "link_kinds", "known_groups"):
        yield from _unknown(sheets[name], "measure_id", measured, "a card, a question or a scale")
    yield from _unknown(sheets["link_kinds"], "indicator_id", known, "a card or a scale")
    yield from _unknown(sheets["diagnosis_lens"], "factor", _values(sheets["burke_litwin"], "factor"), "a factor")
    yield from _unknown(sheets["role_grades"], "position_category", _codes(folders, "position_category"), "a category")
    yield from _split_faults(sheets["known_groups"], known)
    yield from _finding_faults(sheets["model_test_kinds"], sheets["model_test_findings"])


def _text_faults(sheet: Sheet) -> Iterator[Finding]:
    """Each text stands in all languages."""
    for line, row in sheet.rows:
        for stem in sorted({name.rpartition("_")[0] for name in sheet.header if name.endswith("_uz")}):
            missing = [language for language in LANGUAGES if not row[f"{stem}_{language}"]]
            if missing:
                yield wrong(sheet.path, line, f"`{stem}` has no text in {', '.join(missing)}.")


def _unknown(sheet: Sheet, column: str, known: set[str], expected: str) -> Iterator[Finding]:
    for line, row in sheet.rows:
        if row[column] not in known:
            yield wrong(sheet.path, line, f"There is no `{row[column]}`.", expected)


def _split_faults(sheet: Sheet, known: set[str]) -> Iterator[Finding]:
    for line, row in sheet.rows:
        parts = row["split_by"].split()
        if len(parts) != CATEGORY_SPLIT and not (len(parts) == 1 and parts[0] in known):
            text = f"Groups cannot be split by `{row['split_by']}`."
            yield wrong(sheet.path, line, text, "an indicator, or a breakdown and two of its categories")
        if row["expected_sign"] not in ("1", "-1"):
            yield wrong(sheet.path, line, f"`{row['expected_sign']}` is no direction.", "1 or -1")


def _finding_faults(kinds: Sheet, findings: Sheet) -> Iterator[Finding]:
    """Each kind of test has words for each verdict that it can come to."""
    said = {(row["kind"], row["verdict"]) for _, row in findings.rows}
    for line, row in kinds.rows:
        judged = (NO_LIMIT,) if row["kind"] == NO_LIMIT else ("held", "not_held")
        missing = [verdict for verdict in (*judged, "not_judged") if (row["kind"], verdict) not in said]
        if missing:
            yield wrong(kinds.path, line, f"`{row['kind']}` has no words for {', '.join(missing)}.")


def _values(sheet: Sheet, column: str) -> set[str]:
    return {row[column] for _, row in sheet.rows}


def _codes(folders: Folders, name: str) -> set[str]:
    return _values(folders.codes[name], "code") if name in folders.codes else set()
