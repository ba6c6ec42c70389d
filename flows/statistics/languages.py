"""Answers in two languages compare only where an item means the same in both: item by item, at equal scores.

Mantel's test for ordered answers (Mantel 1963) with the standardised mean difference (Dorans and Schmitt 1991) says
whether persons of one language answer an item otherwise than persons of another who score alike on the scale; Tucker's
phi says whether one factor carries both versions alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Figures = NDArray[np.float64]

LARGE_EFFECT = 0.25  # of the standard deviation of the item: "large" (C) by the rule of the Educational Testing Service


@dataclass(frozen=True)
class ItemDifference:
    """How two groups differ in one item at equal scores.

    Attributes:
        effect: Mean of the focal group less that of the reference group, weighted by the scores of the focal group, in
            standard deviations of the item; NaN where no score is met by both.
        p_value: Two-sided, by the normal approximation of Mantel's statistic.
    """

    effect: float
    p_value: float


def item_difference(counts: ArrayLike, points: ArrayLike) -> ItemDifference:
    """Compare the answers of two groups to one item.

    Args:
        counts: Shape (2, scores, options): persons of the reference and of the focal group by score and option.
        points: What each option is worth.
    """
    table, worth = np.asarray(counts, float), np.asarray(points, float)
    both = table[:, (table.sum(axis=2) > 0).all(axis=0)]
    sizes, sums = both.sum(axis=2), both @ worth
    n, total, squares = sizes.sum(axis=0), sums.sum(axis=0), (both @ worth**2).sum(axis=0)
    if not n.size:
        return ItemDifference(np.nan, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = sizes[1] / n * total
        variance = sizes[0] * sizes[1] / (n**2 * (n - 1)) * (n * squares - total**2)
        z = (sums[1] - expected).sum() / np.sqrt(np.nansum(variance))
        means = sums / sizes
        difference = float((sizes[1] * (means[1] - means[0])).sum() / sizes[1].sum())
        effect = difference / np.sqrt(_variance(table.sum(axis=(0, 1)), worth))
    return ItemDifference(float(effect), float(2 * ndtr(-abs(z))))


def _variance(counts: Figures, worth: Figures) -> float:
    n = counts.sum()
    mean = counts @ worth / n
    return float(counts @ (worth - mean) ** 2 / (n - 1))


def congruence(first: ArrayLike, second: ArrayLike) -> float:
    """Return Tucker's phi of two lists of loadings: 1 where they are proportional (Tucker 1951)."""
    one, other = np.asarray(first, float), np.asarray(second, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(one @ other / np.sqrt((one @ one) * (other @ other)))
