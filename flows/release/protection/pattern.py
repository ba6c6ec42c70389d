"""No relation gives a withheld count away to pencil and paper: none stands alone, no withheld group is a handful."""

from collections import deque
from collections.abc import Iterable

import numpy as np

from flows.release.protection.system import Flags, System

# Counts of nobody are withheld only where no other count is left: whoever knows the unit guesses them.
NOBODY = 1e9
RINGS = 12


def pattern(system: System, hidden: Flags, extra: Iterable[int] = ()) -> Flags:
    """Return the counts to withhold: at least `hidden` and `extra`, and what they need beside them, cheapest first.

    With `extra`, `hidden` is a pattern found before, to which these are added.

    Greedy, one relation at a time, after the modular approach of tau-ARGUS: the order of the relations is fixed, so
    the same counts give the same pattern.
    """
    withheld, needed = hidden.copy(), system.sensitive & hidden
    extra = list(extra)
    withheld[extra] = needed[extra] = True
    todo = deque(sorted({at for cell in extra for at in system.touching[cell]}) if extra else range(system.relations))
    waiting = set(todo)
    while todo:
        relation = todo.popleft()
        waiting.discard(relation)
        pick = _missing(system, relation, withheld, needed)
        if pick is None:
            continue
        withheld[pick] = needed[pick] = True
        for other in system.touching[pick]:
            if other not in waiting:
                waiting.add(other)
                todo.append(other)
    return withheld


def neighbours(system: System, cell: int, withheld: Flags, number: int = 1) -> list[int]:
    """Return the cheapest counts that are still shown near a withheld one, so many; none where all are withheld."""
    ring, met = [cell], {cell}
    for _ in range(RINGS):
        near = {y for x in ring for relation in system.touching[x] for y in system.members[relation]} - met
        found = sorted((system.cost[y], y) for y in near if not withheld[y] and np.isfinite(system.cost[y]))
        if found or not near:
            return [y for _, y in found[:number]]
        met |= near
        ring = sorted(near)
    return []


def _missing(system: System, relation: int, withheld: Flags, needed: Flags) -> int | None:
    """Return the count to withhold beside those of a relation; None where they do not give each other away."""
    members = system.members[relation]
    if any(system.rounded[cell] and not withheld[cell] for cell in members):
        return None  # no sum is exact; linear programs tell whether it is close enough
    inside = [i for i, cell in enumerate(members) if withheld[cell]]
    cells = [members[i] for i in inside]
    if not any(needed[cell] for cell in cells):
        return None
    if len(cells) > 1 and not _handful(system, cells, [system.signs[relation][i] for i in inside]):
        return None
    return _cheapest(system, (cell for cell in members if not withheld[cell]))


def _handful(system: System, cells: list[int], signs: list[float]) -> bool:
    """Tell whether the withheld counts together are known, and are fewer than may be shown."""
    if any(system.signed[cell] for cell in cells) or len(set(signs)) > 1:
        return False
    total = sum(float(system.value[cell]) for cell in cells)
    return any(system.sensitive[cell] and total < system.least[cell] for cell in cells)


def _cheapest(system: System, cells: Iterable[int]) -> int | None:
    priced = [(float(system.cost[cell]), cell) for cell in cells if np.isfinite(system.cost[cell])]
    return min(priced)[1] if priced else None
