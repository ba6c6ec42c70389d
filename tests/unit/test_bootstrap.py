"""Pooling and resampling, against values worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.statistics.bootstrap import interval, pooled, pooled_sum


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([10, 20, 30, 40, 500], 30.0),  # five: the lowest and the highest fifth fall away, (20 + 30 + 40) / 3
        ([10, 20, 30, 100], 25.0),  # four: median
        ([10, 20, 90], 20.0),  # three: median
        ([10, 40], 25.0),  # two: median
        ([7, np.nan], 7.0),  # blanks are not answers
    ],
)
def test_the_number_of_respondents_decides_how_they_are_pooled(values: list[float], expected: float) -> None:
    assert pooled(np.array(values, dtype=float)) == pytest.approx(expected)


def test_nothing_pooled_is_not_zero() -> None:
    assert np.isnan(pooled(np.array([np.nan, np.nan])))


def test_a_process_is_the_sum_of_its_steps_weighed_by_their_reach() -> None:
    """Step 1: all cases, 10, 20 and 30 minutes. Step 2: half of the cases, 1 and 2 minutes, one respondent silent."""
    reach = np.array([[1.0, 0.5], [1.0, 0.5], [1.0, np.nan]])
    minutes = np.array([[10.0, 1.0], [20.0, 2.0], [30.0, np.nan]])
    assert pooled_sum(np.stack([reach, minutes], axis=2)) == pytest.approx(20 + 0.5 * 1.5)


def test_the_same_seed_gives_the_same_interval() -> None:
    sample = np.arange(20, dtype=float)
    assert interval(sample, pooled, seed=7) == interval(sample, pooled, seed=7)


def test_two_respondents_have_no_interval() -> None:
    assert np.isnan(interval(np.array([1.0, 2.0]), pooled, seed=1)).all()


@given(st.lists(st.floats(1, 1e6), min_size=3, max_size=30), st.integers(0, 2**31))
def test_an_interval_lies_within_the_answers(values: list[float], seed: int) -> None:
    low, high = interval(np.array(values), pooled, seed=seed, draws=50)
    assert min(values) * (1 - 1e-9) <= low <= high <= max(values) * (1 + 1e-9)


def test_the_interval_of_a_mean_agrees_with_theory() -> None:
    """400 draws of a normal law with mean 0 and deviation 1: 1.96 / sqrt(400) = 0.098 on each side."""
    sample = np.random.default_rng(3).normal(size=400)
    low, high = interval(sample, lambda drawn: drawn.mean(axis=-1), seed=3, draws=2000)
    assert high - low == pytest.approx(2 * 0.098, rel=0.1)
