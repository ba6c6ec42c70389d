"""A scale says how far its items measure one thing, with the items named that do not (domain/hrm.md 2.3).

All figures are unweighted and listwise: persons who left an item of the scale blank are left out of all of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Figures = NDArray[np.float64]

FEWEST_ITEMS = 2
HTMT_BOUND = 0.85  # domain/hrm.md 2.3
RESIDUAL_STEPS = 500
FLAT_SLOPE = 1e-5
FLAT_VARIANCE = 1e-12  # of an item that everybody answers alike; what is left of it are errors of rounding


@dataclass(frozen=True)
class Reliability:
    """Reliability of one scale; the tuples hold one figure an item, in the order of the columns."""

    n: int
    items: int
    complete_share: float
    alpha: float
    alpha_standardised: float
    alpha_without: tuple[float, ...]
    item_rest: tuple[float, ...]
    loadings: tuple[float, ...]
    omega: float
    variance_extracted: float


def reliability(answers: ArrayLike) -> Reliability:
    """Return the reliability of a scale.

    Args:
        answers: Shape (respondents, items), reversed items turned already; NaN where blank.

    Returns:
        All figures of domain/hrm.md 2.3; NaN where they are not defined: fewer than two items (three for
        what leaves one out or needs loadings), two persons, or an item that everybody answers alike.
    """
    given = np.atleast_2d(np.asarray(answers, float))
    whole = given[~np.isnan(given).any(axis=1)]
    persons, items = whole.shape
    covariance = np.atleast_2d(np.cov(whole.T)) if persons > 1 else np.zeros((items, items))
    return of_covariance(covariance, persons, len(given))


def of_covariance(covariance: ArrayLike, persons: int, respondents: int) -> Reliability:
    """Return the reliability of a scale from the covariances of its items.

    Args:
        covariance: Shape (items, items), over those who answered all items.
        persons: Their number.
        respondents: All who were asked.

    Returns:
        As `reliability` does.
    """
    c = np.asarray(covariance, float)
    items = len(c)
    share = persons / respondents if respondents else np.nan
    nothing = (np.nan,) * items
    if persons <= FEWEST_ITEMS or items < FEWEST_ITEMS or not (np.diag(c) > FLAT_VARIANCE).all():
        return Reliability(persons, items, share, np.nan, np.nan, nothing, nothing, nothing, np.nan, np.nan)
    spread = np.sqrt(np.diag(c))
    correlation = c / np.outer(spread, spread)
    loadings = one_factor(correlation)
    return Reliability(
        n=persons,
        items=items,
        complete_share=share,
        alpha=alpha(c),
        alpha_standardised=alpha(correlation),
        alpha_without=tuple(alpha(_without(c, item)) for item in range(items)),
        item_rest=tuple(_item_rest(c, item) for item in range(items)),
        loadings=tuple(float(loading) for loading in loadings),
        omega=omega(loadings),
        variance_extracted=float(np.mean(loadings**2)),
    )


def alpha(covariance: ArrayLike) -> float:
    """Return Cronbach's alpha from a covariance matrix; from a correlation matrix the standardised one.

    k / (k - 1) * (1 - sum of variances / variance of the sum). Source: Cronbach 1951.
    """
    c = np.asarray(covariance, float)
    k = len(c)
    return float("nan") if k < FEWEST_ITEMS else float(k / (k - 1) * (1 - np.trace(c) / c.sum()))


def _without(matrix: Figures, item: int) -> Figures:
    return np.delete(np.delete(matrix, item, axis=0), item, axis=1)


def _item_rest(covariance: Figures, item: int) -> float:
    """Return the correlation of an item with the sum of the others."""
    rest = _without(covariance, item).sum()
    shared = covariance[item].sum() - covariance[item, item]
    return float(shared / np.sqrt(covariance[item, item] * rest))


def omega(loadings: ArrayLike) -> float:
    """Return McDonald's omega total of one factor; NaN where a loading reaches 1 (a Heywood case).

    (sum of loadings)^2 / ((sum of loadings)^2 + sum of 1 - loading^2). Source: McDonald 1999, 6.
    """
    standardised = np.asarray(loadings, float)
    if np.isnan(standardised).any() or (np.abs(standardised) >= 1).any():
        return float("nan")
    common = standardised.sum() ** 2
    return float(common / (common + (1 - standardised**2).sum()))


def one_factor(correlation: ArrayLike) -> Figures:
    """Return the loadings of one factor with the smallest residual correlations (minres; Harman and Jones 1966).

    Args:
        correlation: Shape (items, items).

    Returns:
        One loading an item, their sum positive; NaN for fewer than three items or where the search does not settle.
    """
    from scipy.optimize import minimize

    r = np.asarray(correlation, float)
    if len(r) <= FEWEST_ITEMS:
        return np.full(len(r), np.nan)

    def residual(loadings: Figures) -> tuple[float, Figures]:
        left = r - np.outer(loadings, loadings)
        np.fill_diagonal(left, 0)
        return float((left**2).sum()), -4 * left @ loadings

    options = {"gtol": 1e-9, "maxiter": RESIDUAL_STEPS}
    found = minimize(residual, _principal(r), jac=True, method="BFGS", options=options)
    loadings = found.x if found.x.sum() >= 0 else -found.x
    return loadings if np.abs(residual(loadings)[1]).max() < FLAT_SLOPE else np.full(len(r), np.nan)


def _principal(correlation: Figures) -> Figures:
    """Return a start: the first principal axis, shortened a little."""
    values, vectors = np.linalg.eigh(correlation)
    return 0.9 * vectors[:, -1] * np.sqrt(max(values[-1], 0.0))


def heterotrait_ratio(correlation: ArrayLike, first: ArrayLike, second: ArrayLike) -> float:
    """Return HTMT: how far two scales correlate, against how far their own items do (Henseler et al. 2015).

    Args:
        correlation: Shape (items, items), of both scales.
        first: Positions of the items of one scale, at least two.
        second: Positions of the items of the other.
    """
    r = np.asarray(correlation, float)
    one, other = np.asarray(first, int), np.asarray(second, int)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = r[np.ix_(one, other)].mean()
        return float(between / np.sqrt(_mean_inner(r, one) * _mean_inner(r, other)))


def _mean_inner(correlation: Figures, items: NDArray[np.int_]) -> float:
    inner = correlation[np.ix_(items, items)]
    return float(inner[np.triu_indices(len(items), 1)].mean())
