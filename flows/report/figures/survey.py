"""What the newest wave of a survey says, as every picture of it reads it: measures, units, cells."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.report.figures.base import View, gap, name_of
from flows.report.marts import Row

TABLE = "survey_estimates"
CARE_BELOW = 30
MOST_ROWS = 48


@dataclass(frozen=True)
class Wave:
    """The newest wave of one instrument.

    Attributes:
        instrument: Questionnaire.
        version: Version of the questionnaire.
        scales: Ids of its scales, sorted.
        items: Ids of its questions, sorted.
        row: Any of its rows, for the period.
    """

    instrument: str
    version: str
    scales: tuple[str, ...]
    items: tuple[str, ...]
    row: Row


def waves(view: View) -> list[Wave]:
    """Return the newest wave of each instrument that has a scale, in the view's unit."""
    rows = view.rows(TABLE, category_1="all")
    found = []
    for instrument in sorted({row["instrument_id"] for row in rows if row["measure_kind"] == "scale"}):
        own = [row for row in rows if row["instrument_id"] == instrument]
        newest = [row for row in own if row["wave_id"] == max(one["wave_id"] for one in own)]
        ids = {
            kind: tuple(sorted({r["measure_id"] for r in newest if r["measure_kind"] == kind}))
            for kind in ("scale", "item")
        }
        found.append(Wave(instrument, newest[0]["instrument_version"], ids["scale"], ids["item"], newest[0]))
    return found


def estimates(view: View, wave: Wave, unit: str) -> dict[str, Row]:
    """Return measure -> estimate of one unit in a wave, both sexes together."""
    rows = view.rows(TABLE, unit, instrument_id=wave.instrument, wave_id=wave.row["wave_id"], category_1="all")
    return {row["measure_id"]: row for row in rows}


def measure_name(view: View, wave: Wave, measure: str) -> str:
    """Return the name of a scale, or the wording of a question."""
    if measure in wave.scales:
        return view.indicator(measure)
    question = view.marts.questions.get((wave.instrument, wave.version, measure), {})
    words = name_of(question, view.t, measure).rstrip(".")
    return f"{words} {view.t('reversed_mark')}" if question.get("is_reversed") else words


def compared(view: View) -> list[tuple[str, int]]:
    """Return the units of a comparison with their depth: the parts, with the units below them where they are few."""
    parts = view.largest
    deep = [(unit, [(unit, 0), *((below, 1) for below in view.marts.below(unit))]) for unit in parts]
    if sum(len(rows) for _, rows in deep) <= MOST_ROWS:
        return [row for _, rows in deep for row in rows]
    return [(unit, 0) for unit in parts]


def standing(row: Row) -> str:
    """Return above, below or none: where an estimate stands against the median organisation, if the gap is reliable."""
    size = 100.0 if row["unit"] == "share" else 1.0
    low, value, high, median = (
        None if row[name] is None else row[name] * size for name in ("ci_low", "value", "ci_high", "benchmark_median")
    )
    return "none" if value is None else gap(low, value, high, median)


def points(row: Row, column: str) -> float | None:
    """Return a figure of an estimate on 0 to 100: shares as percentages, indices as they are."""
    value = row[column]
    return None if value is None else float(value) * (100.0 if row["unit"] == "share" else 1.0)


def is_uncertain(row: Row) -> bool:
    """Return whether so few answered that the figure is to be used with care."""
    return row["n"] is not None and row["n"] < CARE_BELOW


def wave_rows(view: View, wave: Wave, units: Sequence[str], measures: Sequence[str]) -> list[Row]:
    """Return the rows of some units and measures of a wave."""
    kept = set(measures)
    return [row for unit in units for measure, row in sorted(estimates(view, wave, unit).items()) if measure in kept]
