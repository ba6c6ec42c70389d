"""An outsider holds every published breakdown of the staff of one day together; shares no code with the release."""

from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from tests.warehouse.stranger import Cell, Stranger

# A part of the staff: dimension -> category; the whole staff is the empty part.
Part = tuple[tuple[str, str], ...]
VIEWS = ("as_was", "as_is")
DAY = ("org_unit_id", "org_view", "dimension_1", "category_1", "dimension_2", "category_2")


def day_of(rows: pl.DataFrame, last: str) -> dict[Cell, float | None]:
    """Return headcounts of a day by unit, view and part, from the rows of hrm_indicators of any kind of period."""
    told: dict[Cell, float | None] = {}
    here = (pl.col("indicator_id") == "headcount_end") & (pl.col("period_end") == pl.lit(last).str.to_date())
    for unit, view, *part, count in rows.filter(here).select(*DAY, "numerator").rows():
        cell = (unit, view, *_text(part))
        told[cell] = count if told.get(cell) is None else told[cell]
    return told


def hold(told: dict[Cell, float | None], true: dict[Cell, float | None], units: pl.DataFrame) -> Stranger:
    """Return an outsider who knows how parts, units and views add up, and of which wholes nothing is left beside them.

    Args:
        told: What is published.
        true: What is so.
        units: The tree of units.
    """
    stranger = Stranger(known=dict(told))
    for kind, whole, parts in [*_by_part(told), *_by_unit(told, units), *_by_view(told, units)]:
        beside = (f"beside {kind}", *whole)
        left = round((true[whole] or 0) - sum(true[part] or 0 for part in parts), 6)
        if left < 0:  # who has posts in two of the parts counts twice
            continue
        stranger.see(beside, None if left else 0)
        stranger.sums.append({whole: -1.0, beside: 1.0, **dict.fromkeys(parts, 1.0)})
    return stranger


def near(stranger: Stranger, cells: list[Cell]) -> Stranger:
    """Return what bears on some cells: the sums that withheld counts join to them."""
    by_cell = defaultdict(list)
    for number, line in enumerate(stranger.sums):
        for cell in line:
            if stranger.known[cell] is None:
                by_cell[cell].append(number)
    todo, met, lines = list(cells), set(cells), set()
    while todo:
        for number in by_cell[todo.pop()]:
            if number not in lines:
                lines.add(number)
                fresh = {cell for cell in stranger.sums[number] if stranger.known[cell] is None} - met
                met |= fresh
                todo += fresh
    sums = [stranger.sums[number] for number in sorted(lines)]
    known = {cell: stranger.known[cell] for cell in {*cells, *(c for line in sums for c in line)}}
    return Stranger(known, sums, within=stranger.within)


# A span of time, first and last day.
Span = tuple[str, str]
# Rates of a year stand over person-years; the others tell the persons alone.
RATES = ("separation_rate_service", "voluntary_rate", "retirement_rate", "promotion_rate", "accession_rate")
PLAIN = ("hires_new", "other_exit", "replacement_ratio", "fte_avg")
STEP = 5


def averages_of(rows: pl.DataFrame, span: Span) -> dict[Cell, tuple[float, float]]:
    """Return the least and the most that persons on average can be, by all that rows say of them and of rates.

    A rate and its numerator give the person-years back as well as the denominator does. Rows about a part of the staff
    tell the nearest multiple of STEP, and what is withheld is missing; of a whole unit they tell all digits.
    """
    first, last = (pl.lit(day).str.to_date() for day in span)
    days = rows.select(first=first, last=last).select((pl.col("last") - pl.col("first")).dt.total_days()).item(0, 0) + 1
    here = rows.filter(pl.col("period_start") == first, pl.col("period_end") == last)
    told: dict[Cell, tuple[float, float]] = {}
    for name in ("headcount_avg", *RATES, *PLAIN):
        chosen = here.filter(pl.col("indicator_id") == name).select(*DAY, "numerator", "denominator", "value", "n")
        for unit, view, *part, top, below, value, n in chosen.rows():
            cell = (unit, view, *_text(part))
            for low, high in _said(name, (top, below, value, n), days, whole=len(cell) == len(VIEWS)):
                least, most = told.get(cell, (0.0, float("inf")))
                told[cell] = max(least, low), min(most, high)
    return told


def values_of(rows: pl.DataFrame, name: str, span: Span) -> dict[Cell, float]:
    """Return the values of an indicator over a span, by unit, view and part."""
    first, last = (pl.lit(day).str.to_date() for day in span)
    here = rows.filter(pl.col("indicator_id") == name, pl.col("period_start") == first, pl.col("period_end") == last)
    return {
        (unit, view, *_text(part)): value
        for unit, view, *part, value in here.select(*DAY, "value").rows()
        if value is not None
    }


def _said(name: str, figures: tuple[float | None, ...], days: int, *, whole: bool) -> Iterator[tuple[float, float]]:
    top, below, value, n = figures
    if n is None:
        return
    half = 0.5 if whole else STEP / 2
    yield n - half, n + half
    exact = [value] if name == "headcount_avg" else []
    if name in RATES:
        exact = [years * 365 / days for years in (below, top / value if top and value else None) if years is not None]
    for persons in exact:
        if persons is not None:
            yield (persons - half, persons + half) if not whole else (persons - 1e-9, persons + 1e-9)


def _text(part: list[str]) -> tuple[str, ...]:
    pairs = [f"{dimension}={category}" for dimension, category in zip(part[::2], part[1::2], strict=True)]
    return tuple(sorted(pair for pair in pairs if not pair.startswith("all=")))


def _by_part(told: dict[Cell, float | None]) -> Iterator[tuple[str, Cell, list[Cell]]]:
    groups = defaultdict(list)
    for unit, view, *part in told:
        for one in part:
            rest = tuple(other for other in part if other != one)
            groups[one.split("=")[0], (unit, view, *rest)].append((unit, view, *part))
    yield from _whole(groups, told)


def _by_unit(told: dict[Cell, float | None], units: pl.DataFrame) -> Iterator[tuple[str, Cell, list[Cell]]]:
    above = dict(units.select("org_unit_id", "parent_id").rows())
    groups = defaultdict(list)
    for unit, *rest in told:
        groups["units", (above.get(unit), *rest)].append((unit, *rest))
    yield from _whole(groups, told)


def _by_view(told: dict[Cell, float | None], units: pl.DataFrame) -> Iterator[tuple[str, Cell, list[Cell]]]:
    today = dict(units.select("org_unit_id", "current_org_unit_id").rows())
    groups = defaultdict(list)
    for unit, view, *part in told:
        if view == VIEWS[0]:
            groups["views", (today.get(unit) or unit, VIEWS[1], *part)].append((unit, view, *part))
    yield from _whole(groups, told)


def _whole(
    groups: dict[tuple[str, Cell], list[Cell]], told: dict[Cell, float | None]
) -> Iterator[tuple[str, Cell, list[Cell]]]:
    yield from ((kind, whole, parts) for (kind, whole), parts in groups.items() if whole in told)
