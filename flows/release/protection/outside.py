"""Whoever holds a release and nothing else cannot prove of a withheld count of persons that it is of a few.

What is asked here needs no true figure, so that a copied folder can be asked: spans of a count bound each other over
time, who came and went bounds the stock of the next month, and parts are no more than their whole. Where the least and
the most that follow from what is shown leave a withheld count of somebody and of fewer than its minimum, the release
gives it away. (Of one that may be nobody it is not known from outside whether it is a secret at all.)
Wholes are asked through their parts only: what else belongs to a unit its reader does not know.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.release.protection.averages import rounded_averages
from flows.release.protection.bounds import tighten
from flows.release.protection.dark import Dark
from flows.release.protection.movements import Movements
from flows.release.protection.rules import Moved, Series
from flows.release.protection.series import Told, balances
from flows.release.protection.sums import ALL, NEVER, distinct, parts
from flows.release.protection.system import Flags, Floats, Ids, System
from flows.release.protection.timeline import Timeline

CLOSE = 1e-3
# So often time and sums are asked in turn: what one of them finds helps the other.
TURNS = 2
# Persons on average are whole ones where no person-years stand beside them.
HALF = 0.5


@dataclass(frozen=True)
class Shown:
    """What a release tells of each count by itself: the least and the most that it can be."""

    low: Floats
    high: Floats


def given_away(series: Series, rule: Moved, found: Told, known: Movements, dark: Dark) -> Ids:
    """Return the withheld counts that are proven to be of a few.

    Args:
        series: Which counts are what.
        rule: How movements are rounded.
        found: All counts of the release; a withheld one has no value.
        known: What the figures of movements tell.
        dark: What is withheld.
    """
    gone = dark.withheld & np.isnan(known.value)
    shown = _shown(series, rule, found, known, dark)
    line = _line(series, found, known, gone)
    system = _system(series, found)
    low, high = shown.low, shown.high
    for _ in range(TURNS):
        low, high = line.bounds(low, high)
        low, high = _summed(system, low, high)
    room = np.where(known.moved, CLOSE, HALF)  # averages are told in whole persons
    few = gone & ~known.signed & (high < known.least - room) & (low > CLOSE)
    return np.flatnonzero(few)


def _shown(series: Series, rule: Moved, found: Told, known: Movements, dark: Dark) -> Shown:
    """Movements within their rounding, averages of parts within theirs, all else as it stands."""
    low, high = known.known(dark)
    averaged = found.cells.filter(pl.col("count").is_in(list(series.averages)) & pl.col("value").is_not_null())
    part = averaged.filter(pl.col("sex") != ALL)["cell"].to_numpy()
    if series.averages_to:
        low[part], high[part] = rounded_averages(known.value[part], known.least[part], series.averages_to)
    rough = averaged.filter(pl.col("error") > 0)["cell"].to_numpy()
    low[rough], high[rough] = low[rough] - HALF, high[rough] + HALF
    share = found.cells.filter(pl.col("count").is_in(list(rule.cohorts)))["cell"].to_numpy()
    low[share], high[share] = 0, np.inf  # told by its share alone; its numerator is worked out from rounded persons
    return Shown(low, high)


def _line(series: Series, found: Told, known: Movements, gone: Flags) -> Timeline:
    """Return the spans of movements that add up over time: persons who count once in a span are left out."""
    own = (known.moved & ~known.signed)[found.cells["cell"].to_numpy()]
    flows = found.cells.filter(pl.Series(own) & ~pl.col("count").is_in(list(series.once)))
    held = pl.Series(gone[flows["cell"].to_numpy()])
    flows = flows.with_columns(value=pl.when(held).then(0.0).otherwise("value"))
    return Timeline.of(flows, np.flatnonzero(gone), found.size)


def _system(series: Series, found: Told) -> System:
    """Return how stocks follow from each other, exactly, and how parts make no more than their whole."""
    terms = distinct(pl.concat([*balances(series, found.cells), *parts(found.cells)]))
    terms = terms.with_columns(pl.col("number").rank("dense").cast(pl.Int64).alias("relation") - 1)
    open_ = terms.filter(pl.col("rest") != NEVER).select("relation").unique().sort("relation").with_row_index("at")
    rests = open_.select("relation", cell=pl.col("at").cast(pl.Int64) + found.size, coefficient=pl.lit(1.0))
    every = pl.concat([terms.select("relation", "cell", "coefficient"), rests]).sort("relation", "cell")
    size = found.size + rests.height
    none, no = np.zeros(size), np.zeros(size, bool)
    ids = every["relation"].to_numpy(), every["cell"].to_numpy(), every["coefficient"].to_numpy()
    return System(none, none, ~no, no, no, none, *ids)


def _summed(system: System, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    more = np.zeros(system.value.size - low.size)
    found = tighten(system, system.hidden, np.concatenate([low, more]), np.concatenate([high, more + np.inf]))
    return found[0][: low.size], found[1][: low.size]
