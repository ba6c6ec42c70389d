"""A difference is called a change only where chance and size both allow it (domain/hrm.md 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr

from flows.statistics.intervals import Estimate, finite_base

Figures = NDArray[np.float64]

FALSE_DISCOVERY_SHARE = 0.05


@dataclass(frozen=True)
class Test:
    """A test statistic with its two-sided probability under "no difference"."""

    __test__ = False  # not a test of pytest

    statistic: float
    p_value: float


def two_shares(shares: Sequence[float], bases: Sequence[float], populations: Sequence[float] | None = None) -> Test:
    """Compare two shares by the pooled z test; each base is corrected by its own finite population.

    Args:
        shares: The two shares, 0 to 1.
        bases: Their (effective) numbers of answers.
        populations: Persons asked about in each; left out, no correction.

    Returns:
        The test; NaN where both shares are 0 or both are 1, which leaves nothing to compare by.
    """
    first, second = shares
    n = np.asarray(bases, float)
    pooled = float(np.average(shares, weights=n))
    base = n if populations is None else finite_base(n, populations)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = float((first - second) / np.sqrt(pooled * (1 - pooled) * (1 / base).sum()))
    return Test(z, float(2 * ndtr(-abs(z))))


def two_means(first: Estimate, second: Estimate) -> Test:
    """Compare two means by Welch's t test on their standard errors and effective numbers."""
    variances = np.array([first.standard_error, second.standard_error]) ** 2
    free = np.array([first.n_effective, second.n_effective]) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (first.value - second.value) / np.sqrt(variances.sum())
        degrees = variances.sum() ** 2 / (variances**2 / free).sum()
    return Test(float(t), float(2 * stdtr(degrees, -abs(t))))


def mean_against(estimate: Estimate, benchmark: float) -> Test:
    """Compare a mean with a fixed benchmark by the one-sample t test."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.float64(estimate.value - benchmark) / estimate.standard_error
    return Test(float(t), float(2 * stdtr(estimate.n_effective - 1, -abs(t))))


def discoveries(p_values: ArrayLike, share: float = FALSE_DISCOVERY_SHARE) -> NDArray[np.bool_]:
    """Say which of many tests hold when at most this share of them may be false (Benjamini and Hochberg 1995).

    Args:
        p_values: Two-sided probabilities, any shape; NaN never holds and does not count as a test.
        share: Bound of the false discovery rate.

    Returns:
        Booleans of the same shape.
    """
    return np.asarray(adjusted(p_values) <= share)


def adjusted(p_values: ArrayLike) -> Figures:
    """Return Benjamini and Hochberg's adjusted probabilities, of the same shape; NaN stays NaN."""
    p = np.asarray(p_values, float)
    given = ~np.isnan(p)
    order = np.argsort(-p[given])
    ranks = np.arange(given.sum(), 0, -1)
    result = np.full(p.shape, np.nan)
    falling = np.minimum.accumulate(np.minimum(p[given][order] * given.sum() / ranks, 1))
    result[given] = falling[np.argsort(order)]
    return result
