"""The seeds of the HRM model fit each other: inputs have goalposts, gates and rules name figures that there are."""

from collections.abc import Iterator, Mapping

from flows.contracts.folders import Folders
from flows.contracts.hrm_diagnosis import LANGUAGES, SEEDS, diagnosis_faults
from flows.contracts.marked import Sheet, WrongFileError, read_sheet, wrong
from flows.errors import Finding
from flows.statistics.goalposts import fits_direction, read_goalposts

NAMES = (
    *("model_inputs", "model_goalposts", "model_domains", "model_gates", "model_quality"),
    *("benchmarks", "recommendation_rules", "recommendation_conditions"),
    *("scenario_measures", *SEEDS),
)
OWN_FIGURES = frozenset({"survey_response_rate"})  # made by int_model__figures
WHOLE = 100.0
PARTS = {"administrative": "hrm", "survey": "survey", "checklist": "checklist"}
COMPARISONS = {"model_gates": ("at_least", "at_most"), "recommendation_conditions": ("above", "below")}
COMPARABILITIES = ("A", "B", "C")
BASES = {
    "benchmarks": ("read_source", "domain_reference", "own_computation"),
    "model_goalposts": ("definition", "domain_proposal", "expert_judgement"),
    "model_gates": ("domain_text", "stricter_than_text", "expert_judgement"),
    "recommendation_conditions": ("domain_text", "domain_proposal", "definition", "expert_judgement"),
    "known_groups": ("published_source", "expert_judgement"),
    "role_grades": ("definition", "expert_judgement"),
}
NAMED = "name_uz name_ru name_en name_ko"
COLUMNS = {
    "model_inputs": "input_id domain_id part source measure_id instrument_id score_family weight",
    "model_goalposts": "input_id goalpost_version direction scale points basis definition_source",
    "model_domains": f"domain_id position weight {NAMED}",
    "model_levels": f"level score_from {NAMED}",
    "model_gates": "domain_id level input_id comparison threshold basis",
    "model_quality": "indicator_id is_error_share",
    "benchmarks": "indicator_id reference value year population definition source source_url basis comparability "
    "benchmark_kind note score_family retrieved_on",
    "recommendation_rules": "rule_id action_id domain_id effect effort owner horizon_months legal_basis conflicts_with "
    "effect_measure title_uz title_ru title_en title_ko",
    "recommendation_conditions": "rule_id measure_id comparison threshold basis",
    "scenario_measures": "measure_id",
    "diagnosis_lens": "instrument_id measure_id factor",
    "burke_litwin": f"factor position kind {NAMED}",
    "link_kinds": f"link_id measure_id indicator_id expected_sign {NAMED}",
    "known_groups": "group_id measure_id split_by expected_sign basis source",
    "role_grades": "role position_category basis",
    "role_posts": "role position_category",
    "model_test_kinds": "test_id position kind title_uz title_ru title_en title_ko",
    "model_test_findings": "kind verdict text_uz text_ru text_en text_ko",
}
Sheets = dict[str, Sheet]


def model_faults(folders: Folders) -> Iterator[Finding]:
    """Return what cannot be in the seeds of the HRM model (E-409 with the line)."""
    if any(name not in folders.seeds for name in NAMES):
        return
    try:
        sheets = {name: read_sheet(folders.seeds[name]) for name in NAMES}
    except WrongFileError as error:
        yield error.finding
        return
    if missing := list(_column_faults(sheets)):
        yield from missing
        return
    known = _known(folders, sheets)
    yield from _input_faults(sheets, known)
    yield from _goalpost_faults(sheets)
    yield from _weight_faults(sheets["model_domains"])
    for name, column in (("model_gates", "input_id"), ("recommendation_conditions", "measure_id")):
        yield from _figure_faults(sheets[name], column, known, COMPARISONS[name])
    yield from _gate_faults(sheets)
    yield from _rule_faults(sheets)
    yield from _benchmark_faults(sheets["benchmarks"], known)
    for name, bases in BASES.items():
        yield from _basis_faults(sheets[name], bases)
    yield from diagnosis_faults(sheets, known, folders)


def _basis_faults(sheet: Sheet, bases: tuple[str, ...]) -> Iterator[Finding]:
    """Every number that a person chose says on what it rests."""
    for line, row in sheet.rows:
        if row["basis"] not in bases:
            yield wrong(sheet.path, line, f"`{row['basis']}` is no basis.", f"one of: {', '.join(bases)}")


def _column_faults(sheets: Sheets) -> Iterator[Finding]:
    for name, columns in COLUMNS.items():
        missing = [column for column in columns.split() if column not in sheets[name].header]
        if missing:
            yield wrong(sheets[name].path, 1, f"The header has no {', '.join(missing)}.", columns)


def _known(folders: Folders, sheets: Sheets) -> set[str]:
    """Return every figure that may be named: cards, questions, scales, and those of instruments not here."""
    cards = {row["indicator_id"] for sheet in folders.cards.values() for _, row in sheet.rows}
    items = {row["item_id"] for book in folders.books.values() for _, row in book.items.rows}
    scales = {row["index_id"] for book in folders.books.values() if book.indices for _, row in book.indices.rows}
    here = {"", *(instrument for instrument, _ in folders.books)}
    named = (row for sheet in sheets.values() if "instrument_id" in sheet.header for _, row in sheet.rows)
    elsewhere = {row["measure_id"] for row in named if row["instrument_id"] not in here}
    return cards | items | scales | elsewhere | OWN_FIGURES


def _input_faults(sheets: Sheets, known: set[str]) -> Iterator[Finding]:
    sheet = sheets["model_inputs"]
    domains = {row["domain_id"] for _, row in sheets["model_domains"].rows}
    posts = {row["input_id"] for _, row in sheets["model_goalposts"].rows}
    for line, row in sheet.rows:
        if row["domain_id"] not in domains:
            yield wrong(sheet.path, line, f"There is no domain `{row['domain_id']}`.", "a row of model_domains.csv")
        if row["input_id"] not in posts:
            yield wrong(sheet.path, line, f"`{row['input_id']}` has no goalposts.", "a row of model_goalposts.csv")
        if PARTS.get(row["part"]) != row["source"]:
            yield wrong(sheet.path, line, f"`{row['part']}` does not come from `{row['source']}`.", str(PARTS))
        if row["measure_id"] not in known:
            yield wrong(sheet.path, line, f"Nothing measures `{row['measure_id']}`.", "a card, a question or a scale")
        if not _positive(row["weight"]):
            yield wrong(sheet.path, line, f"The weight `{row['weight']}` is no number above 0.")


def _goalpost_faults(sheets: Sheets) -> Iterator[Finding]:
    sheet = sheets["model_goalposts"]
    inputs = {row["input_id"] for _, row in sheets["model_inputs"].rows}
    for line, row in sheet.rows:
        if row["input_id"] not in inputs:
            yield wrong(sheet.path, line, f"There is no input `{row['input_id']}`.", "a row of model_inputs.csv")
        try:
            goalposts = read_goalposts(row["points"], row["scale"])
        except ValueError as error:
            yield wrong(sheet.path, line, str(error), "0:0 0.5:50 1:100")
            continue
        if not fits_direction(goalposts, row["direction"]):
            yield wrong(sheet.path, line, f"The scores do not run as `{row['direction']}` says.")


def _weight_faults(sheet: Sheet) -> Iterator[Finding]:
    wrongs = [line for line, row in sheet.rows if not _positive(row["weight"])]
    for line in wrongs:
        yield wrong(sheet.path, line, "The weight of a domain is no number above 0.")
    total = 0.0 if wrongs else sum(float(row["weight"]) for _, row in sheet.rows)
    if not wrongs and round(total, 6) != WHOLE:
        yield wrong(sheet.path, 1, f"The weights of the domains add up to {total:g}.", f"{WHOLE:g}")


def _figure_faults(sheet: Sheet, column: str, known: set[str], comparisons: tuple[str, ...]) -> Iterator[Finding]:
    for line, row in sheet.rows:
        if row[column] not in known:
            yield wrong(sheet.path, line, f"Nothing measures `{row[column]}`.", "a card, a question or a scale")
        if row["comparison"] not in comparisons:
            text = f"`{row['comparison']}` is no comparison."
            yield wrong(sheet.path, line, text, f"one of: {', '.join(comparisons)}")
        if not _number(row["threshold"]):
            yield wrong(sheet.path, line, f"The threshold `{row['threshold']}` is no number.")


def _gate_faults(sheets: Sheets) -> Iterator[Finding]:
    sheet = sheets["model_gates"]
    domains = {row["domain_id"] for _, row in sheets["model_domains"].rows}
    levels = {row["level"] for _, row in sheets["model_levels"].rows}
    for line, row in sheet.rows:
        if row["domain_id"] not in domains:
            yield wrong(sheet.path, line, f"There is no domain `{row['domain_id']}`.", "a row of model_domains.csv")
        if row["level"] not in levels or row["level"] == "1":
            yield wrong(sheet.path, line, f"No gate leads to level `{row['level']}`.", "a level above the first")


def _rule_faults(sheets: Sheets) -> Iterator[Finding]:
    sheet, conditions = sheets["recommendation_rules"], sheets["recommendation_conditions"]
    rules = {row["rule_id"] for _, row in sheet.rows}
    asked = {row["rule_id"] for _, row in conditions.rows}
    measures = {"", *(row["measure_id"] for _, row in sheets["scenario_measures"].rows)}
    for line, row in conditions.rows:
        if row["rule_id"] not in rules:
            text = f"There is no rule `{row['rule_id']}`."
            yield wrong(conditions.path, line, text, "a row of recommendation_rules.csv")
    for line, row in sheet.rows:
        if row["rule_id"] not in asked:
            text = f"`{row['rule_id']}` has no condition, so it would always speak."
            yield wrong(sheet.path, line, text, "a row of recommendation_conditions.csv")
        for rival in row["conflicts_with"].split():
            if rival not in rules:
                yield wrong(sheet.path, line, f"There is no rule `{rival}` to be in conflict with.")
        if row["effect_measure"] not in measures:
            text = f"No scenario tells `{row['effect_measure']}`."
            yield wrong(sheet.path, line, text, "a measure of scenario_measures.csv, or nothing")
        yield from _said_faults(sheet, line, row)


def _said_faults(sheet: Sheet, line: int, row: Mapping[str, str]) -> Iterator[Finding]:
    """A recommendation has its text in all languages, and its effect and effort on the scale of three."""
    missing = [language for language in LANGUAGES if not row[f"title_{language}"]]
    if missing:
        yield wrong(sheet.path, line, f"`{row['rule_id']}` has no text in {', '.join(missing)}.")
    for name in ("effect", "effort"):
        if row[name] not in ("1", "2", "3"):
            yield wrong(sheet.path, line, f"`{name}` is `{row[name]}`.", "1, 2 or 3")


def _benchmark_faults(sheet: Sheet, known: set[str]) -> Iterator[Finding]:
    for line, row in sheet.rows:
        if row["indicator_id"] not in known:
            yield wrong(sheet.path, line, f"Nothing measures `{row['indicator_id']}`.", "a card or a scale")
        missing = [name for name in ("population", "definition", "source") if not row[name]]
        if missing:
            yield wrong(sheet.path, line, f"A benchmark needs {', '.join(missing)}.")
        is_read = row["basis"] == "read_source"
        if (is_read and not row["source_url"]) or is_read != bool(row["retrieved_on"]):
            text = "Whoever read the source says when and where, and nobody else does."
            yield wrong(sheet.path, line, text, "basis read_source with source_url and retrieved_on")
        if row["comparability"] not in COMPARABILITIES:
            yield wrong(sheet.path, line, f"`{row['comparability']}` is no comparability.", "A, B or C")
        if row["comparability"] == "B" and not row["note"]:
            yield wrong(sheet.path, line, "A benchmark of comparability B says what differs.", "a note")
        if not (_number(row["value"]) and row["year"].isdigit()):
            yield wrong(sheet.path, line, "A benchmark has a value and a year, both numbers.")


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _positive(text: str) -> bool:
    return _number(text) and float(text) > 0
