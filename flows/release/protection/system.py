"""Counts that add up: what an outsider holds is these equations, the counts that are shown, and bounds."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]


MORE = ("low_withheld", "high_withheld", "top", "bottom")


@dataclass(frozen=True)
class System:
    """Counts and the relations between them: for each relation, the sum of coefficient times count is 0.

    Attributes:
        value: True counts.
        least: Fewest persons that may be shown, count by count.
        hidden: Whether a count is withheld before anything is added; what is published nowhere counts as withheld.
        sensitive: Whether an outsider must stay in the dark about the count.
        signed: Whether the count may be negative.
        cost: What withholding the count costs; infinite where it is published nowhere.
        relation, cell, coefficient: The terms of the relations, sorted by relation.
        most: How far each count is from 0 at most, as everybody knows; empty where nobody knows a limit of any.
        low, high: The least and the most that each count can be by what is told of it elsewhere or, where it is shown,
            by its rounded figure; empty where all is exact.
        low_withheld, high_withheld: The same where the count is withheld besides what is withheld already.
        top, bottom: How high and how low an outsider must be able to believe a count; empty where that follows from
            `least` and the rules of protection.
    """

    value: Floats
    least: Floats
    hidden: Flags
    sensitive: Flags
    signed: Flags
    cost: Floats
    relation: Ids
    cell: Ids
    coefficient: Floats
    most: Floats = field(default_factory=lambda: np.empty(0))
    low: Floats = field(default_factory=lambda: np.empty(0))
    high: Floats = field(default_factory=lambda: np.empty(0))
    low_withheld: Floats = field(default_factory=lambda: np.empty(0))
    high_withheld: Floats = field(default_factory=lambda: np.empty(0))
    top: Floats = field(default_factory=lambda: np.empty(0))
    bottom: Floats = field(default_factory=lambda: np.empty(0))

    @cached_property
    def rounded(self) -> Flags:
        """Which counts are not known to the person even where they are shown."""
        return self.low < self.high if self.low.size else np.zeros(self.value.size, bool)

    def told(self, low: Floats, high: Floats, low_withheld: Floats, high_withheld: Floats) -> "System":
        """Return the system of which this is known of the published counts; of rests nobody tells anything.

        Args:
            low: The least that each count can be by what is told of it, withheld or not.
            high: The most.
            low_withheld: The least where it is withheld besides.
            high_withheld: The most.
        """
        rest = np.full(self.value.size - low.size, np.inf)
        return replace(
            self,
            low=np.concatenate([low, -rest]),
            high=np.concatenate([high, rest]),
            low_withheld=np.concatenate([low_withheld, -rest]),
            high_withheld=np.concatenate([high_withheld, rest]),
        )

    def knowing(self, told: Flags) -> "System":
        """Return the system of an outsider who knows some counts already: to withhold them again protects nothing.

        Args:
            told: Whether each published count is known; shorter than the counts where the last ones are rests.
        """
        known = np.zeros(self.value.size, bool)
        known[: told.size] = told
        sure = known & ~np.isfinite(self.high) if self.low.size else known
        return replace(
            self,
            low=np.where(sure, self.value, self.low) if self.low.size else self.low,
            high=np.where(sure, self.value, self.high) if self.low.size else self.high,
            hidden=self.hidden & ~known,
            sensitive=self.sensitive & ~known,
            cost=np.where(known, np.inf, self.cost),
        )

    def only(self, kept: Flags) -> tuple["System", Ids]:
        """Return the system of some of its relations, and which counts it is about, in their order.

        Args:
            kept: One flag a relation.
        """
        terms = kept[self.relation]
        numbers, cell = np.unique(self.cell[terms], return_inverse=True)
        names = ("value", "least", "hidden", "sensitive", "signed", "cost", "most", "low", "high", *MORE)
        own = {name: getattr(self, name) for name in names}
        taken = {name: values[numbers] if values.size else values for name, values in own.items()}
        relation = (np.cumsum(kept) - 1)[self.relation[terms]]
        return System(**taken, relation=relation, cell=cell, coefficient=self.coefficient[terms]), numbers

    @cached_property
    def relations(self) -> int:
        """Number of relations."""
        return int(self.relation.max()) + 1 if self.relation.size else 0

    @cached_property
    def members(self) -> list[list[int]]:
        """Cells of each relation."""
        return _groups(self.relation, self.cell, self.relations)

    @cached_property
    def signs(self) -> list[list[float]]:
        """Coefficients of the cells of each relation, in the order of `members`."""
        return _groups(self.relation, self.coefficient, self.relations)

    @cached_property
    def touching(self) -> list[list[int]]:
        """Relations of each cell."""
        return _groups(self.cell, self.relation, self.value.size)


def _groups(keys: Ids, values: Ids | Floats, size: int) -> list[list[Any]]:
    order = np.argsort(keys, kind="stable")
    ends = np.searchsorted(keys[order], np.arange(size + 1)).tolist()
    sorted_ = values[order].tolist()
    return [sorted_[first:last] for first, last in pairwise(ends)]
