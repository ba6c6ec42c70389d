"""Medians of persons at the last day of each month, from their spells put in order once instead of month by month.

Age, service and time in a post are a day less the day since when. Whoever has served longer on one day has served
longer on every other, so the order of persons is the same in all months: a month only says who of the order is there,
and the median is the one in the middle of those. Exact, and a sort of the spells instead of all values of each month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Whole = NDArray[np.integer]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]

# statistic -> since when it counts (a column of the spells), until when (a column of the months), what one unit is
STATISTICS = {
    "age_median": ("birth_month_no", "month_no", 12.0),
    "tenure_median": ("service_since_no", "day_no", 365.25),
    "time_in_post_median": ("post_since_no", "day_no", 365.25),
    "time_in_grade_median": ("grade_since_no", "day_no", 1.0),
}
BASIC, BY_POST = ("all", "sex"), ("position_group", "position_category")
TEXTS = ("org_unit_id", "sex", *BY_POST)
SINCE = tuple(since for since, _, _ in STATISTICS.values())
SLICE_ROWS = 3_000_000  # rows of spells and places looked at together: some 200 MB
PLACE = ("placed_view", "ancestor_id")
SERVICE = {"placed_view": "both", "ancestor_id": "UZ", "is_above_units": True}
VIEWS = pl.DataFrame({"placed_view": ["both", "both", "as_was", "as_is"], "org_view": ["as_was", "as_is"] * 2})
SCHEMA = {
    "measure_id": pl.String, "placed_view": pl.String, "org_unit_id": pl.String, "period_start": pl.Date,
    "dimension_1": pl.String, "category_1": pl.String, "dimension_2": pl.String, "category_2": pl.String,
    "amount": pl.Float64, "n": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Ordered:
    """Spells by cell, in each the latest begun first; those of cell c lie from bounds[c] to before bounds[c + 1]."""

    since: Whole
    first: Whole
    last: Whole
    bounds: Whole


def spell_medians(
    spells: pa.RecordBatchReader, placements: pl.DataFrame, months: pl.DataFrame, wanted: pl.DataFrame
) -> pl.DataFrame:
    """Return the medians and how many have a value, for each unit, month and category in which anybody is.

    Args:
        spells: scope, first_no and last_no (days, as numbers), `TEXTS` and `SINCE`.
        placements: placed_view, period_start, org_unit_id, ancestor_id, is_above_units (a ministry).
        months: period_start, month_no, day_no (the last day) and is_below_ministries, null where no figures by post are
            asked for.
        wanted: measure_id, dimension_1, dimension_2 that any formula asks for.

    Returns:
        The columns of `SCHEMA`.
    """
    months = months.sort("period_start")
    numbered = _in_months(_read(spells), months["day_no"].to_numpy())
    runs, places = _runs(placements, months)
    parts = [_medians_of(rows, months, places) for rows in _placed(numbered, runs, places)]
    told = pl.concat(parts).join(wanted, on=("measure_id", "dimension_1", "dimension_2"), how="semi")
    return told.join(VIEWS, on="placed_view").select("org_view", *SCHEMA).drop("placed_view")


def _read(spells: pa.RecordBatchReader) -> pl.DataFrame:
    none = pa.RecordBatch.from_pylist([], schema=spells.schema)
    parts = (pl.DataFrame(pl.from_arrow(batch)) for batch in chain([none], spells))
    return pl.concat(part.with_columns(pl.col(TEXTS).cast(pl.Categorical)) for part in parts)


def _in_months(spells: pl.DataFrame, days: Whole) -> pl.DataFrame:
    """Say of each spell in which months it counts on the last day, first and last; leave out those of no month."""
    first = np.searchsorted(days, spells["first_no"].to_numpy(), "left").astype(np.int16)
    last = (np.searchsorted(days, spells["last_no"].to_numpy(), "right") - 1).astype(np.int16)
    numbered = spells.drop("first_no", "last_no").with_columns(first=pl.Series(first), last=pl.Series(last))
    return numbered.filter(pl.col.first <= pl.col.last)


def _runs(placements: pl.DataFrame, months: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return each unit and place that holds it with the months, one after the other, in which it does; and places."""
    named = pl.concat([placements.select(*PLACE, "is_above_units"), pl.DataFrame(SERVICE)])
    places = named.unique(maintain_order=True).with_row_index("place")
    numbers = months.select("period_start", month=pl.int_range(pl.len(), dtype=pl.Int16))
    placed = placements.join(places, on=PLACE).join(numbers, on="period_start").sort("month")
    run = pl.col.month - pl.int_range(pl.len(), dtype=pl.Int16).over("place", "org_unit_id")
    runs = placed.group_by("place", "org_unit_id", run=run).agg(since=pl.col.month.min(), until=pl.col.month.max())
    return runs.drop("run").with_columns(pl.col.org_unit_id.cast(pl.Categorical)), places


def _placed(spells: pl.DataFrame, runs: pl.DataFrame, places: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the spells at the service, then at the places that hold their unit, some places at a time."""
    service = pl.lit(places.filter(ancestor_id=SERVICE["ancestor_id"])["place"].item(), pl.UInt32)
    yield spells.filter(pl.col.scope != "ministry").drop("scope", "org_unit_id").with_columns(place=service)
    own = spells.filter(pl.col.scope != "service").drop("scope")
    sizes = runs.join(own.group_by("org_unit_id").len(), on="org_unit_id").group_by("place").agg(pl.col.len.sum())
    sliced = sizes.sort("len", "place").with_columns(slice_no=pl.col.len.cum_sum() // SLICE_ROWS)
    cut = {"first": pl.max_horizontal("first", "since"), "last": pl.min_horizontal("last", "until")}
    for _, some in sliced.group_by("slice_no", maintain_order=True):
        rows = own.join(runs.join(some, on="place", how="semi"), on="org_unit_id")
        yield rows.with_columns(**cut).filter(pl.col.first <= pl.col.last).drop("org_unit_id", "since", "until")


def _medians_of(rows: pl.DataFrame, months: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return the medians of some places, by everything that is asked of them."""
    parts = [_by(dimension, rows, months, places, np.ones(months.height, bool)) for dimension in BASIC]
    below = months["is_below_ministries"]
    for above, asked in ((True, below.is_not_null()), (False, below.fill_null(value=False))):
        if asked.any():
            own = rows.join(places.filter(is_above_units=above), on="place", how="semi")
            parts += [_by(dimension, own, months, places, asked.to_numpy()) for dimension in BY_POST]
    return pl.concat(parts)


def _by(dimension: str, rows: pl.DataFrame, months: pl.DataFrame, places: pl.DataFrame, asked: Flags) -> pl.DataFrame:
    """Return the medians of each cell, a place or by a breakdown a category of it, in the months asked for."""
    key = ["place"] if dimension == "all" else ["place", dimension]
    cells = rows.select(key).unique(maintain_order=True).with_row_index("cell")
    cell = rows.select(key).join(cells, on=key, maintain_order="left", nulls_equal=True)["cell"]
    category = pl.lit("all") if dimension == "all" else pl.col(dimension).cast(pl.String)
    named = cells.join(places, on="place").select(
        "cell", "placed_view", org_unit_id="ancestor_id", dimension_1=pl.lit(dimension), category_1=category,
        dimension_2=pl.lit("all"), category_2=pl.lit("all"),
    )  # fmt: skip
    there = {month: _there(rows, cell, cells.height, month) for month in np.flatnonzero(asked).tolist()}
    ordered = ((name, _in_order(rows, cell, cells.height, since)) for name, (since, _, _) in STATISTICS.items())
    return pl.concat(_figures(*one, months, there) for one in ordered).join(named, on="cell").select(*SCHEMA)


def _there(rows: pl.DataFrame, cell: pl.Series, n_cells: int, month: int) -> Whole:
    """Return the cells in which anybody is in a month, whether or not what is measured is known."""
    here = cell.filter((rows["first"] <= month) & (rows["last"] >= month))
    return np.flatnonzero(np.bincount(here.to_numpy(), minlength=n_cells))


def _figures(name: str, ordered: Ordered, months: pl.DataFrame, there: dict[int, Whole]) -> pl.DataFrame:
    """Return a statistic for the cells in which anybody is, of each month."""
    _, until, unit = STATISTICS[name]
    found = [(cells, *_middle(ordered, month, months[until][month])) for month, cells in there.items()]
    sizes = [len(cells) for cells in there.values()]
    figures = {
        "cell": np.concatenate([cells for cells, _, _ in found]).astype(np.uint32),
        "month": np.repeat(np.fromiter(there, np.int64), sizes),
        "amount": np.concatenate([amount[cells] for cells, amount, _ in found]) / unit,
        "n": np.concatenate([n[cells] for cells, _, n in found]),
    }
    told = pl.DataFrame(figures).with_columns(pl.col.amount.fill_nan(None), measure_id=pl.lit(name))
    return told.with_columns(period_start=months["period_start"].gather(told["month"]))


def _in_order(rows: pl.DataFrame, cell: pl.Series, n_cells: int, since: str) -> Ordered:
    """Put those of whom it is known by cell and in each the latest first, so that what is measured rises."""
    known = rows[since].is_not_null()
    cells, starts = (one.filter(known).to_numpy().astype(np.int64) for one in (cell, rows[since]))
    order = np.argsort((cells << 32) - starts)
    first, last = (rows[name].filter(known).to_numpy()[order] for name in ("first", "last"))
    return Ordered(starts[order].astype(np.int32), first, last, np.searchsorted(cells[order], np.arange(n_cells + 1)))


def _middle(ordered: Ordered, month: int, until: int) -> tuple[Numbers, Whole]:
    """Return the median of each cell in a month, not a number where nobody is, and of how many it is."""
    here = np.flatnonzero((ordered.first <= month) & (ordered.last >= month) & (ordered.since <= until))
    edges = np.searchsorted(here, ordered.bounds)
    n = np.diff(edges)
    held = n > 0
    middles = [ordered.since[here[(edges[:-1] + half)[held]]] for half in ((n - 1) // 2, n // 2)]
    medians = np.full(len(n), np.nan)
    medians[held] = until - (middles[0].astype(float) + middles[1]) / 2
    return medians, n
