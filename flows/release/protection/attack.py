"""What an outsider can prove about withheld counts is known: linear programs over all that is shown try to bound each.

One program pushes many counts at once, each no further than it must be able to go; whatever it reaches is a table that
agrees with all that is shown, and settles all these counts. Only what no common push settles is tried alone. Blocks of
counts that share no relation share a program. Tables once found stay valid when more is withheld, so later rounds look
at the unsettled counts only. (Fischetti and Salazar 2001 state the attacker's problem; the pushes are ours.)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flows.release.protection.bounds import tighten
from flows.release.protection.system import Flags, Floats, Ids, System

CLOSE = 1e-6
# Programs of this many counts are solved in a tenth of a second; smaller blocks share one.
BATCH = 1_500
SMALL_BATCH = 800
# Pushing together goes on while it settles this share of what is open.
WORTH = 0.05


@dataclass(frozen=True)
class Prior:
    """What an outsider believes of each count before he looks at the tables."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class Reach:
    """The lowest and highest value of each count in any table found to agree with all that is shown; grows in place."""

    low: Floats
    high: Floats

    @classmethod
    def of(cls, system: System) -> "Reach":
        """Return what the true table alone proves possible."""
        return cls(system.value.copy(), system.value.copy())

    def without(self, cells: Flags, value: Floats) -> "Reach":
        """Return the same, of which of some counts nothing but the true table is known."""
        return Reach(np.where(cells, value, self.low), np.where(cells, value, self.high))

    def widen(self, cells: Ids, table: Floats) -> None:
        """Take another table into account."""
        self.low[cells] = np.minimum(self.low[cells], table)
        self.high[cells] = np.maximum(self.high[cells], table)


@dataclass(frozen=True)
class Outsider:
    """Somebody who knows what is shown, with what he believes beforehand and what he was found to hold possible."""

    prior: Prior
    reach: Reach


@dataclass(frozen=True)
class _Block:
    """Withheld counts that share relations, or several such groups; `group` tells them apart."""

    cells: Ids
    group: Ids
    matrix: Any
    right: Floats


def exposed(system: System, hidden: Flags, outsider: Outsider, target: Floats, asked: Flags) -> Iterator[Ids]:
    """Yield the asked counts that provably stay on this side of their target, each once, those easily proven first.

    The reach grows by what is found on the way; whoever stops at the first find leaves the rest of it unknown.

    Args:
        system: Counts and relations.
        hidden: Which counts are withheld.
        outsider: Bounds known beforehand, and values known to be possible.
        target: Value that each count must be able to take or pass, above or below its true value.
        asked: The counts in question.
    """
    prior, reach = outsider.prior, outsider.reach
    up = target >= system.value
    open_up, open_down = asked & up & (reach.high < target - CLOSE), asked & ~up & (reach.low > target + CLOSE)
    if not (open_up.any() or open_down.any()):
        return
    system = _near(system, hidden, open_up | open_down)
    low, high = tighten(system, hidden, prior.low, prior.high)
    proven = (open_up & (high < target - CLOSE)) | (open_down & (low > target + CLOSE))
    yield np.flatnonzero(proven)
    for sign, todo in ((1.0, open_up & ~proven), (-1.0, open_down & ~proven)):
        for block in _blocks(system, hidden, todo, BATCH):
            _together(block, outsider, target, np.flatnonzero(todo[block.cells]), sign)
        seen = reach.high if sign > 0 else reach.low
        left = todo & (sign * seen < sign * target - CLOSE)
        for block in _blocks(system, hidden, left, SMALL_BATCH):
            yield _alone(block, outsider, target, np.flatnonzero(left[block.cells]), sign)


def joined(system: System, hidden: Flags, cell: int) -> Flags:
    """Return the counts that bear on one by way of withheld ones, with itself."""
    label = _labels(system, hidden)[system.relations :]
    return label == label[cell]


def _near(system: System, hidden: Flags, wanted: Flags) -> System:
    """Return the relations that wanted counts have a part in, by way of withheld ones: no other bears on them."""
    label = _labels(system, hidden)
    bears = np.zeros(label.max() + 1, bool)
    bears[label[system.relations :][wanted]] = True
    kept = bears[label[: system.relations]]
    terms = kept[system.relation]
    number = np.cumsum(kept) - 1
    return replace(
        system,
        relation=number[system.relation[terms]],
        cell=system.cell[terms],
        coefficient=system.coefficient[terms],
    )


def _labels(system: System, hidden: Flags) -> Ids:
    """Return the number of the group of each relation, then of each count: withheld counts join their relations."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    inside = hidden[system.cell]
    ends = system.relation[inside], system.relations + system.cell[inside]
    size = system.relations + system.value.size
    links = sp.coo_matrix((np.ones(ends[0].size, np.int8), ends), (size, size))
    return connected_components(links, directed=False)[1]


def _together(block: _Block, outsider: Outsider, target: Floats, todo: Ids, sign: float) -> None:
    """Push all counts at once while that settles enough of them. `todo` holds positions inside the block."""
    while todo.size:
        outsider.reach.widen(block.cells, _push(block, outsider.prior, target, todo, sign))
        still = todo[_short(block, outsider.reach, target, todo, sign)]
        if still.size > todo.size * (1 - WORTH):
            return
        todo = still


def _alone(block: _Block, outsider: Outsider, target: Floats, todo: Ids, sign: float) -> Ids:
    """Return the cells that no table takes to their target: one push each, one in every group at a time."""
    bad: list[int] = []
    while todo.size:
        chosen = todo[np.unique(block.group[todo], return_index=True)[1]]
        outsider.reach.widen(block.cells, _push(block, outsider.prior, target, chosen, sign))
        still = todo[_short(block, outsider.reach, target, todo, sign)]
        bad.extend(np.intersect1d(chosen, still).tolist())
        todo = np.setdiff1d(still, chosen)
    return block.cells[np.array(bad, np.int64)]


def _short(block: _Block, reach: Reach, target: Floats, todo: Ids, sign: float) -> Flags:
    cells = block.cells[todo]
    seen = reach.high[cells] if sign > 0 else reach.low[cells]
    return sign * seen < sign * target[cells] - CLOSE


def _push(block: _Block, prior: Prior, target: Floats, chosen: Ids, sign: float) -> Floats:
    """Return a table that takes the chosen counts as far towards their targets as it can, and no further."""
    from scipy.optimize import linprog

    sides = np.column_stack([prior.low[block.cells], prior.high[block.cells]])
    end, nearer = (1, np.minimum) if sign > 0 else (0, np.maximum)
    sides[chosen, end] = nearer(sides[chosen, end], target[block.cells[chosen]])
    cost = np.zeros(block.cells.size)
    cost[chosen] = -sign
    found = linprog(cost, A_eq=block.matrix, b_eq=block.right, bounds=sides, method="highs")
    if found.x is None:
        raise ArithmeticError(found.message)
    return found.x


def _blocks(system: System, hidden: Flags, wanted: Flags, limit: int) -> Iterator[_Block]:
    """Yield the blocks that hold wanted counts, small ones together."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    if not wanted.any():
        return
    cells = np.flatnonzero(hidden)
    shape = (system.relations, system.value.size)
    whole = sp.csr_matrix((system.coefficient, (system.relation, system.cell)), shape)
    inner = whole[:, cells]
    right = inner @ system.value[cells]  # not what is shown: of averages the sums hold but for rounding
    links = sp.bmat([[None, inner], [inner.T, None]], "csr")
    label = connected_components(links, directed=False)[1][system.relations :]
    for batch in _batches(label, wanted[cells], limit):
        inside = np.flatnonzero(np.isin(label, batch))
        rows = np.unique(inner[:, inside].tocoo().row)
        yield _Block(cells[inside], label[inside], inner[rows][:, inside], right[rows])


def _batches(label: Ids, wanted: Flags, limit: int) -> Iterator[list[int]]:
    labels, sizes = np.unique(label, return_counts=True)
    size_of = dict(zip(labels.tolist(), sizes.tolist(), strict=True))
    batch: list[int] = []
    filled = 0
    for block in np.unique(label[wanted]).tolist():
        if batch and filled + size_of[block] > limit:
            yield batch
            batch, filled = [], 0
        batch.append(block)
        filled += size_of[block]
    if batch:
        yield batch
