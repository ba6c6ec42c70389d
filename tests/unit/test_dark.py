"""No small count can be taken for one that is shown: whoever asks what is known asks one value for all reasons."""

import numpy as np
import polars as pl
import pytest

from flows.release.protection.dark import Dark, few
from flows.release.protection.movements import Movements
from flows.release.protection.past import Memory

NO = np.zeros(4, bool)
COUNTS = np.array([30.0, 3.0, 0.0, 12.0])
PLACES = pl.DataFrame({"cell": range(4), "table": "t", "row": pl.Series(range(4), dtype=pl.UInt32), "column": "n"})
SHOWN = {"t": pl.DataFrame({"n": [None] * 4}, schema={"n": pl.String})}


def memory(*, told: int | None = None, kept: int | None = None) -> dict[str, Memory]:
    """Return what an earlier release said of one row."""
    flags = [pl.DataFrame({"n": [row == one for row in range(4)]}) for one in (told, kept)]
    return {"t": Memory(*flags, pl.DataFrame({"n": [None] * 4}, schema={"n": pl.Float64}))}


def test_a_small_count_is_in_the_dark_though_no_mask_withholds_it() -> None:
    """A denominator of 3, at which the first step does not look."""
    dark = Dark.of(PLACES, SHOWN, {}, few(COUNTS, np.full(4, 5.0)))
    assert dark.withheld.tolist() == [False, True, False, False]
    known = Movements(COUNTS, np.full(4, 5.0), ~NO, COUNTS, COUNTS, NO)
    low, high = known.known(dark)
    assert (low[1], high[1], low[3], high[3]) == (0, np.inf, 12, 12)


@pytest.mark.parametrize(
    ("told", "kept", "row", "is_dark"), [(1, None, 1, False), (None, 3, 3, True), (3, 3, 3, False)]
)
def test_what_an_earlier_release_tells_or_withholds_is_told_or_withheld(
    told: int | None, kept: int | None, row: int, *, is_dark: bool
) -> None:
    dark = Dark.of(PLACES, SHOWN, memory(told=told, kept=kept), few(COUNTS, np.full(4, 5.0)))
    assert dark.withheld[row] == is_dark


def test_a_mask_counts_only_where_no_other_place_shows_the_count() -> None:
    both = pl.concat([PLACES, PLACES.with_columns(table=pl.lit("u"))])
    gone = {"t": SHOWN["t"].with_columns(n=pl.lit("C")), "u": SHOWN["t"]}
    assert Dark.of(PLACES, gone, {}, NO).withheld.all()
    assert not Dark.of(both, gone, {}, NO).withheld.any()


def test_what_is_added_stays_and_nothing_is_taken_away() -> None:
    dark = Dark.of(PLACES, SHOWN, {}, few(COUNTS, np.full(4, 5.0)))
    more = dark.with_(np.array([True, False]), np.array([3, 1]))
    assert more.withheld.tolist() == [False, True, False, True]
    assert more.at(np.array([3, 0])).withheld.tolist() == [True, False]
    assert not dark.withheld[3]
    assert dark.everything().withheld.all()
