"""Counts that simple subtraction bounds are found fast: bounds travel along the relations until nothing moves."""

import numpy as np

from flows.release.protection.system import Flags, Floats, System

ROUNDS = 12
STEP = 1e-6


def tighten(system: System, hidden: Flags, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return bounds of every count that an outsider proves with pencil and paper; never tighter than the truth.

    Args:
        system: Counts and relations.
        hidden: Which counts are withheld.
        low: Lower bounds known beforehand.
        high: Upper bounds known beforehand.
    """
    low, high = np.where(hidden, low, system.value), np.where(hidden, high, system.value)
    for _ in range(ROUNDS):
        before = low.copy(), high.copy()
        least, most = _terms(system, low, high)
        up, down = -_others(system, least), -_others(system, most)
        positive = system.coefficient > 0
        size = np.abs(system.coefficient)
        np.minimum.at(high, system.cell, np.where(positive, up, -down) / size)
        np.maximum.at(low, system.cell, np.where(positive, down, -up) / size)
        low, high = np.where(hidden, low, system.value), np.where(hidden, high, system.value)
        if (low <= before[0] + STEP).all() and (high >= before[1] - STEP).all():
            break
    return low, high


def _terms(system: System, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most that each term can be."""
    one, other = system.coefficient * low[system.cell], system.coefficient * high[system.cell]
    return np.minimum(one, other), np.maximum(one, other)


def _others(system: System, terms: Floats) -> Floats:
    """Return for each term the sum of the other terms of its relation, infinite where one of them is."""
    endless = ~np.isfinite(terms)
    finite = np.where(endless, 0.0, terms)
    total = np.bincount(system.relation, finite, system.relations)[system.relation] - finite
    open_ = np.bincount(system.relation, endless, system.relations)[system.relation] - endless
    sign = np.sign(terms[endless][0]) if endless.any() else 1.0
    return np.where(open_ > 0, sign * np.inf, total)
