"""What spans of time give away of each other: two that share an end give the span between their other ends."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flows.release.protection.spans import Span


@dataclass(frozen=True)
class Pieces:
    """The pieces of time that follow from a set of spans.

    Attributes:
        spans: First and last month of each piece.
        terms: One row per piece, one column per span: the piece is the sum of these multiples of the spans.
    """

    spans: tuple[Span, ...]
    terms: NDArray[np.float64]


@lru_cache(maxsize=4096)
def pieces(spans: tuple[Span, ...]) -> Pieces:
    """Return what anybody finds who subtracts counts of these spans from each other.

    Two months are joined where a span runs from the one to the other; between joined months the count is known. The
    pieces lie between neighbours among joined months, and every span is a sum of them.
    """
    known = _reached(spans)
    groups: dict[int, list[int]] = defaultdict(list)
    for month in sorted(known):
        groups[known[month][0]].append(month)
    found = [(first, last) for months in groups.values() for first, last in pairwise(months)]
    found.sort()
    terms = [known[last][1] - known[first][1] for first, last in found]
    return Pieces(tuple(found), np.array(terms).reshape(len(found), len(spans)))


def _reached(spans: Sequence[Span]) -> dict[int, tuple[int, NDArray[np.float64]]]:
    """Return for each end of a span where its group begins, and the count since then as multiples of the spans."""
    joined: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for at, (first, last) in enumerate(spans):
        joined[first].append((last, at, 1.0))
        joined[last].append((first, at, -1.0))
    found: dict[int, tuple[int, NDArray[np.float64]]] = {}
    for start in sorted(joined):
        if start not in found:
            found[start] = (start, np.zeros(len(spans)))
            found.update(_walk(start, joined, len(spans), found))
    return found


def _walk(
    start: int,
    joined: dict[int, list[tuple[int, int, float]]],
    size: int,
    found: dict[int, tuple[int, NDArray[np.float64]]],
) -> Iterator[tuple[int, tuple[int, NDArray[np.float64]]]]:
    todo, seen = [(start, np.zeros(size))], {start, *found}
    while todo:
        month, since = todo.pop()
        for other, at, sign in joined[month]:
            if other not in seen:
                seen.add(other)
                terms = since.copy()
                terms[at] += sign
                todo.append((other, terms))
                yield other, (start, terms)
