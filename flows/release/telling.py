"""Of a count over time as many spans are told as give no few persons away: long ones first, and of these the newest.

Two spans that share an end give the span between their other ends. So spans join months into groups in which every
difference is known, and a span may be told where no difference between neighbours in its group counts a few.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl

from flows.release.spans import Span
from flows.release.system import Flags, Ids

CLOSE = 1e-6


@dataclass(frozen=True)
class _Edge:
    """One span of a series: its cell, its ends and its count."""

    cell: int
    first: int
    last: int
    value: float


@dataclass
class _Groups:
    """Months between which the count is known: month -> all months of its group, and the count since the first."""

    months: dict[int, list[int]] = field(default_factory=dict)
    since: dict[int, float] = field(default_factory=dict)

    def knows(self, span: Span) -> bool:
        """Return whether the count of a span follows from what was told."""
        return span[0] in self.months and self.months.get(span[1]) is self.months[span[0]]

    def tell(self, edge: _Edge, least: float, refused: Iterable[Span]) -> bool:
        """Tell a span where that gives nothing away; returns whether it is told."""
        if self.knows((edge.first, edge.last)):
            return True
        one, other = (self.months.get(month, [month]) for month in (edge.first, edge.last))
        shift = self.since.get(edge.first, 0.0) + edge.value - self.since.get(edge.last, 0.0)
        since = {month: self.since.get(month, 0.0) for month in one}
        since |= {month: self.since.get(month, 0.0) + shift for month in other}
        joined = sorted(since)
        if any(CLOSE < abs(since[b] - since[a]) < least - CLOSE for a, b in pairwise(joined)):
            return False
        if any(first in since and last in since for first, last in refused):
            return False
        self.since |= since
        self.months |= dict.fromkeys(joined, joined)
        return True


class Telling:
    """What is told of each count over time; refusing a count takes with it what it would follow from."""

    def __init__(self, flows: pl.DataFrame, shown: Flags, small: Flags) -> None:
        """Tell as much as can be.

        Args:
            flows: One row per series and span: `series`, `cell`, `grain`, `first`, `last`, `value`, `least`; a cell
                may belong to several series.
            shown: Which cells are not withheld yet.
            small: Which cells nobody must know.
        """
        rows = flows.filter(pl.col("value").is_not_null())
        rows = rows.sort("series", "grain", pl.col("last") * -1, pl.col("last") - pl.col("first"), "cell")
        self.least: dict[int, float] = dict(rows.group_by("series").agg(pl.col("least").max()).iter_rows())
        self.edges: dict[int, list[_Edge]] = defaultdict(list)
        self.series: dict[int, list[int]] = defaultdict(list)
        for series, *edge in rows.select("series", "cell", "first", "last", "value").iter_rows():
            self.edges[series].append(_Edge(*edge))
            self.series[edge[0]].append(series)
        self.shown, self.refused = shown.copy(), small.copy()
        self.groups: dict[int, _Groups] = {}
        self._settle(list(self.edges))

    @property
    def known(self) -> Flags:
        """Which cells are told, or follow from what is told."""
        flags = np.zeros(self.shown.size, bool)
        for series, edges in self.edges.items():
            groups = self.groups[series]
            flags[[edge.cell for edge in edges if groups.knows((edge.first, edge.last))]] = True
        return flags

    def refuse(self, cells: Ids) -> None:
        """Let nobody know these cells, nor anything that they follow from."""
        self.refused[cells] = True
        self._settle(sorted({series for cell in cells.tolist() for series in self.series[cell]}))

    def _settle(self, todo: Sequence[int]) -> None:
        while todo:
            gone = [edge.cell for series in todo for edge in self._tell(series)]
            self.shown[gone] = False
            again = {series for cell in gone for series in self.series[cell]}
            todo = sorted(series for series in again if self._leaks(series))  # of cells that belong to several series

    def _tell(self, series: int) -> Iterator[_Edge]:
        """Tell a series anew; yields what it cannot tell."""
        edges = self.edges[series]
        refused = [(edge.first, edge.last) for edge in edges if self.refused[edge.cell]]
        groups = self.groups[series] = _Groups()
        for edge in edges:
            if self.shown[edge.cell] and not groups.tell(edge, self.least[series], refused):
                self.refused[edge.cell] = True
                yield edge

    def _leaks(self, series: int) -> bool:
        groups = self.groups[series]
        return any(self.refused[edge.cell] and groups.knows((edge.first, edge.last)) for edge in self.edges[series])
