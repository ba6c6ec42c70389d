"""Estimates pooled over respondents, with intervals from resampling the respondents."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Sample = NDArray[np.float64]

TRIM_SHARE = 0.2  # domain/bpr.md 2.5, stage 5: 20 % trimmed mean from five respondents on, below that the median
FEWEST_TO_TRIM = 5
FEWEST_TO_RESAMPLE = 3


def pooled(values: Sample) -> float:
    """Pool one estimate of each respondent into one number, weighing all respondents equally.

    Args:
        values: Estimates, shape (respondents,); NaN where a respondent gave none.

    Returns:
        The 20 % trimmed mean from five estimates on, the median of fewer; NaN of none.
    """
    given = np.sort(values[~np.isnan(values)])
    if given.size == 0:
        return float("nan")
    if given.size < FEWEST_TO_TRIM:
        return float(np.median(given))
    cut = int(TRIM_SHARE * given.size)
    return float(given[cut : given.size - cut].mean())


def pooled_sum(sample: Sample) -> float:
    """Sum over the steps of a process what is pooled of their reach times what is pooled of their time.

    Args:
        sample: Shape (respondents, steps, 2): share of cases that reach the step, and its time; NaN
            where a step was not described.
    """
    steps = range(sample.shape[1])
    return float(np.nansum([pooled(sample[:, step, 0]) * pooled(sample[:, step, 1]) for step in steps]))


def interval(
    sample: Sample, statistic: Callable[[Sample], float], seed: int, draws: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic, drawing whole respondents.

    Args:
        sample: Shape (respondents, ...); the first axis is drawn with replacement.
        statistic: From a sample of the same shape to one number.
        seed: Seed of the draws; the same seed gives the same interval.
        draws: Number of resamples.
        level: Coverage of the interval.

    Returns:
        Lower and upper bound; NaN where there are fewer than three respondents, whose resamples say nothing.
    """
    respondents = sample.shape[0]
    if respondents < FEWEST_TO_RESAMPLE:
        return float("nan"), float("nan")
    chosen = np.random.default_rng(seed).integers(0, respondents, size=(draws, respondents))
    resampled = np.array([statistic(sample[rows]) for rows in chosen])
    low, high = np.nanquantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
