"""An outsider bounds the cases on each way of a process that is withheld, from all that is published of the process.

Ways are shown to the nearest five beside totals; cases that come to a step leave it or end there. No code of the
release is used.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import scipy.sparse as sp
from scipy.optimize import linprog

Way = tuple[str, str]
Range = tuple[float, float]
OPEN: Range = (0.0, np.inf)
STEP = 5
# Figures of a step that count its cases, or how often it was done: the base of each figure, and two denominators.
TOLD_BY = (
    ("", "n", "steps"),
    ("step_yield", "denominator", "steps"),
    ("touch_time", "denominator", "works"),
    ("touch_time", "quotient", "works"),
)
_QUOTIENT = pl.col("numerator") / pl.col("value")
# What a denominator must be where it is withheld and the figure is not.
QUOTIENT = pl.when((_QUOTIENT - _QUOTIENT.round()).abs() < 1e-6).then(_QUOTIENT.round())


@dataclass
class Told:
    """What is told of a process in a unit: the least and the most cases.

    Attributes:
        ways: From a step to the next; withheld ones are open.
        times: How often that was gone.
        steps: Cases that came to a step.
        works: How often the step was done.
        whole: Completed cases.
        done: How often steps were done, all of them together.
        least: Cases known to go a way, since the courses shown lead over it.
        rest: Cases of no course shown.
    """

    ways: dict[Way, Range]
    times: dict[Way, Range] = field(default_factory=dict)
    steps: dict[str, Range] = field(default_factory=dict)
    works: dict[str, Range] = field(default_factory=dict)
    whole: Range = OPEN
    done: Range = OPEN
    least: dict[Way, float] = field(default_factory=dict)
    rest: float = np.inf


def told_of(folder: Path, process: str, unit: str) -> Told:
    """Read what a release tells of a process in a unit."""
    here = (pl.col("process_id") == process) & (pl.col("org_unit_id") == unit)
    flows = pl.read_parquet(folder / "bpr_flows.parquet").filter(here)
    ways = list(zip(flows["from_step_id"], flows["to_step_id"], strict=True))
    told = Told(
        dict(zip(ways, _ranges(flows["cases"]), strict=True)), dict(zip(ways, _ranges(flows["times"]), strict=True))
    )
    steps = pl.read_parquet(folder / "bpr_steps.parquet").filter(here)
    for step, bounds in zip(steps["step_id"], _ranges(steps["log_cases"]), strict=True):
        _narrow(told.steps, step, bounds)
    log = {"evidence_source": "log", "org_view": "as_was", "category_1": "all"}
    figures = pl.read_parquet(folder / "bpr_metrics.parquet").filter(here, **log).with_columns(quotient=QUOTIENT)
    each = figures.filter(pl.col("step_id") != "all")
    for name, column, known in TOLD_BY:
        rows = each.filter(indicator_id=name) if name else each
        ranges = _ranges(rows[column]) if column == "n" else _below(rows[column], rows["n"])
        for step, bounds in zip(rows["step_id"], ranges, strict=True):
            _narrow(getattr(told, known), step, bounds)
    totals = figures.filter(step_id="all")
    told.whole = next(iter(_ranges(totals.filter(indicator_id="throughput_rate")["n"])), OPEN)
    told.done = next(iter(_ranges(totals.filter(indicator_id="step_count")["numerator"])), OPEN)
    _courses(told, pl.read_parquet(folder / "bpr_variants.parquet").filter(here, pl.col("cases").is_not_null()))
    return told


def _ranges(column: pl.Series) -> list[Range]:
    """Return what numbers of cases can be: as they stand, or to the nearest five where all of them are fives."""
    shown = column.drop_nulls()
    half = (STEP - 1) / 2 if shown.len() and (shown % STEP == 0).all() else 0
    return [OPEN if value is None else (max(0.0, value - half), value + half) for value in column.cast(pl.Float64)]


def _below(column: pl.Series, base: pl.Series) -> list[Range]:
    """Return what denominators can be: as they stand, or rounded with their base, or to two figures (one below 100)."""
    if not (column.drop_nulls() % STEP == 0).all():
        return _ranges(column)
    halves = [
        None if value is None else (STEP - 1) / 2 if value == n else 10.0 ** max(len(str(int(value))) - 2, 1) / 2
        for value, n in zip(column, base, strict=True)
    ]
    return [
        OPEN if value is None or half is None else (max(0.0, value - half), value + half)
        for value, half in zip(column.cast(pl.Float64), halves, strict=True)
    ]


def _narrow(known: dict[str, Range], step: str, bounds: Range) -> None:
    low, high = known.get(step, OPEN)
    known[step] = max(low, bounds[0]), min(high, bounds[1])


def _courses(told: Told, courses: pl.DataFrame) -> None:
    """Cases of the courses shown go their ways at least; what is left of all cases may go any."""
    shown, least = 0.0, defaultdict(float)
    for course, variants, (low, _) in zip(
        courses["variant"], courses["variants"], _ranges(courses["cases"]), strict=True
    ):
        steps = course.split(">")
        if variants == 1 and len(steps) > 1:
            shown += low
            for way in set(pairwise(steps)):
                least[way] += low
    told.least, told.rest = dict(least), told.whole[1] - shown


def bounds_of(told: Told) -> Iterator[tuple[Way, float, float]]:
    """Yield for each way that is withheld the fewest and the most cases that may have gone it.

    Raises:
        AssertionError: Where what is told contradicts itself.
    """
    ways, steps = sorted(told.ways), sorted({step for way in told.ways for step in way})
    names: list[object] = [(kind, way) for kind in "yt" for way in ways] + [(k, step) for k in "cxse" for step in steps]
    at = {name: number for number, name in enumerate([*names, "all", "done"])}
    sides = [_at_least(told, way) for way in ways] + [told.times.get(way, OPEN) for way in ways]
    sides += [told.steps.get(step, OPEN) for step in steps] + [told.works.get(step, OPEN) for step in steps]
    sides += [*[OPEN] * (2 * len(steps)), told.whole, told.done]
    equal, under = list(_equal(ways, steps)), list(_under(ways, steps))
    left, right = (_matrix(lines, at) for lines in (equal, under))
    for way in (way for way in ways if told.ways[way] == OPEN):
        cost = np.zeros(len(at))
        cost[at["y", way]] = 1
        ends = [
            linprog(sign * cost, right, np.zeros(len(under)), left, np.zeros(len(equal)), sides) for sign in (1, -1)
        ]
        assert {end.status for end in ends} <= {0, 3}, "what is told contradicts itself"
        yield way, ends[0].fun, np.inf if ends[1].status == 3 else -ends[1].fun


def _at_least(told: Told, way: Way) -> Range:
    low, high = told.ways[way]
    least = told.least.get(way, 0.0)
    return max(low, least), max(min(high, least + told.rest), low)


Line = dict[object, float]


def _equal(ways: Sequence[Way], steps: Sequence[str]) -> Iterator[Line]:
    """Every case begins and ends once; a step to which no way leads back is left by one way, and entered by one."""
    for kind in "se":
        yield {(kind, step): 1.0 for step in steps} | {"all": -1.0}
    yield {("x", step): 1.0 for step in steps} | {"done": -1.0}
    again = _on_circles(ways)
    for step in steps:
        into, out = [way for way in ways if way[1] == step], [way for way in ways if way[0] == step]
        yield _sum("t", into) | {("s", step): 1.0, ("x", step): -1.0}
        yield _sum("t", out) | {("e", step): 1.0, ("x", step): -1.0}
        if step not in again:
            yield _sum("y", into) | {("s", step): 1.0, ("c", step): -1.0}
            yield _sum("y", out) | {("e", step): 1.0, ("c", step): -1.0}


def _under(ways: Sequence[Way], steps: Sequence[str]) -> Iterator[Line]:
    """Lines that are at most 0: who came to a step came by a way or began there, and went by one or ended there."""
    for way in ways:
        yield {("y", way): 1.0, ("t", way): -1.0}
        for step in set(way):
            yield {("y", way): 1.0, ("c", step): -1.0}
    for step in steps:
        others = [way for way in ways if way[0] != way[1]]
        yield {("c", step): 1.0, ("s", step): -1.0} | _sum("y", [way for way in others if way[1] == step], -1.0)
        yield {("c", step): 1.0, ("e", step): -1.0} | _sum("y", [way for way in others if way[0] == step], -1.0)
        yield from ({(kind, step): 1.0, ("c", step): -1.0} for kind in "se")


def _sum(kind: str, ways: Iterable[Way], sign: float = 1.0) -> Line:
    return {(kind, way): sign for way in ways}


def _on_circles(ways: Sequence[Way]) -> set[str]:
    """Return the steps to which some way leads back."""
    after = defaultdict(set)
    for first, then in ways:
        after[first].add(then)
    for _ in range(len(after)):
        for first in list(after):
            after[first] |= {further for then in after[first] for further in after.get(then, ())}
    return {step for step, reached in after.items() if step in reached}


def _matrix(lines: Sequence[Line], at: dict[object, int]) -> sp.csr_matrix:
    rows = [number for number, line in enumerate(lines) for _ in line]
    columns = [at[key] for line in lines for key in line]
    return sp.csr_matrix(([one for line in lines for one in line.values()], (rows, columns)), (len(lines), len(at)))
