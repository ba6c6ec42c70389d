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
        left = (true[whole] or 0) - sum(true[part] or 0 for part in parts)
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
    return Stranger({cell: stranger.known[cell] for cell in {*cells, *(c for line in sums for c in line)}}, sums)


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
