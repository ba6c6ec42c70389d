"""Movements of persons are shown to the nearest few, and what that leaves open of each count is known here.

Spans of time, units, views, parts and kinds of movement add up with each other, so that an exact figure would tell of
a withheld one in many ways; rounded ones leave room in every sum (rounding as HESA and Eurostat's farm tables do).
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from flows.release.protection.dark import Dark
from flows.release.protection.rules import Moved, Series
from flows.release.protection.series import Told
from flows.release.protection.spans import YEARLY
from flows.release.protection.sums import ALL
from flows.release.protection.system import Flags, Floats


@dataclass(frozen=True)
class Movements:
    """What is known of each count by itself.

    Attributes:
        value: True counts; NaN where nobody told them.
        least: Fewest persons that may be shown.
        moved: Whether the count is a movement of any kind, and not one of a day or an average.
        low, high: The least and the most that a count can be by its own figure, where it is shown.
    """

    value: Floats
    least: Floats
    moved: Flags
    low: Floats
    high: Floats
    signed: Flags = field(default_factory=lambda: np.empty(0, bool))

    def known(self, dark: Dark) -> tuple[Floats, Floats]:
        """Return what is known of each count beside what is in the dark: persons are counted from 0."""
        open_ = dark.withheld | np.isnan(self.value)
        return (
            np.where(open_, np.where(self.signed, -np.inf, 0.0), self.low),
            np.where(open_, np.inf, self.high),
        )


def movements(series: Series, found: Told, rule: Moved, exact: Flags) -> Movements:
    """Return what the figures of all counts tell.

    Args:
        series: Which counts are what.
        found: All counts.
        rule: How movements are rounded.
        exact: Cells that are shown, or told by a score, as they are.
    """
    cells = found.cells.unique("cell", keep="first", maintain_order=True).sort("cell")
    value, least = cells["value"].to_numpy().copy(), cells["least"].to_numpy().astype(np.float64)
    stands = pl.col("count").is_in([*series.stocks, *series.averages, series.opening[1]])
    flags = cells.select(
        moved=~stands,
        rounded=pl.col("count").is_in(list(rule.counts)),
        year=(pl.col("grain") == YEARLY) & (pl.col("sex") == ALL),
        signed=pl.col("count").is_in(list(series.signed)),
    )
    moved, rounded, year, signed = (flags[name].to_numpy() for name in ("moved", "rounded", "year", "signed"))
    size = np.abs(value)
    plain = ~rounded | exact | (size == 0) | (year & (size >= rule.exact_from))
    told = (np.nan_to_num(size) + rule.to // 2) // rule.to * rule.to
    low = np.where(plain, size, np.minimum(np.maximum(told - rule.to // 2, least), size))
    high = np.where(plain, size, np.maximum(told + rule.to - 1 - rule.to // 2, size))
    low, high = np.where(value < 0, -high, low), np.where(value < 0, -low, high)
    whole = Movements(value, least, moved, low, high, signed)
    return _with_cohorts(whole, cells, rule)


def _with_cohorts(known: Movements, cells: pl.DataFrame, rule: Moved) -> Movements:
    """Of a cohort its share is shown, with one digit or two: so much of the rounded persons that it is a share of."""
    low, high = known.low.copy(), known.high.copy()
    place = ("unit", "view", "sex", "first", "last")
    for part, whole in rule.cohorts.items():
        own = cells.filter(pl.col("count") == part).select("cell", *place)
        both = own.join(cells.filter(pl.col("count") == whole).select(*place, of="cell"), on=place)
        at, of = both["cell"].to_numpy(), both["of"].to_numpy()
        step = np.where(known.value[of] < rule.one_digit_below, 0.1, 0.01)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.round(known.value[at] / known.value[of] / step) * step
        least, most = np.floor((share - step / 2) * low[of]), np.ceil((share + step / 2) * high[of])
        low[at] = np.fmin(np.fmax(least, known.least[at]), known.value[at])
        high[at] = np.fmax(most, known.value[at])
        none = known.value[at] == 0
        low[at[none]] = high[at[none]] = 0
    return Movements(known.value, known.least, known.moved, low, high, known.signed)
