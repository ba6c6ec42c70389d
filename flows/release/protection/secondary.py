"""What is withheld stays withheld: no outsider can bound a small count by adding and subtracting what is shown."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from flows.release.protection.attack import CLOSE, Outsider, Prior, Reach, exposed, joined
from flows.release.protection.bounds import tighten
from flows.release.protection.pattern import neighbours, pattern
from flows.release.protection.rules import Protection
from flows.release.protection.system import Flags, Floats, Ids, System

# Each round withholds at least one more count, or stops.
ROUNDS = 200
# After every so many rounds twice as many counts are withheld near what is still exposed.
PATIENCE = 2
# Up to so many further counts each is tried whether it is needed, where all tries together look at so many counts.
CLEARED, TRIED = 40, 150_000
NONE: Ids = np.empty(0, np.int64)


@dataclass(frozen=True)
class Shield:
    """The counts to withhold, and those that could not be protected because nothing is left to withhold."""

    withheld: Flags
    exposed: Ids


def shield(system: System, protection: Protection) -> Shield:
    """Withhold more counts until an outsider can bound no small one.

    Greedy pattern, attack, repair near every exposed count, again, until none is exposed.

    Args:
        system: Counts, relations, and what is withheld already.
        protection: How far the outsider must be left in the dark.
    """
    plain, coded = Reach.of(system), Reach.of(system)
    withheld = pattern(system, system.hidden)
    bad = NONE
    for round_ in range(ROUNDS):
        bad = np.unique(np.concatenate([NONE, *_found(system, withheld, protection, plain, coded)]))
        number = 2 ** (round_ // PATIENCE)
        extra = {near for cell in bad for near in neighbours(system, int(cell), withheld, number)}
        if not extra:
            break
        withheld = pattern(system, withheld, sorted(extra))
    return Shield(withheld if bad.size else _cleared(system, withheld, protection, plain, coded), bad)


def _cleared(system: System, withheld: Flags, protection: Protection, plain: Reach, coded: Reach) -> Flags:
    """Show again what the greedy steps withheld and nobody needs, dearest first; large systems are left as they are.

    Args:
        system: Counts and relations.
        withheld: A pattern that gives no small count away.
        protection: How far the outsider must be left in the dark.
        plain: What was found possible under this pattern.
        coded: The same for who reads codes.
    """
    extra = np.flatnonzero(withheld & ~system.hidden)
    if extra.size > CLEARED or extra.size * system.value.size > TRIED:
        return withheld
    for cell in extra[np.argsort(-system.cost[extra], kind="stable")]:
        beside = joined(system, withheld | system.rounded, cell)
        found = plain.without(beside, system.value), coded.without(beside, system.value)
        less = withheld.copy()
        less[cell] = False
        if not any(bad.size for bad in _found(system, less, protection, *found)):
            withheld, (plain, coded) = less, found
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


def _found(system: System, withheld: Flags, protection: Protection, plain: Reach, coded: Reach) -> Iterator[Ids]:
    """Yield the small counts that one of both outsiders can pin down."""
    asked = system.sensitive & withheld
    outsider, unsure = Outsider(prior_of(system, withheld), plain), withheld | system.rounded
    for target in targets(system, protection):
        yield from exposed(system, unsure, outsider, target, asked)
    yield from _pinned(system, withheld, protection, coded, asked)


def _pinned(system: System, withheld: Flags, protection: Protection, coded: Reach, asked: Flags) -> Iterator[Ids]:
    """Yield the small counts that the codes give away; a step up or a step down is enough."""
    width = protection.coded_width
    prior = coded_prior(system, withheld)
    outsider = Outsider(prior, coded)
    asked = asked & (coded.high - coded.low < width)
    higher, lower = system.value + width, system.value - width
    if asked.any():
        list(exposed(system, withheld, outsider, higher, asked & (higher <= prior.high)))  # for what it reaches
        asked = asked & (coded.high < higher - CLOSE)
        yield np.flatnonzero(asked & (lower < prior.low))
        yield from exposed(system, withheld, outsider, lower, asked & (lower >= prior.low))
