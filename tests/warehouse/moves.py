"""An outsider joins movements over time, units, sexes and kinds in one system; shares no code with the release."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from tests.warehouse.stranger import IN, OUT, Cell, Stranger

# Indicator -> the kind of movement that its numerator counts.
TIDY = {"hires_new": "hires", "separation_rate_service": "exits"}
SIGNS = {**dict.fromkeys(IN, 1.0), **dict.fromkeys(OUT, -1.0)}
SEXES = ("male", "female")
# A released movement comes to the nearest ten; whole units over twelve months are told as they are from fifty on.
STEP, EXACT_FROM, YEAR = 10, 50, 12
Counts = dict[Cell, float | None]


def movements_of(tidy: pl.DataFrame, bridge: pl.DataFrame, units: set[str]) -> Counts:
    """Return movements and stocks of units by kind, unit, sex and span of months, None where they are withheld.

    Args:
        tidy: Rows of hrm_indicators.
        bridge: Rows of hrm_headcount_bridge.
        units: Units of the day to look at.
    """
    found: Counts = {}
    here = pl.col("org_unit_id").is_in(units) & (pl.col("org_view") == "as_was")
    parts = pl.col("dimension_1").is_in(["all", "sex"]) & (pl.col("dimension_2") == "all")
    rows = tidy.filter(here, parts, pl.col("indicator_id").is_in(list(TIDY)))
    for name, *place, first, last, count in rows.select(
        "indicator_id", "org_unit_id", "category_1", "period_start", "period_end", "numerator"
    ).rows():
        _see(found, (TIDY[name], *place, _month(first), _month(last)), count)
    for row in bridge.filter(here, period_kind="month").iter_rows(named=True):
        month, unit = _month(row["period_start"]), row["org_unit_id"]
        for kind in SIGNS:
            _see(found, (kind, unit, "all", month, month), row[kind])
        _see(found, ("stock", unit, "all", month, month), row["closing"])
        _see(found, ("stock", unit, "all", *[_moved(month, -1)] * 2), row["opening"])
    return found


def joined(told: Counts, true: Counts, units: pl.DataFrame) -> Stranger:
    """Return an outsider who knows what each figure leaves open, and all sums at once.

    Args:
        told: What is published.
        true: What is so: only sums that hold are used.
        units: The tree of units.
    """
    stranger = Stranger()
    for cell in true:
        low, high = _within(cell, told.get(cell))
        stranger.known[cell] = low if low == high else None
        stranger.within[cell] = (low, high)
    sums = [*_over_time(true), *_over_sexes(true), *_over_units(true, units), *_over_kinds(true)]
    stranger.sums += [line for line in sums if abs(sum(sign * (true[cell] or 0) for cell, sign in line.items())) < 1e-9]
    return stranger


def _see(found: Counts, cell: Cell, count: float | None) -> None:
    found[cell] = count if found.get(cell) is None else found[cell]


def _within(cell: Cell, told: float | None) -> tuple[float | None, float | None]:
    kind, _, sex, first, last = cell
    if told is None:
        return None if kind == "unexplained" else 0, None
    is_year = len(_months(first, last)) == YEAR and sex == "all" and abs(told) >= EXACT_FROM
    if kind == "stock" or not told or told % STEP or is_year:
        return told, told
    ends = max(abs(told) - STEP // 2, STEP // 2), abs(told) + STEP // 2 - 1
    return ends if told > 0 else (-ends[1], -ends[0])


def _over_time(true: Counts) -> Iterator[dict[Cell, float]]:
    for kind, unit, sex, first, last in true:
        months = [(kind, unit, sex, month, month) for month in _months(first, last)]
        if first != last and set(months) <= true.keys():
            yield {(kind, unit, sex, first, last): -1.0, **dict.fromkeys(months, 1.0)}


def _over_sexes(true: Counts) -> Iterator[dict[Cell, float]]:
    for kind, unit, sex, *span in true:
        parts = [(kind, unit, one, *span) for one in SEXES]
        if sex == "all" and set(parts) <= true.keys():
            yield {(kind, unit, sex, *span): -1.0, **dict.fromkeys(parts, 1.0)}


def _over_units(true: Counts, units: pl.DataFrame) -> Iterator[dict[Cell, float]]:
    """Whoever moves within a unit moves in and out of its parts: such moves and their like do not add up."""
    parent = dict(units.select("org_unit_id", "parent_id").rows())
    below: dict[Cell, list[Cell]] = {}
    for cell in true:
        kind, unit, *place = cell
        above = (kind, parent.get(unit) or "", *place)
        if above in true and kind not in {"moves_in", "moves_out", "unexplained"}:
            below.setdefault(above, []).append(cell)
    yield from ({whole: -1.0, **dict.fromkeys(parts, 1.0)} for whole, parts in below.items())


def _over_kinds(true: Counts) -> Iterator[dict[Cell, float]]:
    for kind, unit, sex, month, last in true:
        before = ("stock", unit, sex, *[_moved(month, -1)] * 2)
        moves = {(one, unit, sex, month, month): sign for one, sign in SIGNS.items()}
        if (kind, month) == ("stock", last) and {before, *moves} <= true.keys():
            yield {before: 1.0, (kind, unit, sex, month, last): -1.0, **moves}


def _months(first: str, last: str) -> list[str]:
    """Return the months of a span."""
    found = [first]
    while found[-1] < last:
        found.append(_moved(found[-1], 1))
    return found


def _moved(month: str, by: int) -> str:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + by, 12)
    return f"{year}-{number + 1:02d}"


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
