"""Movements are withheld until neither time, nor units, views, parts and kinds at one time, tell of a small one.

Who adds and subtracts spans of time is answered exactly (`timeline`); who holds one span for all units, views, parts
and kinds, with the stocks that the movements join, by linear programs (`secondary`). What one step withholds only helps
the other, since withholding more never tells more. Who does both at once is not asked.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from flows.release.movements import Movements
from flows.release.rules import Cube, Protection, Series
from flows.release.secondary import ends_of, shield, without_lost
from flows.release.series import Told, choose, system
from flows.release.spans import GRAINS
from flows.release.system import Flags, Floats, Ids, System
from flows.release.timeline import Timeline

CLOSE = 1e-3


@dataclass(frozen=True)
class Flowing:
    """Counts to withhold, and how many small movements nothing protects."""

    withheld: Flags
    exposed: int


def flowing(  # noqa: PLR0913, PLR0917 - all that an outsider holds
    cube: Cube,
    series: Series,
    units: pl.DataFrame | None,
    found: Told,
    known: Movements,
    withheld: Flags,
    protection: Protection,
    told: Flags,
) -> Flowing:
    """Return the movements to withhold beside those withheld already.

    Args:
        cube: The tree of units.
        series: Which counts are what.
        units: The table of units, or None.
        found: All counts.
        known: What their figures tell.
        withheld: What is withheld already: small movements, and stocks and averages that give others away.
        protection: How far an outsider must be left in the dark.
        told: Counts that an earlier release shows as they are.
    """
    top, bottom = ends_of(known.value, known.least, protection)
    small = known.moved & found.small & ~told  # some stand where the first step does not look, as a denominator
    line = _line(found, known, small, told)
    wanted = np.where(small, top, -np.inf), np.where(small, bottom, np.inf)
    withheld = line.protect(known.known, withheld | small, *wanted)
    exposed, before = _open(known, line, withheld, small, top, bottom), withheld.copy()
    for level in GRAINS:
        chosen, numbers = choose(series, found, level)
        if numbers.size:
            whole = system(cube, series, units, chosen, before[numbers], level)
            more, open_ = _over_units(whole, numbers, known, before, small, told, protection)
            withheld[numbers] |= more
            exposed += open_
    return Flowing(withheld, exposed)


def _line(found: Told, known: Movements, asked: Flags, told: Flags) -> Timeline:
    flows = found.cells.filter(pl.Series((known.moved & ~known.signed)[found.cells["cell"].to_numpy()]))
    line = Timeline.of(flows, np.flatnonzero(asked), found.size)
    return replace(line, cost=np.where(told[line.cell], np.inf, line.cost)).adding_up(known.value)


def _over_units(  # noqa: PLR0913, PLR0917 - one grain, and what is known of it
    whole: System,
    numbers: Ids,
    known: Movements,
    withheld: Flags,
    small: Flags,
    told: Flags,
    protection: Protection,
) -> tuple[Flags, int]:
    """Return what of a grain is to be withheld so that nobody bounds its small movements, and how many stay open."""
    size = numbers.size
    sensitive = whole.sensitive.copy()
    sensitive[:size] = small[numbers]
    ends = *known.known(withheld), *known.known(np.ones(withheld.size, bool))
    whole = replace(whole, sensitive=sensitive).told(*(end[numbers] for end in ends))
    if told.any():
        whole, _ = without_lost(whole.knowing(told[numbers]), protection)
    done = shield(whole, protection)
    return done.withheld[:size] & ~withheld[numbers], done.exposed.size


def _open(  # noqa: PLR0913, PLR0917 - what is known, and what is asked
    known: Movements, line: Timeline, withheld: Flags, small: Flags, top: Floats, bottom: Floats
) -> int:
    """Return how many small movements time alone bounds all the same."""
    low, high = line.bounds(*known.known(withheld))
    return int((small & ((high < top - CLOSE) | (low > bottom + CLOSE))).sum())
