"""Over time as much is told as gives no few persons away; what follows from it is worked out otherwise here."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.release.spans import MONTHLY, Span, grain
from flows.release.telling import Telling
from tests.unit.pieced import pieces

START, MONTHS, LEAST = 24_300, 24, 5  # two calendar years


def spans() -> list[Span]:
    """Return months, quarters, what has run since January, and twelve months, of two years."""
    ends = range(START, START + MONTHS + 1)
    return sorted(
        {(first, last) for first in ends for last in ends if first < last and _is_told(first, last)},
        key=lambda span: (span[1], span[0]),
    )


def _is_told(first: int, last: int) -> bool:
    length = last - first
    return length in (1, 12) or (length == 3 and first % 3 == 0) or (first % 12 == 0 and length < 12)


def flows_of(monthly: list[int]) -> pl.DataFrame:
    """Return one series with all its spans."""
    rows = [
        (0, cell, grain(span), *span, float(sum(monthly[span[0] - START : span[1] - START])), LEAST)
        for cell, span in enumerate(spans())
    ]
    return pl.DataFrame(rows, ["series", "cell", "grain", "first", "last", "value", "least"], orient="row")


def told_of(monthly: list[int]) -> tuple[pl.DataFrame, Telling]:
    """Tell a series of which small counts are withheld."""
    flows = flows_of(monthly)
    small = ((flows["value"] > 0) & (flows["value"] < LEAST)).to_numpy()
    return flows, Telling(flows, ~small, small)


def few(flows: pl.DataFrame, told: np.ndarray) -> list[float]:
    """Return the few persons that somebody finds who subtracts what is told."""
    shown = flows.filter(pl.Series(told)).sort("first", "last")
    found = pieces(tuple(shown.select("first", "last").rows()))
    return [amount for amount in found.terms @ shown["value"].to_numpy() if 1e-6 < amount < LEAST - 1e-6]


counts = st.lists(st.integers(0, 12), min_size=MONTHS, max_size=MONTHS)


@settings(max_examples=100, deadline=None)
@given(counts)
def test_nothing_small_follows_from_what_is_told(monthly: list[int]) -> None:
    flows, telling = told_of(monthly)
    assert few(flows, telling.known) == []


@settings(max_examples=30, deadline=None)
@given(counts, st.integers(0, 50))
def test_what_is_refused_does_not_follow_from_what_is_told(monthly: list[int], number: int) -> None:
    flows, telling = told_of(monthly)
    cell = number % flows.height
    telling.refuse(np.array([cell]))
    assert not telling.known[cell]
    assert few(flows, telling.known) == []


def test_everything_is_told_where_nothing_is_small() -> None:
    _, telling = told_of([7] * MONTHS)
    assert telling.known.all()
    assert not telling.refused.any()


def test_a_small_month_leaves_quarters_and_years_and_takes_three_months() -> None:
    """One more of its quarter, and the same two of the year before: windows of twelve months link both years."""
    flows, telling = told_of([7] * 13 + [2] + [7] * 10)
    gone = flows.filter(~pl.Series(telling.known))
    assert gone.filter(pl.col("grain") < MONTHLY).height == 0
    months = gone.filter(pl.col("last") - pl.col("first") == 1)["last"].to_list()
    assert len(months) == 4
    assert {month % 12 for month in months} == {1, 2}


def test_a_cell_that_two_series_share_is_told_by_both_or_by_none() -> None:
    """Of the second series the months are small; the shared quarter would give them away there."""
    one = flows_of([7] * MONTHS)
    other = flows_of([2, 9, 9, *[7] * 21]).with_columns(
        series=pl.lit(1, pl.Int64), cell=pl.when(pl.col("value") == 20).then("cell").otherwise(pl.col("cell") + 1000)
    )
    both = pl.concat([one, other])
    values = both.unique("cell").sort("cell")
    small = np.zeros(2000, bool)
    small[values.filter(pl.col("value").is_between(1, 4))["cell"].to_numpy()] = True
    telling = Telling(both, ~small, small)
    for series in (one, other):
        assert few(series, telling.known[series["cell"].to_numpy()]) == []
