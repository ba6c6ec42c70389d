"""A formula of an indicator names measures, indicators and breakdowns that there are, in the unit of its card."""

from collections.abc import Iterator

from flows.contracts.folders import Folders
from flows.contracts.marked import Sheet, WrongFileError, read_sheet, wrong
from flows.errors import Finding

PERIODS = ("month", "quarter", "year", "r12", "ytd")
OF_MEASURES = ("count", "ratio")
OF_INDICATORS = ("difference", "quotient")


def formula_faults(folders: Folders) -> Iterator[Finding]:
    """Return names in formulas.csv and measures.csv that lead nowhere (E-409 with the line)."""
    names = ("formulas", "measures", "dimensions")
    if any(name not in folders.seeds for name in names):
        return
    try:
        formulas, measures, dimensions = (read_sheet(folders.seeds[name]) for name in names)
    except WrongFileError as error:
        yield error.finding
        return
    units = {row["indicator_id"]: row["unit"] for sheet in folders.cards.values() for _, row in sheet.rows}
    known = {row["measure_id"] for _, row in measures.rows}
    breakdowns = {row["breakdown"] for _, row in dimensions.rows}
    for line, row in formulas.rows:
        yield from _named_faults(formulas, line, row, known, set(units))
        yield from _list_faults(formulas, line, row, breakdowns)
        if units.get(row["indicator_id"], row["unit"]) != row["unit"]:
            text = f"The unit of the formula, `{row['unit']}`, is not that of the card."
            yield wrong(formulas.path, line, text, units[row["indicator_id"]])
    for line, row in measures.rows:
        if row["made_from"] and row["made_from"] not in known:
            yield wrong(measures.path, line, f"There is no measure `{row['made_from']}`.", "a row of measures.csv")


def _named_faults(sheet: Sheet, line: int, row: dict[str, str], known: set[str], cards: set[str]) -> Iterator[Finding]:
    """Return the indicator without a card, and parts of the formula that nobody makes."""
    if row["indicator_id"] not in cards:
        yield wrong(sheet.path, line, f"The indicator `{row['indicator_id']}` has no card.", "a row of indicators.csv")
    parts = [row[part] for part in ("numerator", "denominator", "base", "known") if row.get(part)]
    if row["shape"] in OF_MEASURES:
        for part in parts:
            if part not in known | {"days"}:
                yield wrong(sheet.path, line, f"There is no measure `{part}`.", "a row of measures.csv")
    if row["shape"] in OF_INDICATORS:
        for part in parts:
            if part not in cards:
                yield wrong(sheet.path, line, f"There is no indicator `{part}`.", "a row of indicators.csv")


def _list_faults(sheet: Sheet, line: int, row: dict[str, str], breakdowns: set[str]) -> Iterator[Finding]:
    for column, allowed in (("breakdowns", breakdowns), ("period_kinds", set(PERIODS))):
        for name in filter(None, row[column].split(";")):
            if name not in allowed:
                expected = f"one of: {', '.join(sorted(allowed))}"
                yield wrong(sheet.path, line, f"`{name}` is none of the {column}.", expected)
