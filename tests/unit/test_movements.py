"""Movements are shown to the nearest ten, and what is told over them follows from what is shown."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from flows.release.protection.movements import movements
from flows.release.protection.rounding import moved
from flows.release.protection.rules import Moved, Series
from flows.release.protection.series import Told

RULE = Moved(
    to=10,
    exact_from=50,
    one_digit_below=100,
    counts=("exits", "hires"),
    kinds={"exit_rate": "rate", "hires_new": "persons", "kept": "cohort"},
    cohorts={"hires_kept": "hires"},
)
COLUMNS = {"exit_rate": ["numerator"], "hires_new": ["numerator"], "kept": ["denominator", "n"]}
MONTH, YEAR = (date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 1, 1), date(2026, 12, 31))


def shown(
    indicator: str, top: float, below: float | None, span: tuple[date, date] = MONTH, n: int = 60
) -> pl.DataFrame:
    """Return one row as it is shown, and shown again."""
    value = top if below is None else top / below
    row = {"indicator_id": indicator, "period_start": span[0], "period_end": span[1], "dimension_1": "all"}
    frame = pl.DataFrame([{**row, "numerator": top, "denominator": below, "value": value, "n": n}])
    frame = frame.with_columns(pl.col("numerator", "denominator", "value").cast(pl.Float64))
    exact = pl.Series([False])
    once = moved(frame, RULE, COLUMNS, exact)
    assert moved(once, RULE, COLUMNS, exact).equals(once)
    return once


@pytest.mark.parametrize(("count", "told"), [(0, 0), (5, 10), (14, 10), (15, 20), (54, 50)])
def test_a_movement_comes_to_the_nearest_ten(count: int, told: int) -> None:
    assert shown("hires_new", count, None)["value"].to_list() == [told]


def test_of_a_whole_unit_twelve_months_are_exact_from_fifty_on() -> None:
    assert shown("hires_new", 53, None, YEAR)["value"].to_list() == [53]
    assert shown("hires_new", 47, None, YEAR)["value"].to_list() == [50]


def test_a_rate_is_what_the_shown_movement_gives() -> None:
    assert shown("exit_rate", 13, 40)["value"].to_list() == [0.25]


@pytest.mark.parametrize(
    ("kept", "hires", "share", "top"), [(11, 13, 0.8, 5), (36, 41, 0.9, 35), (190, 204, 0.93, 186)]
)
def test_the_share_of_a_cohort_has_few_digits_and_no_part_of_it_looks_small(
    kept: int, hires: int, share: float, top: int
) -> None:
    row = shown("kept", kept, hires, n=hires)
    assert row.select("numerator", "denominator", "value").row(0) == (top, round(hires, -1), share)


def test_what_a_figure_leaves_open_holds_the_true_count() -> None:
    counts = [0, 3, 5, 12, 48, 53, 13, 11]
    names = ["exits"] * 6 + ["hires", "hires_kept"]
    cells = pl.DataFrame(
        {
            "cell": range(8),
            "count": names,
            "unit": ["A"] * 8,
            "view": "as_is",
            "sex": "all",
            "first": [*range(6), 9, 9],
            "last": [*range(1, 7), 10, 10],
            "grain": 2,
            "value": [float(n) for n in counts],
            "least": 5,
            "series": [0] * 6 + [1, 2],
        }
    )
    series = Series("hrm_indicators", {}, stocks=("staff",), averages=(), opening=("opening", "staff"))
    known = movements(series, Told(cells, cells), RULE, np.zeros(8, bool))
    assert (known.low <= known.value).all()
    assert (known.high >= known.value).all()
    assert known.low[2:5].tolist() == [5, 5, 45]
    assert known.high[2:5].tolist() == [14, 14, 54]
    assert known.high[7] - known.low[7] >= 5
