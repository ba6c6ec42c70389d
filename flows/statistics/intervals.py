"""Shares and means carry the interval that the answers allow, smaller the more of the unit has answered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Figures = NDArray[np.float64]


def quantile_of_normal(level: float) -> float:
    """Return how many standard errors a two-sided interval of this coverage reaches to each side."""
    return float(ndtri((1 + level) / 2))


def wilson(
    share: ArrayLike, n: ArrayLike, population: ArrayLike | None = None, level: float = 0.95
) -> tuple[Figures, Figures]:
    """Return Wilson's score interval of shares (domain/hrm.md 2.5).

    Args:
        share: Shares between 0 and 1.
        n: Answers behind each, effective ones where they are weighted.
        population: Persons asked about; the interval shrinks by n* = n (N - 1) / (N - n).
        level: Coverage.

    Returns:
        Lower and upper bounds, NaN where nobody answered and where everybody did (a census has no interval).
    """
    p, answers = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    answers = answers if population is None else finite_base(answers, population)
    z2 = quantile_of_normal(level) ** 2
    with np.errstate(all="ignore"):
        centre = (p + z2 / (2 * answers)) / (1 + z2 / answers)
        half = np.sqrt(z2) / (1 + z2 / answers) * np.sqrt(p * (1 - p) / answers + z2 / (4 * answers**2))
        known = (answers > 0) & np.isfinite(answers)
        low, high = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def finite_base(n: ArrayLike, population: ArrayLike) -> Figures:
    """Return the answers that would say as much if the population had no end; infinite for a census."""
    answers, persons = np.broadcast_arrays(np.asarray(n, float), np.asarray(population, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(persons > answers, answers * (persons - 1) / (persons - answers), np.inf)


def margin(share: ArrayLike, n: ArrayLike, population: ArrayLike, level: float = 0.95) -> Figures:
    """Return half the width of the plain interval of shares in a finite population (domain/hrm.md 2.5).

    Args:
        share: Shares between 0 and 1.
        n: Answers behind each.
        population: Persons asked about, at least n.
        level: Coverage.

    Returns:
        Half widths, as shares; 0 for a census.
    """
    p, base = np.asarray(share, float), finite_base(n, population)
    return quantile_of_normal(level) * np.sqrt(p * (1 - p) / base)


@dataclass(frozen=True)
class Estimate:
    """A mean of weighted answers with its standard error."""

    value: float
    standard_error: float
    n: int
    n_effective: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the normal interval of the mean."""
        half = quantile_of_normal(level) * self.standard_error
        return self.value - half, self.value + half


def linearised_mean(values: ArrayLike, weights: ArrayLike | None = None, population: float | None = None) -> Estimate:
    """Return a weighted mean with its Taylor-linearised standard error, as a design of independent persons gives it.

    The residuals w (x - mean) / sum(w) have the variance n / (n - 1) * sum of their squares * (1 - n / N).
    Source: Lumley, Complex Surveys (2010), 2.2; for equal weights it is s / sqrt(n) * sqrt(1 - n / N).

    Args:
        values: One value a respondent, NaN where none was given.
        weights: One weight a respondent; equal ones where left out.
        population: Persons asked about; left out, the correction is left out too.

    Returns:
        The estimate; NaN throughout where nobody answered, and no error where one person did.
    """
    x = np.asarray(values, float)
    given = ~np.isnan(x)
    x, w = x[given], (np.ones_like(x) if weights is None else np.asarray(weights, float))[given]
    if not x.size:
        return Estimate(np.nan, np.nan, 0, 0.0)
    mean = float(np.average(x, weights=w))
    return Estimate(mean, _error(w * (x - mean) / w.sum(), population), x.size, float(w.sum() ** 2 / (w @ w)))


def _error(residuals: Figures, population: float | None) -> float:
    n = residuals.size
    if n == 1:
        return float("nan")
    seen = 0.0 if population is None else min(n / population, 1.0)
    return float(np.sqrt(n / (n - 1) * (residuals @ residuals) * (1 - seen)))
