"""Estimates pooled over respondents, with intervals from resampling the respondents."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Sample = NDArray[np.float64]

TRIM_SHARE = 0.2  # domain/bpr.md 2.5, stage 5: 20 % trimmed mean from five respondents on, below that the median
FEWEST_TO_TRIM = 5
FEWEST_TO_RESAMPLE = 3
AT_ONCE = 2_000_000  # numbers of resamples held in memory together


def pooled(values: Sample) -> Sample:
    """Pool the estimates of the respondents into one number, weighing all respondents equally.

    Args:
        values: Estimates, shape (..., respondents); NaN where a respondent gave none.

    Returns:
        Shape (...): the 20 % trimmed mean from five estimates on, the median of fewer (the middle one, or the mean
        of the middle two); NaN of none.
    """
    ordered = np.sort(values, axis=-1)  # what is missing comes last
    given = np.count_nonzero(~np.isnan(ordered), axis=-1)[..., np.newaxis]
    cut = np.where(given < FEWEST_TO_TRIM, np.maximum(given - 1, 0) // 2, (TRIM_SHARE * given).astype(int))
    rank = np.arange(values.shape[-1])
    kept = (rank >= cut) & (rank < given - cut)
    with np.errstate(invalid="ignore"):
        return np.where(kept, ordered, 0).sum(axis=-1) / kept.sum(axis=-1)


def pooled_sum(sample: Sample) -> Sample:
    """Sum over the steps of a process what is pooled of their reach times what is pooled of their time.

    Args:
        sample: Shape (..., respondents, steps, 2): share of cases that reach the step, and its time; NaN
            where a step was not described.

    Returns:
        Shape (...).
    """
    return np.nansum(pooled(np.moveaxis(sample, -3, -1)).prod(axis=-1), axis=-1)


def interval(
    sample: Sample, statistic: Callable[[Sample], Sample], seed: int, draws: int = 1000, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic, drawing whole respondents.

    Args:
        sample: Shape (respondents, ...); the first axis is drawn with replacement.
        statistic: From samples, shape (draws, respondents, ...), to one number of each, shape (draws,).
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
    blocks = np.array_split(chosen, -(-draws * sample.size // AT_ONCE))
    resampled = np.concatenate([statistic(sample[rows]) for rows in blocks])
    low, high = np.nanquantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
