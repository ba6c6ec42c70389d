"""Who adds and subtracts over time and over units, parts and kinds in turn bounds no small movement too closely.

A span that time narrows narrows its parts, and they their months. Time is exact (shortest ways), sums are what bounds
travel along; both are asked in turn, and the cheapest figures near what is found are withheld, so many rounds. Then
ever more is withheld around what is still found, ring by ring, until nothing is. What even that leaves is counted.
"""

from dataclasses import dataclass, replace

import numpy as np

from flows.release.protection.bounds import tighten
from flows.release.protection.dark import Dark
from flows.release.protection.movements import Movements
from flows.release.protection.pattern import neighbours
from flows.release.protection.system import Flags, Floats, Ids, System
from flows.release.protection.timeline import Timeline

CLOSE = 1e-3
# So often time and sums are asked in turn before something is withheld, and so often that is done with care: what is
# left after it hangs on long chains, of which each round loosens fewer.
TURNS, ROUNDS = 2, 8
# After every so many rounds twice as many figures are withheld near what is still found.
PATIENCE = 2


@dataclass(frozen=True)
class Both:
    """Movements over time, and how they add up at one time; cells have the same numbers in both."""

    line: Timeline
    system: System
    known: Movements

    def bounds(self, dark: Dark) -> tuple[Floats, Floats]:
        """Return the least and the most that each count can be, by time and sums in turn."""
        low, high = self.known.known(dark)
        for _ in range(TURNS):
            low, high = self.summed(*self.line.bounds(low, high))
        return low, high

    def narrowed(self, dark: Dark) -> Movements:
        """Return what figures tell where each that is shown is as close as time and sums make it."""
        low, high = self.bounds(dark)
        shown = ~dark.withheld & ~np.isnan(self.known.value)
        value = self.known.value
        return replace(
            self.known,
            low=np.where(shown, np.minimum(np.maximum(low, self.known.low), value), self.known.low),
            high=np.where(shown, np.maximum(np.minimum(high, self.known.high), value), self.known.high),
        )

    def summed(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return what sums tell of each count beside what is known of it by itself."""
        more = (
            self.system.most[low.size :]
            if self.system.most.size
            else np.full(self.system.value.size - low.size, np.inf)
        )
        least = np.where(self.system.signed[low.size :], -more, 0.0)
        every = np.ones(self.system.value.size, bool)
        found = tighten(self.system, every, np.concatenate([low, least]), np.concatenate([high, more]))
        return found[0][: low.size], found[1][: low.size]

    def open(self, dark: Dark, top: Floats, bottom: Floats) -> int:
        """Return how many counts are bounded too closely all the same."""
        return int(sum(map(np.sum, self._found(*self.bounds(dark), top, bottom))))

    def protect(self, dark: Dark, top: Floats, bottom: Floats) -> Dark:
        """Withhold figures until time and sums in turn bound no count too closely.

        Args:
            dark: What nobody may read so far.
            top: What each count must be able to reach; -inf where nobody asks.
            bottom: What each count must be able to come down to; inf where nobody asks.
        """
        for round_ in range(ROUNDS):
            low, high = self.bounds(dark)
            bad = np.logical_or(*self._found(low, high, top, bottom))
            if not bad.any():
                break
            extra = self._near(dark, bad, 2 ** (round_ // PATIENCE))
            if self.line.series.size:
                extra = np.union1d(extra, self.line.picks(low, high, dark, top, bottom)[0])
            if not extra.size:
                break
            dark = dark.with_(np.full(extra.size, fill_value=True), extra)
        return self._surely(dark, top, bottom)

    def _surely(self, dark: Dark, top: Floats, bottom: Floats) -> Dark:
        """Withhold ever more of the nearest figures shown around what is still found, until nothing is."""
        number = 2
        while extra := self._around(dark, top, bottom, number):
            dark = dark.with_(np.full(len(extra), fill_value=True), np.array(sorted(extra), np.int64))
            number *= 2
        return dark

    def _around(self, dark: Dark, top: Floats, bottom: Floats, number: int) -> set[int]:
        """Return so many figures around each count that is bounded too closely; none where no count is."""
        bad = np.flatnonzero(np.logical_or(*self._found(*self.bounds(dark), top, bottom)))
        return {int(near) for cell in bad for near in self._nearest(int(cell), dark.withheld, number)}

    def _nearest(self, cell: int, withheld: Flags, number: int) -> Ids:
        """Return the cheapest figures shown of the nearest ring around a count that has any."""
        near = np.zeros(withheld.size, bool)
        near[cell] = True
        while not (shown := near & ~withheld & self._free).any():
            wider = near | self._beside(near)
            if (wider == near).all():
                break
            near = wider
        found = np.flatnonzero(shown)
        return found[np.argsort(self.system.cost[found], kind="stable")[:number]]

    @property
    def _free(self) -> Flags:
        """Which figures can be withheld."""
        return np.isfinite(self.system.cost[: self.known.value.size]) & ~np.isnan(self.known.value)

    def _beside(self, near: Flags) -> Flags:
        """Return the figures that can be withheld of all sums and series in which these stand."""
        beside = np.zeros(self.system.value.size, bool)
        mine = np.append(near, np.zeros(beside.size - near.size, bool))[self.system.cell]
        beside[self.system.cell[np.isin(self.system.relation, self.system.relation[mine])]] = True
        beside[self.line.cell[np.isin(self.line.series, self.line.series[near[self.line.cell]])]] = True
        return beside[: near.size] & self._free

    def _found(self, low: Floats, high: Floats, top: Floats, bottom: Floats) -> tuple[Flags, Flags]:
        return high < top - CLOSE, low > bottom + CLOSE

    def _near(self, dark: Dark, bad: Flags, number: int) -> Ids:
        """Return the cheapest figures shown near each count that is bounded too closely, in its sums and its series."""
        rest = np.ones(self.system.value.size - bad.size, bool)
        hidden = np.concatenate([dark.withheld | np.isnan(self.known.value), rest])
        found = {near for cell in np.flatnonzero(bad) for near in neighbours(self.system, int(cell), hidden, number)}
        return np.array(sorted(found), np.int64)
