"""What is withheld stays withheld: no outsider can bound a small count by adding and subtracting what is shown."""

from dataclasses import dataclass, replace

import numpy as np

from flows.release.attack import CLOSE, Outsider, Prior, Reach, exposed
from flows.release.bounds import tighten
from flows.release.pattern import neighbours, pattern
from flows.release.rules import Protection
from flows.release.system import Flags, Floats, Ids, System

# Each round withholds at least one more count, or stops.
ROUNDS = 200
# After every so many rounds twice as many counts are withheld near what is still exposed.
PATIENCE = 2
# Up to so many further counts each is tried whether it is needed, where all tries together look at so many counts.
CLEARED, TRIED = 40, 150_000


@dataclass(frozen=True)
class Shield:
    """The counts to withhold, and those that could not be protected because nothing is left to withhold."""

    withheld: Flags
    exposed: Ids
    rounds: int


def shield(system: System, protection: Protection) -> Shield:
    """Withhold more counts until an outsider can bound no small one.

    Greedy pattern, attack, repair near every exposed count, again, until none is exposed.

    Args:
        system: Counts, relations, and what is withheld already.
        protection: How far the outsider must be left in the dark.
    """
    plain, coded = Reach.of(system), Reach.of(system)
    withheld = pattern(system, system.hidden)
    bad: Ids = np.empty(0, np.int64)
    for round_ in range(ROUNDS):
        bad = _found(system, withheld, protection, plain, coded)
        extra = {near for cell in bad for near in neighbours(system, int(cell), withheld, 2 ** (round_ // PATIENCE))}
        if not extra:
            return Shield(withheld if bad.size else _cleared(system, withheld, protection), bad, round_ + 1)
        withheld = pattern(system, withheld, sorted(extra))
    return Shield(withheld, bad, ROUNDS)


def _cleared(system: System, withheld: Flags, protection: Protection) -> Flags:
    """Show again what the greedy steps withheld and nobody needs, dearest first; large systems are left as they are."""
    extra = np.flatnonzero(withheld & ~system.hidden)
    if extra.size > CLEARED or extra.size * system.value.size > TRIED:
        return withheld
    for cell in extra[np.argsort(-system.cost[extra], kind="stable")]:
        less = withheld.copy()
        less[cell] = False
        if not _found(system, less, protection, Reach.of(system), Reach.of(system)).size:
            withheld = less
    return withheld


def without_lost(system: System, protection: Protection) -> tuple[System, int]:
    """Return the system without the small counts that are given away even if all that can be withheld is.

    What is known already cannot be withheld (its cost is infinite); nothing is gained by hiding more around it.
    """
    fixed = ~system.hidden & ~np.isfinite(system.cost)
    prior = prior_of(system, ~fixed)
    low, high = tighten(system, ~fixed | system.rounded, prior.low, prior.high)
    far, near = targets(system, protection)
    top, bottom = np.maximum(far, near), np.minimum(far, near)
    lost = system.sensitive & ((high < top - CLOSE) | (low > bottom + CLOSE))
    return replace(system, sensitive=system.sensitive & ~lost), int(lost.sum())


def targets(system: System, protection: Protection) -> tuple[Floats, Floats]:
    """Return how high and how low an outsider must be able to believe each count; mirrored where it is negative."""
    if system.top.size:
        return system.top, system.bottom
    return ends_of(system.value, system.least, protection)


def ends_of(value: Floats, least: Floats, protection: Protection) -> tuple[Floats, Floats]:
    """Return how high and how low an outsider must be able to believe counts; mirrored where they are negative."""
    size = np.abs(value)
    far = np.maximum(size, least)
    near = np.maximum(size - np.maximum(protection.down_least, np.floor(size * protection.down_share)), 0.0)
    negative = value < 0
    return np.where(negative, -near, far), np.where(negative, -far, near)


def plain_prior(system: System) -> Prior:
    """Return what everybody knows: persons are counted from 0."""
    most = system.most if system.most.size else np.full(system.value.size, np.inf)
    return Prior(np.where(system.signed, -most, 0.0), most)


def prior_of(system: System, withheld: Flags) -> Prior:
    """Return what an outsider knows beforehand: limits, what is told elsewhere, and of what is shown its figure."""
    plain = plain_prior(system)
    if not system.low.size:
        return plain
    fresh = withheld & ~system.hidden
    low = np.where(fresh, system.low_withheld, system.low)
    high = np.where(fresh, system.high_withheld, system.high)
    return Prior(
        np.where(withheld, np.maximum(plain.low, low), low), np.where(withheld, np.minimum(plain.high, high), high)
    )


def coded_prior(system: System, withheld: Flags) -> Prior:
    """Return what somebody concludes from the codes: C is 1 to the minimum, D the minimum or more."""
    prior = plain_prior(system)
    small, published = system.sensitive & np.isfinite(system.cost), np.isfinite(system.cost)
    large = withheld & published & (system.value >= system.least) & ~system.signed
    low = np.where(small, np.where(system.signed, 1 - system.least, 1.0), np.where(large, system.least, prior.low))
    return Prior(low, np.where(small, system.least - 1, prior.high))


def _found(system: System, withheld: Flags, protection: Protection, plain: Reach, coded: Reach) -> Ids:
    """Return the small counts that one of both outsiders can pin down."""
    asked = system.sensitive & withheld
    high, low = targets(system, protection)
    outsider, unsure = Outsider(prior_of(system, withheld), plain), withheld | system.rounded
    found = [exposed(system, unsure, outsider, target, asked) for target in (high, low)]
    return np.unique(np.concatenate([*found, _pinned(system, withheld, protection, coded, asked)]))


def _pinned(system: System, withheld: Flags, protection: Protection, coded: Reach, asked: Flags) -> Ids:
    """Return the small counts that the codes give away; a step up or a step down is enough."""
    width = protection.coded_width
    if not width:
        return np.empty(0, np.int64)
    prior = coded_prior(system, withheld)
    outsider = Outsider(prior, coded)
    asked = asked & (coded.high - coded.low < width)
    higher, lower = system.value + width, system.value - width
    exposed(system, withheld, outsider, higher, asked & (higher <= prior.high))
    asked = asked & (coded.high < higher - CLOSE)
    stuck = np.flatnonzero(asked & (lower < prior.low))
    return np.concatenate([stuck, exposed(system, withheld, outsider, lower, asked & (lower >= prior.low))])
