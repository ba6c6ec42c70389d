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
    return intraclass_of(np.bincount(position), np.bincount(position, x), float((x**2).sum()))


def intraclass_of(sizes: ArrayLike, totals: ArrayLike, squares: float) -> IntraclassCorrelation:
    """Return the intraclass correlations from sums.

    Args:
        sizes: Respondents of each group, none empty.
        totals: Sum of the scores of each group.
        squares: Sum of the squared scores of all.
    """
    members, total = np.asarray(sizes, float), np.asarray(totals, float)
    k, n = members.size, float(members.sum())
    if k <= 1 or n <= k:
        return IntraclassCorrelation(np.nan, np.nan, np.nan, k, int(n))
    explained = float((total**2 / members).sum())
    between = (explained - float(total.sum()) ** 2 / n) / (k - 1)
    within = (squares - explained) / (n - k)
    adjusted = (n - float((members**2).sum()) / n) / (k - 1)
    return IntraclassCorrelation(
        _share(between, within, adjusted), _share(between, within, n / k), _ratio(between - within, between), k, int(n)
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
    ratio = float(np.nanvar(given, axis=0, ddof=1).mean() / ((points**2 - 1) / 12))
    return float(agreement_of(ratio, given.shape[1]))


def agreement_of(ratio: ArrayLike, items: int) -> Figures:
    """Return r_wg(J) from mean variances of the items, as parts of the variance of answers spread evenly."""
    part = np.asarray(ratio, float)
    with np.errstate(invalid="ignore"):
        return np.where(part >= 1, 0.0, items * (1 - part) / (items * (1 - part) + part))


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
