"""Persons on average stand as one system of counts, and go with the staff of their last day where that is withheld."""

from dataclasses import replace

import numpy as np
import polars as pl

from flows.release.protection.dark import Dark
from flows.release.protection.rules import Cube, Series
from flows.release.protection.series import AVERAGES, Told, system
from flows.release.protection.sums import ALL
from flows.release.protection.system import Flags, Floats, System

# An average is published as a whole number of persons.
HALF = 0.5
PART = ("unit", "view", "sex", "last")


def with_stocks(series: Series, found: Told, dark: Dark) -> Dark:
    """Withhold the averages of parts whose staff at the end of the period is withheld.

    In a quiet month, of which movements tell that nobody came or went, the average is the staff of its last day.
    """
    stocks = found.cells.filter(pl.col("count") == series.opening[1])
    gone = stocks.filter(pl.Series(dark.withheld[stocks["cell"].to_numpy()]))
    flags = np.zeros(found.size, bool)
    flags[found.cells.filter(_averaged(series)).join(gone, on=PART, how="semi")["cell"].to_numpy()] = True
    return dark.with_(flags)


def averages(cube: Cube, series: Series, units: pl.DataFrame | None, chosen: pl.DataFrame, dark: Dark) -> System:
    """Return the system of averages; small ones are those that the first step withholds, in whole persons.

    Args:
        cube: The tree of units.
        series: Which counts are averages.
        units: The table of units, or None.
        chosen: The averages; `cell` numbered from 0.
        dark: What nobody may read of them.
    """
    whole, size = system(cube, series, units, chosen, dark, AVERAGES), dark.withheld.size
    border = (whole.value[:size] >= HALF) & (whole.value[:size] < whole.least[:size] - HALF)
    gone, asked = whole.hidden[:size], whole.sensitive.copy()
    asked[:size] = border & gone
    low, high = rounded_averages(whole.value[:size], whole.least[:size], series.averages_to)
    exact = ~_parts_of(chosen, size)
    low, high = (np.where(exact, whole.value[:size], end) for end in (low, high))
    low, high = np.where(gone, 0.0, low), np.where(gone, np.inf, high)
    return replace(whole, sensitive=asked).told(low, high, np.zeros(size), np.full(size, np.inf))


def rounded_averages(value: Floats, least: Floats, step: int) -> tuple[Floats, Floats]:
    """Return the least and the most that averages can be that are shown to the nearest multiple."""
    told = (np.round(np.nan_to_num(value)) + step // 2) // step * step
    low = np.where(told > 0, np.maximum(told - step / 2, least - HALF), 0.0)
    high = np.where(told > 0, told + step / 2, HALF)
    return np.minimum(low, value), np.maximum(high, value)


def _parts_of(chosen: pl.DataFrame, size: int) -> Flags:
    """Return which cells count a part of the staff and not a whole unit."""
    flags = np.zeros(size, bool)
    flags[chosen.filter(pl.col("sex") != ALL)["cell"].to_numpy()] = True
    return flags


def _averaged(series: Series) -> pl.Expr:
    return pl.col("count").is_in(list(series.averages))
