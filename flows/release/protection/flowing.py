"""Movements are withheld until neither time, nor units, views, parts and kinds at one time, tell of a small one.

Who adds and subtracts spans of time is answered exactly (`timeline`); who holds one span for all units, views, parts
and kinds, with the stocks that the movements join, by linear programs (`secondary`). What one step withholds only helps
the other, since withholding more never tells more. Who does both in turn is answered last (`both`).
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from flows.release.protection.both import Both
from flows.release.protection.dark import Dark
from flows.release.protection.movements import Movements
from flows.release.protection.rules import Cube, Protection, Series
from flows.release.protection.secondary import ends_of, shield, without_lost
from flows.release.protection.series import Told, moving
from flows.release.protection.spans import GRAINS
from flows.release.protection.system import Flags, Floats, Ids, System
from flows.release.protection.timeline import Timeline

CLOSE = 1e-3


@dataclass(frozen=True)
class Flowing:
    """What nobody may read, and how many small movements stand open.

    Attributes:
        exposed: To sums at one time, whatever is withheld.
        open: To whoever goes to and fro between time and sums.
    """

    dark: Dark
    exposed: int
    open: int


def flowing(  # noqa: PLR0913, PLR0917 - all that an outsider holds
    cube: Cube,
    series: Series,
    units: pl.DataFrame | None,
    found: Told,
    known: Movements,
    dark: Dark,
    protection: Protection,
) -> Flowing:
    """Withhold the movements that would give small ones away, beside what is withheld already.

    Args:
        cube: The tree of units.
        series: Which counts are what.
        units: The table of units, or None.
        found: All counts.
        known: What their figures tell.
        dark: What nobody may read so far.
        protection: How far an outsider must be left in the dark.
    """
    if not known.moved.any():
        return Flowing(dark, 0, 0)
    top, bottom = ends_of(known.value, known.least, protection)
    small = known.moved & dark.small & ~dark.told
    line = _line(found, known, small, dark.told)
    wanted = np.where(small, top, -np.inf), np.where(small, bottom, np.inf)
    dark = line.protect(known.known, dark, *wanted)
    whole, grains = moving(cube, series, units, found, dark)
    every = _line(found, known, known.moved, dark.told)  # series of no small count narrow others all the same
    both = Both(every, replace(whole, cost=_dear(whole, dark)), known)
    known = both.narrowed(dark)
    dark = before = line.protect(known.known, dark, *wanted)
    exposed = 0
    for level in GRAINS:
        part, numbers = whole.only(grains == level)
        more, open_ = _over_units(part, numbers[numbers < found.size], known, before, small, protection)
        dark = dark.with_(more, numbers[numbers < found.size])
        exposed += open_
    dark = both.protect(dark, *wanted)
    return Flowing(dark, exposed, both.open(dark, *wanted))


def _dear(whole: System, dark: Dark) -> Floats:
    """Return what withholding costs; what an earlier release tells cannot be withheld."""
    told = np.concatenate([dark.told, np.zeros(whole.value.size - dark.told.size, bool)])
    return np.where(told, np.inf, whole.cost)


def _line(found: Told, known: Movements, asked: Flags, told: Flags) -> Timeline:
    flows = found.cells.filter(pl.Series((known.moved & ~known.signed)[found.cells["cell"].to_numpy()]))
    line = Timeline.of(flows, np.flatnonzero(asked), found.size)
    return replace(line, cost=np.where(told[line.cell], np.inf, line.cost)).adding_up(known.value)


def _over_units(  # noqa: PLR0913, PLR0917 - one grain, and what is known of it
    whole: System,
    numbers: Ids,
    known: Movements,
    dark: Dark,
    small: Flags,
    protection: Protection,
) -> tuple[Flags, int]:
    """Return what of a grain is to be withheld so that nobody bounds its small movements, and how many stay open."""
    size, told = numbers.size, dark.told[numbers]
    sensitive = whole.sensitive.copy()
    sensitive[:size] = small[numbers]
    ends = *known.known(dark), *known.known(dark.everything())
    whole = replace(whole, sensitive=sensitive).told(*(end[numbers] for end in ends))
    if told.any():
        whole, _ = without_lost(whole.knowing(told), protection)
    done = shield(whole, protection)
    return done.withheld[:size], done.exposed.size
