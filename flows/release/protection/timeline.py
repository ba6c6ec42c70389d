"""What the spans of a count tell of each other is known: shortest ways between months bound every piece of time.

A count of movements is a running sum that never falls. A span that is shown says how far the sum rises from one month
to another, exactly or within its rounding, so all that follows over time is the shortest way between two months (a
system of difference constraints: Cormen et al., Introduction to Algorithms, 22.4). All series are closed at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.release.protection.dark import Dark
from flows.release.protection.spans import QUARTER, YEAR
from flows.release.protection.system import Flags, Floats, Ids

CLOSE = 1e-3
# Readers miss a year more than a quarter, a quarter more than a month, and what has run since January least.
DEAR = {YEAR: 4.0, QUARTER: 2.0, 1: 1.5}
# Whoever knows a unit guesses that nobody moved, so that withholding it protects little.
NOBODY = 1e6
# So many series at a time stay near the processor.
AT_ONCE = 256

Ways = NDArray[np.float32]


@dataclass(frozen=True)
class Timeline:
    """One row per series and span: series (numbered from 0), months from `first` (exclusive) to `last`, and cell.

    Attributes:
        cost: What withholding the span costs; infinite where it cannot be withheld.
        months: Number of months between which spans lie.
        timed: Which of all cells are in a series of more than one length of span, asked for or not.
    """

    series: Ids
    first: Ids
    last: Ids
    cell: Ids
    cost: Floats
    months: int
    timed: Flags

    @classmethod
    def of(cls, flows: pl.DataFrame, concerned: Ids, count: int) -> "Timeline":
        """Return the spans of all series that hold a concerned cell and that say more than one month after another.

        Args:
            flows: One row per series and span: `series`, `cell`, `first`, `last`, `value`; a cell may stand in several.
            concerned: Cells that nobody must bound.
            count: Number of cells.
        """
        flag, timed = np.zeros(count, bool), np.zeros(count, bool)
        flag[concerned] = True
        rows = flows.filter(pl.col("value").is_not_null()).unique(["series", "cell"], maintain_order=True)
        rows = rows.with_columns(asked=pl.Series(flag[rows["cell"].to_numpy()]))
        long = pl.col("last") - pl.col("first")
        rows = rows.filter(long.n_unique().over("series") > 1)
        timed[rows["cell"].to_numpy()] = True
        rows = rows.filter(pl.col("asked").any().over("series"))
        if rows.is_empty():
            none = np.empty(0, np.int64)
            return cls(none, none, none, none, np.empty(0), 0, timed)
        base, end = rows.select(pl.col("first").min(), pl.col("last").max()).row(0)
        dear = long.replace_strict(DEAR, default=1.0, return_dtype=pl.Float64)
        size = pl.when(pl.col("value") == 0).then(NOBODY).otherwise(pl.col("value").abs() + 1)
        rows = rows.select(
            "cell",
            series=pl.col("series").rank("dense").cast(pl.Int64) - 1,
            first=pl.col("first") - base,
            last=pl.col("last") - base,
            cost=size * dear,
        ).sort("series", "first", "last", "cell")
        ids = (rows[name].to_numpy() for name in ("series", "first", "last", "cell"))
        return cls(*ids, rows["cost"].to_numpy(), end - base + 1, timed)

    def without(self, bad: Flags) -> "Timeline":
        """Return the timeline without some of its series; `bad` has one flag a series."""
        kept = ~bad[self.series] if self.series.size else np.empty(0, bool)
        number = np.cumsum(~bad) - 1
        return replace(
            self,
            series=number[self.series[kept]],
            first=self.first[kept],
            last=self.last[kept],
            cell=self.cell[kept],
            cost=self.cost[kept],
        )

    def adding_up(self, value: Floats) -> "Timeline":
        """Return the series that do add up: who was promoted twice in a year counts once in it."""
        if not self.series.size:
            return self
        ways = self._ways(value, value)
        low, high = -ways[self.series, self.last, self.first], ways[self.series, self.first, self.last]
        off = (low > value[self.cell] + CLOSE) | (high < value[self.cell] - CLOSE)
        bad = np.zeros(int(self.series[-1]) + 1, bool)
        bad[self.series[off]] = True
        return self.without(bad)

    def bounds(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return the least and the most that each cell can be, by all that its series tell.

        Args:
            low: What is known of each cell by itself; -inf or 0 where it is withheld.
            high: The same; inf where it is withheld.
        """
        low, high = low.copy(), high.copy()
        if self.series.size:
            ways = self._ways(low, high)
            np.maximum.at(low, self.cell, -ways[self.series, self.last, self.first].astype(np.float64))
            np.minimum.at(high, self.cell, ways[self.series, self.first, self.last].astype(np.float64))
        return low, high

    def protect(self, known: Callable[[Dark], tuple[Floats, Floats]], dark: Dark, top: Floats, bottom: Floats) -> Dark:
        """Withhold the cheapest spans until time alone bounds no cell within its protection.

        Args:
            known: What is known of each cell by itself beside what is in the dark.
            dark: What nobody may read so far.
            top: What each cell must be able to reach; -inf where nobody asks.
            bottom: What each cell must be able to come down to; inf where nobody asks.
        """
        todo = self
        while todo.series.size:
            low, high = known(dark)
            extra, quiet = todo.picks(low, high, dark, top, bottom)
            if not extra.size:
                break
            dark = dark.with_(np.full(extra.size, fill_value=True), extra)
            todo = todo.without(quiet)
        return dark

    def picks(self, low: Floats, high: Floats, dark: Dark, top: Floats, bottom: Floats) -> tuple[Ids, Flags]:
        """Return the cheapest shown spans by which time bounds cells too closely, and which series bound none.

        Args:
            low: The least that each cell can be.
            high: The most.
            dark: What nobody may read so far.
            top: What each cell must be able to reach.
            bottom: What each cell must be able to come down to.
        """
        ways = self._ways(low, high)
        under = ways[self.series, self.first, self.last] < top[self.cell] - CLOSE
        over = -ways[self.series, self.last, self.first] > bottom[self.cell] + CLOSE
        extra = {
            pick
            for bad, back in ((under, False), (over, True))
            for row in np.flatnonzero(bad)
            if (pick := self._cheapest(ways, row, dark.withheld, low, high, back=back)) is not None
        }
        quiet = np.ones(int(self.series[-1]) + 1, bool)
        quiet[self.series[under | over]] = False
        return np.array(sorted(extra), np.int64), quiet

    def _ways(self, low: Floats, high: Floats) -> Ways:
        """Return for each series how far its sum can rise at most from month to month (falls are negative)."""
        count = int(self.series[-1]) + 1
        ways = np.full((count, self.months, self.months), np.inf, np.float32)
        month = np.arange(self.months)
        ways[:, month, month] = 0
        ways[:, month[1:], month[:-1]] = 0
        np.minimum.at(ways, (self.series, self.first, self.last), high[self.cell].astype(np.float32))
        np.minimum.at(ways, (self.series, self.last, self.first), -low[self.cell].astype(np.float32))
        for start in range(0, count, AT_ONCE):
            ways[start : start + AT_ONCE] = _shortest(ways[start : start + AT_ONCE])
        return ways

    def _cheapest(  # noqa: PLR0913 - one span of one series
        self, ways: Ways, row: int, withheld: Flags, low: Floats, high: Floats, *, back: bool
    ) -> int | None:
        """Return the cheapest shown span on the shortest way between the ends of a span; None where there is none."""
        span = slice(*np.searchsorted(self.series, [self.series[row], self.series[row] + 1]))
        own, first, last, cell = ways[self.series[row]], self.first[span], self.last[span], self.cell[span]
        start, end = self.first[row], self.last[row]
        if back:
            start, end = end, start
        with np.errstate(invalid="ignore"):
            forth = own[start, first] + high[cell] + own[last, end]
            home = own[start, last] - low[cell] + own[first, end]
        used = (np.abs(forth - own[start, end]) < CLOSE) | (np.abs(home - own[start, end]) < CLOSE)
        chosen = np.flatnonzero(used & ~withheld[cell] & np.isfinite(self.cost[span]))
        return int(cell[chosen[np.argmin(self.cost[span][chosen])]]) if chosen.size else None


def _shortest(ways: Ways) -> Ways:
    """Return the shortest ways between all months (Floyd and Warshall), with series side by side in long additions."""
    ways = np.ascontiguousarray(np.moveaxis(ways, 0, 2))
    for middle in range(len(ways)):
        np.minimum(ways, ways[:, middle, None] + ways[None, middle], out=ways)
    return np.moveaxis(ways, 2, 0)
