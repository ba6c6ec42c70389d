"""Over time no withheld movement is bounded within its protection; linear programs over the months say the same."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from flows.release.protection.dark import Dark
from flows.release.protection.rules import Protection
from flows.release.protection.secondary import ends_of
from flows.release.protection.spans import Span
from flows.release.protection.timeline import Timeline

START, MONTHS, LEAST, STEP, CLOSE = 24_300, 24, 5, 10, 1e-3  # two calendar years
PROTECTION = Protection(down_least=2, down_share=0.5)


def spans() -> list[Span]:
    """Return months, quarters, what has run since January, and twelve months, of two years."""
    ends = range(START, START + MONTHS + 1)
    return [(first, last) for first in ends for last in ends if first < last and _is_told(first, last)]


def _is_told(first: int, last: int) -> bool:
    length = last - first
    return length in (1, 12) or (length == 3 and first % 3 == 0) or (first % 12 == 0 and length < 12)


class Series:
    """One count over time with all its spans, as shown: small ones withheld, larger ones to the nearest ten."""

    def __init__(self, monthly: list[int]) -> None:
        """Add up the spans."""
        self.spans = spans()
        self.value = np.array([float(sum(monthly[first - START : last - START])) for first, last in self.spans])
        self.small = (self.value > 0) & (self.value < LEAST)
        rows = [(0, cell, *span, self.value[cell]) for cell, span in enumerate(self.spans)]
        self.flows = pl.DataFrame(rows, ["series", "cell", "first", "last", "value"], orient="row")

    @property
    def dark(self) -> Dark:
        """Return what nobody may read at first."""
        return Dark(self.small, self.small, np.zeros(self.small.size, bool))

    def known(self, withheld: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is known of each span by its own figure."""
        told = (self.value + STEP // 2) // STEP * STEP
        low = np.where(self.value == 0, 0, np.maximum(told - STEP // 2, LEAST))
        high = np.where(self.value == 0, 0, told + STEP - 1 - STEP // 2)
        return np.where(withheld, 0, low), np.where(withheld, np.inf, high)

    def ends(self, cell: int, withheld: np.ndarray) -> tuple[float, float]:
        """Return what a linear program over the single months can make of one span."""
        matrix = np.zeros((len(self.spans), MONTHS))
        for row, (first, last) in enumerate(self.spans):
            matrix[row, first - START : last - START] = 1
        low, high = self.known(withheld)
        sums, right = np.vstack([matrix[~withheld], -matrix[~withheld]]), np.r_[high[~withheld], -low[~withheld]]
        least, most = (linprog(sign * matrix[cell], sums, right, method="highs") for sign in (1, -1))
        return least.fun, np.inf if most.status == 3 else -most.fun


counts = st.lists(st.integers(0, 9), min_size=MONTHS, max_size=MONTHS)


@settings(max_examples=25, deadline=None)
@given(counts, st.data())
def test_bounds_are_those_of_a_program_over_the_months(monthly: list[int], data: st.DataObject) -> None:
    series = Series(monthly)
    line = Timeline.of(series.flows, np.arange(series.value.size), series.value.size)
    low, high = line.bounds(*series.known(series.small))
    cell = data.draw(st.integers(0, series.value.size - 1))
    assert series.ends(cell, series.small) == pytest.approx((low[cell], high[cell]), abs=CLOSE)


@settings(max_examples=25, deadline=None)
@given(counts)
def test_no_small_movement_is_bounded_within_its_protection(monthly: list[int]) -> None:
    series = Series(monthly)
    top, bottom = ends_of(series.value, np.full(series.value.size, float(LEAST)), PROTECTION)
    line = Timeline.of(series.flows, np.flatnonzero(series.small), series.value.size)
    wanted = np.where(series.small, top, -np.inf), np.where(series.small, bottom, np.inf)
    withheld = line.protect(lambda dark: series.known(dark.withheld), series.dark, *wanted).withheld
    assert (withheld >= series.small).all()
    for cell in np.flatnonzero(series.small)[:6]:
        low, high = series.ends(int(cell), withheld)
        assert high >= top[cell] - CLOSE
        assert low <= bottom[cell] + CLOSE


def test_where_nothing_is_small_all_is_told() -> None:
    series = Series([7] * MONTHS)
    line = Timeline.of(series.flows, np.flatnonzero(series.small), series.value.size)
    assert not line.series.size
    assert line.timed.all()


def test_what_runs_since_january_goes_before_quarters_and_years() -> None:
    series = Series([30] * 4 + [2] + [30] * 19)
    top, bottom = ends_of(series.value, np.full(series.value.size, float(LEAST)), PROTECTION)
    line = Timeline.of(series.flows, np.flatnonzero(series.small), series.value.size)
    wanted = np.where(series.small, top, -np.inf), np.where(series.small, bottom, np.inf)
    gone = line.protect(lambda dark: series.known(dark.withheld), series.dark, *wanted).withheld & ~series.small
    lengths = {last - first for cell, (first, last) in enumerate(series.spans) if gone[cell]}
    assert 12 not in lengths


def test_what_does_not_add_up_over_time_is_left_alone() -> None:
    """Who was trained twice counts once in a year."""
    series = Series([6] * MONTHS)
    value = series.value.copy()
    value[[cell for cell, (first, last) in enumerate(series.spans) if last - first == 12]] = 40
    line = Timeline.of(series.flows, np.arange(value.size), value.size)
    assert not line.adding_up(value).series.size
    assert line.adding_up(series.value).series.size
