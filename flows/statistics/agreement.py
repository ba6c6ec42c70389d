"""A unit's mean says something about the unit only where its members agree and units differ (domain/hrm.md 2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Figures = NDArray[np.float64]


@dataclass(frozen=True)
class IntraclassCorrelation:
    """One-way analysis of variance of a score over groups.

    Attributes:
        icc1: Share of variance that lies between groups, by the adjusted group size (Bliese 2000).
        icc1_plain: The same by the plain mean group size.
        icc2: Reliability of the group means.
        groups: Groups with answers.
        n: Answers.
    """

    icc1: float
    icc1_plain: float
    icc2: float
    groups: int
    n: int


def intraclass(values: ArrayLike, groups: Sequence[str]) -> IntraclassCorrelation:
    """Return the intraclass correlations of scores.

    Args:
        values: One score a respondent, NaN where there is none.
        groups: Group of each respondent.

    Returns:
        The correlations; NaN for fewer than two groups, or where no group has two members.
    """
    scores, labels = np.asarray(values, float), np.asarray(groups, dtype=str)
    given = ~np.isnan(scores)
    names, position = np.unique(labels[given], return_inverse=True)
    x, k, n = scores[given], len(names), int(given.sum())
    if k <= 1 or n <= k:
        return IntraclassCorrelation(np.nan, np.nan, np.nan, k, n)
    sizes = np.bincount(position)
    means = np.bincount(position, x) / sizes
    between = float((sizes * (means - x.mean()) ** 2).sum() / (k - 1))
    within = float(((x - means[position]) ** 2).sum() / (n - k))
    adjusted = (n - (sizes**2).sum() / n) / (k - 1)
    return IntraclassCorrelation(
        _share(between, within, adjusted), _share(between, within, n / k), _ratio(between - within, between), k, n
    )


def _share(between: float, within: float, size: float) -> float:
    return _ratio(between - within, between + (size - 1) * within)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def within_group_agreement(answers: ArrayLike, points: int) -> float:
    """Return r_wg(J) of one group: agreement against answers spread evenly over the scale (James et al. 1984).

    Args:
        answers: Shape (members, items), NaN where blank.
        points: Points of the answer scale.

    Returns:
        0 (none, or less than by chance) to 1; NaN for fewer than two members.
    """
    given = np.atleast_2d(np.asarray(answers, float))
    if len(given) <= 1:
        return float("nan")
    items = given.shape[1]
    ratio = float(np.nanvar(given, axis=0, ddof=1).mean() / ((points**2 - 1) / 12))
    if ratio >= 1:
        return 0.0
    return items * (1 - ratio) / (items * (1 - ratio) + ratio)


def straight_lined(answers: ArrayLike, fewest: int = 6) -> NDArray[np.bool_]:
    """Say which respondents answered all items of a block of at least six alike; they are flagged, not dropped.

    Args:
        answers: Shape (respondents, items) as given, before reversed items are turned; NaN where blank.
        fewest: Answers that a block must have to say anything.
    """
    given = np.asarray(answers, float)
    blank = np.isnan(given)
    highest, lowest = np.where(blank, -np.inf, given).max(axis=1), np.where(blank, np.inf, given).min(axis=1)
    return ((~blank).sum(axis=1) >= fewest) & (highest == lowest)


def sped(seconds: ArrayLike) -> NDArray[np.bool_]:
    """Say which respondents took less than a third of the median time; nobody where no time was recorded."""
    times = np.asarray(seconds, float)
    if np.isnan(times).all():
        return np.zeros(times.shape, bool)
    return times < np.nanmedian(times) / 3
