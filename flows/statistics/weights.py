"""Answers are weighted to the persons who were invited, or the run stops and says which cell is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flows.errors import QdeepError

Figures = NDArray[np.float64]
Labels = NDArray[np.str_]

TOLERANCE = 1e-6  # domain/hrm.md 2.4: what is no more than this off is met
REST = 1e-10  # where rounds change nothing any more: the sixth digit of an error needs more than the tolerance
ROUNDS = 50
SPREADS_ABOVE_MEDIAN = 3  # domain/hrm.md 2.4: weights are cut at the median + 3 interquartile ranges


class NotWeighted(QdeepError):
    """Weights cannot be found that meet the totals."""


def post_stratified(weights: ArrayLike, cells: Sequence[str], totals: Mapping[str, float]) -> Figures:
    """Scale weights so that each cell adds up to its total (domain/hrm.md 2.4).

    Args:
        weights: Base weight of each respondent.
        cells: Cell of each respondent.
        totals: Persons in each cell.

    Returns:
        One weight a respondent.

    Raises:
        NotWeighted: A respondent stands in a cell without a total, or a cell with persons has no respondent.
    """
    base = np.asarray(weights, float)
    labels = np.asarray(cells, dtype=str)
    _all_cells_met("cell", labels, totals)
    return _scaled(base, labels, totals)


def raked(
    weights: ArrayLike, margins: Mapping[str, Sequence[str]], totals: Mapping[str, Mapping[str, float]]
) -> Figures:
    """Scale weights in turns until each margin adds up to its totals (iterative proportional fitting).

    Args:
        weights: Base weight of each respondent.
        margins: For each margin the category of each respondent.
        totals: For each margin the persons in each category; all margins have the same sum.

    Returns:
        One weight a respondent; each margin is met to a millionth.

    Raises:
        NotWeighted: Margins disagree in their sums, a category has no respondent or no total, or fifty rounds
            do not settle it.
    """
    current, worst = np.asarray(weights, float), np.inf
    labels = {name: np.asarray(categories, dtype=str) for name, categories in margins.items()}
    _one_sum(totals)
    for name, categories in labels.items():
        _all_cells_met(name, categories, totals[name])
    for _ in range(ROUNDS):
        for name, categories in labels.items():
            current = _scaled(current, categories, totals[name])
        worst = max(_off(current, categories, totals[name]) for name, categories in labels.items())
        if worst < REST:
            break
    if worst < TOLERANCE:
        return current
    raise NotWeighted(
        "E-601", f"raking did not settle within {ROUNDS} rounds; leave a margin out or merge small categories"
    )


def _off(weights: Figures, labels: Labels, totals: Mapping[str, float]) -> float:
    """Return how far a margin is off; weights at rest prove nothing, for they may swing between two margins."""
    return float(np.max(np.abs(_scaled(weights, labels, totals) / weights - 1)))


def _scaled(weights: Figures, labels: Labels, totals: Mapping[str, float]) -> Figures:
    names, positions = np.unique(labels, return_inverse=True)
    sums = np.bincount(positions, weights)
    wanted = np.array([totals[str(name)] for name in names])
    return weights * (wanted / sums)[positions]


def _all_cells_met(margin: str, labels: Labels, totals: Mapping[str, float]) -> None:
    here = {str(label) for label in labels}
    needed = {name for name, persons in totals.items() if persons > 0}
    if strange := sorted(here - set(totals)):
        raise NotWeighted("E-601", f"{margin}: no total for {', '.join(strange)}; add it to the frame")
    if empty := sorted(needed - here):
        raise NotWeighted("E-601", f"{margin}: nobody answered in {', '.join(empty)}; merge it with a neighbour")


def _one_sum(totals: Mapping[str, Mapping[str, float]]) -> None:
    sums = {name: sum(categories.values()) for name, categories in totals.items()}
    if max(sums.values()) - min(sums.values()) > TOLERANCE * max(sums.values()):
        shown = ", ".join(f"{name} {total:g}" for name, total in sorted(sums.items()))
        raise NotWeighted("E-601", f"margins count different numbers of persons: {shown}; take all from one frame")


def trimmed(weights: ArrayLike, cells: Sequence[str], counts: ArrayLike | None = None) -> Figures:
    """Cut weights at the median plus three interquartile ranges and share what was cut among the rest of the cell.

    Args:
        weights: One weight a respondent, or a group of respondents who weigh alike.
        cells: Cell of each; a cell keeps its sum as far as its other members can take what was cut.
        counts: Respondents of each group; left out, one.

    Returns:
        As many weights; none above the cap unless its whole cell is.
    """
    base = np.asarray(weights, float)
    times = np.ones(base.size) if counts is None else np.asarray(counts, float)
    quarter, half, three_quarters = np.quantile(np.repeat(base, times.astype(np.int64)), [0.25, 0.5, 0.75])
    cap = half + SPREADS_ABOVE_MEDIAN * (three_quarters - quarter)
    labels = np.asarray(cells, dtype=str)
    result = base.copy()
    for cell in np.unique(labels):
        members = labels == cell
        result[members] = _cut(base[members], times[members], cap)
    return result


def _cut(weights: Figures, times: Figures, cap: float) -> Figures:
    """Return weights of one cell under the cap with the same sum; all alike where the cap leaves no room."""
    total = weights @ times
    if total >= cap * times.sum():
        return np.full(weights.size, total / times.sum())
    current = weights
    while (over := current > cap * (1 + TOLERANCE)).any():
        room = ~over & (current < cap)
        spare = (current[over] - cap) @ times[over]
        current = np.where(over, cap, current)
        current[room] *= 1 + spare / (current[room] @ times[room])
    return current


@dataclass(frozen=True)
class DesignEffect:
    """What weighting costs: `effect` times the variance, as if only `n_effective` had answered."""

    effect: float
    n_effective: float


def kish(weights: ArrayLike) -> DesignEffect:
    """Return the design effect of unequal weights (Kish 1965, 11.7): n sum(w^2) / sum(w)^2."""
    w = np.asarray(weights, float)
    effect = float(w.size * (w @ w) / w.sum() ** 2)
    return DesignEffect(effect, w.size / effect)
