"""Which counts nobody may read is known in one place, and every step reads it there and adds to it.

A count is in the dark where no table shows it, where it is small, and where an earlier release withholds the very
same. To leave one of the three out would make it look exact to whoever reckons with it, so none can be left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.release.protection.past import Memory
from flows.release.protection.system import Flags, Floats, Ids

CLOSE = 1e-6


@dataclass(frozen=True)
class Dark:
    """What an outsider sees of counts, one flag a count; all steps number them alike.

    Attributes:
        withheld: What this release shows nowhere: holds every small count that no earlier release tells.
        small: Which count few persons.
        told: Which an earlier release shows as they are, for good.
    """

    withheld: Flags
    small: Flags
    told: Flags

    def __post_init__(self) -> None:
        """Hold that no small count counts as shown."""
        object.__setattr__(self, "withheld", self.withheld | (self.small & ~self.told))

    @classmethod
    def of(
        cls,
        places: pl.DataFrame,
        masks: Mapping[str, pl.DataFrame],
        memory: Mapping[str, Memory],
        small: Flags,
    ) -> "Dark":
        """Return what is in the dark before any second step.

        Args:
            places: One row per cell and place: `cell`, `table`, `row`, `column`.
            masks: Table name -> what is withheld already.
            memory: Table name -> what earlier releases said of its counts.
            small: Which cells count few persons.
        """
        told = _marked(places, {name: one.told for name, one in memory.items()}, small.size)
        kept = _marked(places, {name: one.kept for name, one in memory.items()}, small.size)
        return cls(_unseen(places, masks, small.size) | (kept & ~told), small, told)

    def with_(self, more: Flags, numbers: Ids | None = None) -> "Dark":
        """Return the same with more withheld; `numbers` says of which counts the flags are, where not of all."""
        withheld = self.withheld.copy()
        withheld[slice(None) if numbers is None else numbers] |= more
        return Dark(withheld, self.small, self.told)

    def everything(self) -> "Dark":
        """Return the dark of a release that shows nothing."""
        return self.with_(np.ones(self.withheld.size, bool))

    def at(self, numbers: Ids) -> "Dark":
        """Return the dark of some counts, in this order."""
        return Dark(self.withheld[numbers], self.small[numbers], self.told[numbers])


def few(value: Floats, least: Floats) -> Flags:
    """Return which counts are of few persons; nobody is no secret, and what is not known is not asked."""
    size = np.nan_to_num(np.abs(value))
    return (size > CLOSE) & (size < least)


def _unseen(places: pl.DataFrame, masks: Mapping[str, pl.DataFrame], size: int) -> Flags:
    """Return which of the cells no place shows any more."""
    shown = np.zeros(size, bool)
    for (table, column), part in places.filter(pl.col("column") != "").group_by("table", "column"):
        mask = masks[str(table)]
        free = mask[str(column)].is_null().to_numpy() if column in mask.columns else np.ones(mask.height, bool)
        shown[part["cell"].to_numpy()[free[part["row"].to_numpy()]]] = True
    return ~shown


def _marked(places: pl.DataFrame, flags: Mapping[str, pl.DataFrame], size: int) -> Flags:
    """Return which of the cells a flag is set for, at any of their places: table -> column -> one flag a row."""
    found = np.zeros(size, bool)
    if not flags:
        return found
    for (table, column), part in places.filter(pl.col("column") != "").group_by("table", "column"):
        frame = flags.get(str(table))
        if frame is not None and column in frame.columns:
            found[part["cell"].to_numpy()[frame[str(column)].to_numpy()[part["row"].to_numpy()]]] = True
    return found
