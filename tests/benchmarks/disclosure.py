"""Prints what protecting units by sex and grade costs: python -m tests.benchmarks.disclosure [cells]."""

import resource
import sys
import time

import numpy as np

from flows.release.protection.rules import load_rules
from flows.release.protection.secondary import shield
from flows.release.protection.system import System

LEAST = 5.0
# Cells asked for -> children of each unit, level by level; sexes and grades with their totals make 24 cells a unit.
TREES = {1_000: (3, 3, 4), 10_000: (10, 5, 7), 100_000: (30, 10, 12)}
SEXES, GRADES = 3, 8


def main() -> None:
    """Protect tables of the sizes asked for and print what it cost."""
    for size in [int(argument) for argument in sys.argv[1:]] or list(TREES):
        system = table(TREES[size], size * 6)
        start = time.process_time()
        done = shield(system, load_rules().protection)
        seconds, memory = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"cells {system.value.size:,}  relations {system.relations:,}  small {system.sensitive.sum():,}  "
            f"withheld {done.withheld.sum():,}  exposed {done.exposed.size}  "
            f"CPU seconds {seconds:.1f}  MB {memory:.0f}",
            flush=True,
        )


def table(children: tuple[int, ...], people: int) -> System:
    """Return counts by unit, sex and grade with all totals, people thrown at random."""
    chance = np.random.default_rng(20260930)
    parent, frontier = [-1], [0]
    for number in children:
        first = len(parent)
        parent += [unit for unit in frontier for _ in range(number)]
        frontier = list(range(first, len(parent)))
    counts = np.zeros((len(parent), SEXES, GRADES))
    weight = chance.lognormal(0, 1.2, len(frontier))
    place = chance.choice(frontier, people, p=weight / weight.sum())
    grade = 1 + np.minimum(chance.geometric(0.35, people) - 1, GRADES - 2)
    np.add.at(counts, (place, 1 + (chance.random(people) < 0.38), grade), 1)
    counts[:, 0], counts[:, :, 0] = counts[:, 1:].sum(1), counts[:, :, 1:].sum(2)
    counts[:, 0, 0] = counts[:, 1:, 1:].sum((1, 2))
    for unit in range(len(parent) - 1, 0, -1):
        counts[parent[unit]] += counts[unit]
    return _system(counts, np.array(parent))


def _system(counts: np.ndarray, parent: np.ndarray) -> System:
    cell = np.arange(counts.size).reshape(counts.shape)
    sums = [np.moveaxis(cell, 1, 0).reshape(SEXES, -1).T, np.moveaxis(cell, 2, 0).reshape(GRADES, -1).T]
    lines = [line for block in sums for line in block]
    for unit in np.unique(parent[1:]):
        below = np.flatnonzero(parent == unit)
        lines += list(np.column_stack([cell[unit].ravel(), *(cell[child].ravel() for child in below)]))
    value = counts.ravel()
    small = (value > 0) & (value < LEAST)
    sizes = np.array([line.size for line in lines])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    sign = np.ones(sizes.sum())
    sign[first] = -1
    return System(
        value=value,
        least=np.full(value.size, LEAST),
        hidden=small,
        sensitive=small,
        signed=np.zeros(value.size, bool),
        cost=np.where(value > 0, value + 1, 1e9),
        relation=np.repeat(np.arange(len(lines)), sizes),
        cell=np.concatenate(lines),
        coefficient=sign,
    )


if __name__ == "__main__":
    main()
