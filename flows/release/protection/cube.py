"""The counts of all published tables stand as one system of cells and sums, each with every place that shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.release.protection.dark import Dark, few
from flows.release.protection.past import Memory
from flows.release.protection.pattern import NOBODY
from flows.release.protection.rules import Count, Cube, Shown
from flows.release.protection.sums import AT, KEY, part_of, relations, viewed
from flows.release.protection.system import Ids, System

# A column withheld in one row: what hides a cell hides all of its places.
PLACE = ("table", "row", "column")


@dataclass(frozen=True)
class Cells:
    """The system of all cells.

    Attributes:
        system: Values and relations; cells beyond `published` are what is left of a whole beside its parts.
        places: One row per cell and place: `cell`, `table`, `row`, `column`; the column is empty where the row goes.
        dark: What nobody may read of the cells that tables show.
    """

    system: System
    places: pl.DataFrame
    dark: Dark


def cells_of(
    cube: Cube,
    frames: Mapping[str, pl.DataFrame],
    least: Mapping[str, int],
    masks: Mapping[str, pl.DataFrame],
    memory: Mapping[str, Memory],
) -> Cells | None:
    """Return the cells that the frames show, or None where they show no count of the cube.

    Args:
        cube: Counts, where they are shown, and how they add up.
        frames: Table name -> rows; what is empty is not known and takes part in no relation.
        least: Table name -> fewest persons that may be shown.
        masks: Table name -> what is withheld already.
        memory: Table name -> what earlier releases said of its counts.
    """
    seen = _entries(cube, frames)
    if not seen.height:
        return None
    known = viewed(cube, _known(seen, cube, least), frames.get(cube.tree.table))
    known = known.with_columns(pl.col("cell").rank("dense").cast(pl.Int64) - 1)
    sums, rest = relations(cube, known, frames.get(cube.tree.table))
    places = _places(cube, seen, known, frames)
    cells = known.group_by("cell").agg(pl.col("value").first(), pl.col("least").max()).sort("cell")
    small = few(cells["value"].to_numpy(), cells["least"].to_numpy())
    dark = Dark.of(places, masks, memory, small)
    return Cells(system_of(known, cube, sums, rest, dark), places, dark)


def _entries(cube: Cube, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row per place that shows a count: key, value, table, row, column."""
    found = [
        part.with_columns(count=pl.lit(name), column=pl.lit(shown.column), order=pl.lit(order))
        for name, count in cube.counts.items()
        for order, shown in enumerate(count.shown)
        for part in _rows(cube, shown, frames)
    ]
    empty = pl.DataFrame(schema=dict.fromkeys((*KEY, "value", *PLACE), pl.String))
    return _apart(pl.concat(found)).select(*KEY, "value", *PLACE) if found else empty


def _apart(seen: pl.DataFrame) -> pl.DataFrame:
    """Take the count from the place named first; a place that should show the same and does not has its own key."""
    seen = seen.sort("order", "table", "row", maintain_order=True)
    first = pl.col("value").first().over(KEY)
    other = (pl.col("value") != first).fill_null(value=False)
    own = pl.concat_str("also", pl.lit("#"), "table", "column", "row")
    return seen.with_columns(
        also=pl.when(other).then(own).otherwise("also"), value=pl.when(first.is_null()).then(None).otherwise("value")
    )


def _rows(cube: Cube, shown: Shown, frames: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table that show a count; nothing where the table or a column of the key is absent."""
    frame = frames.get(shown.table)
    columns = {part: column for part, column in cube.key.items() if part not in shown.fixed}
    columns |= {"period": shown.period} if shown.period else {}
    needed = {*columns.values(), *shown.also, *shown.where, *shown.exceptions} | ({shown.column} - {""})
    if frame is None or not needed <= set(frame.columns):
        return
    key = {part: _text(frame, column) for part, column in columns.items()}
    dimensions = sum({f"dimension_{at}", f"category_{at}"} <= set(frame.columns) for at in (1, 2))
    if "sex" in key and dimensions:
        key["sex"] = part_of(dimensions)
    key |= {part: pl.lit(value) for part, value in shown.fixed.items()}
    rows = frame.with_row_index("row").filter(
        *[pl.col(column) == value for column, value in shown.where.items()],
        *[~pl.col(column).is_in(list(values)) for column, values in shown.exceptions.items()],
    )
    yield rows.select(
        **key,
        also=pl.concat_str([_text(frame, column) for column in shown.also] or [pl.lit("")], separator="|"),
        value=pl.col(shown.column).cast(pl.Float64) if shown.column else pl.lit(None, pl.Float64),
        table=pl.lit(shown.table),
        row="row",
    )


def _text(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Return a part of the key; a day stands for its month."""
    expression = pl.col(column)
    whole = expression.dt.truncate("1mo") if frame.schema[column] == pl.Date else expression
    return whole.cast(pl.String).fill_null("")


def _known(seen: pl.DataFrame, cube: Cube, least: Mapping[str, int]) -> pl.DataFrame:
    """Return one row per key with its value and cell; equal counts that are said to be alike share a cell."""
    floor = pl.col("table").replace_strict(least, default=0, return_dtype=pl.Int64).max()
    known = seen.group_by(KEY).agg(pl.col("value").drop_nulls().first(), floor.alias("least")).sort(KEY)
    known = known.with_row_index("cell").with_columns(pl.col("cell").cast(pl.Int64))
    for name, count in cube.counts.items():
        if count.like:
            known = _merge(known, name, count)
    return known


def _merge(known: pl.DataFrame, name: str, count: Count) -> pl.DataFrame:
    """Give the cells of a count the cells of the count that they are like, where both are equal."""
    other = known.filter(pl.col("count") == count.like).select(*AT[:-1], "value", like="cell")
    moved = known.filter(pl.col("count") == name)
    if count.lag:
        month = pl.col("period").str.to_date("%Y-%m-%d", strict=False).dt.offset_by(f"-{count.lag}mo")
        moved = moved.with_columns(month.cast(pl.String).alias("period"))
    found = moved.join(other, on=[*AT[:-1], "value"], how="inner").select("cell", "like").unique("cell")
    joined = known.join(found, on="cell", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("like", "cell").alias("cell")).drop("like")


def _places(cube: Cube, seen: pl.DataFrame, known: pl.DataFrame, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return every place that goes with a cell: those that show it, and the rows that sum over the same persons."""
    follow = [
        part.with_columns(pl.lit(name).alias("count"), pl.lit("").alias("column")).select(*KEY, *PLACE)
        for name, count in cube.counts.items()
        for shown in count.rows
        for part in _rows(cube, shown, frames)
    ]
    rows = pl.concat([seen.select(*KEY, *PLACE), *follow])
    return rows.join(known.select(*KEY, "cell"), on=KEY).select("cell", *PLACE).unique().sort("cell", *PLACE)


def system_of(known: pl.DataFrame, cube: Cube, sums: pl.DataFrame, rest: pl.DataFrame, dark: Dark) -> System:
    """Put published cells and the rests of sums behind each other; nobody publishes a rest, so it costs no end."""
    count = dark.withheld.size
    value, least, cost = np.full(count, np.nan), np.zeros(count), np.ones(count)
    signed = np.zeros(count, bool)
    cells = known["cell"].to_numpy()
    price = known["count"].replace_strict({name: c.cost for name, c in cube.counts.items()}, return_dtype=pl.Float64)
    value[cells] = known["value"].to_numpy()
    least[cells] = known["least"].to_numpy()
    if "weight" in known.columns:
        price *= known["weight"]
    np.maximum.at(cost, cells, price.to_numpy())
    signed[cells] = known["count"].is_in([name for name, c in cube.counts.items() if c.signed]).to_numpy()
    size = np.abs(value)
    cost *= np.where((size > 0) | signed, 1 + np.nan_to_num(size), NOBODY)
    more, fewest, most = rest["value"].to_numpy(), rest["least"].to_numpy(), rest["most"].to_numpy()
    return System(
        value=np.concatenate([value, more]),
        least=np.concatenate([least, fewest]),
        hidden=np.concatenate([dark.withheld | np.isnan(value), np.ones(more.size, bool)]),
        sensitive=np.concatenate([dark.small & dark.withheld, rest["counts"].to_numpy() & (more < fewest)]),
        signed=np.concatenate([signed, np.isfinite(most)]),
        cost=np.concatenate([cost, np.full(more.size, np.inf)]),
        relation=_ids(sums["relation"]),
        cell=_ids(sums["cell"]),
        coefficient=sums["coefficient"].to_numpy().astype(np.float64),
        most=np.concatenate([np.full(count, np.inf), most]),
    )


def _ids(column: pl.Series) -> Ids:
    return column.cast(pl.Int64).to_numpy()
