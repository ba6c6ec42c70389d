"""Every count of persons is told as a series over time at the finest grain that gives nobody away, or not at all.

A month follows from two running sums, so months cannot be withheld one by one. A series is told by month only where no
month, and no other piece of time that follows from what is told, counts a few persons; else by quarter, else over
twelve months, else not at all. One pattern for all periods also keeps two releases from giving away who came between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from flows.release.protection.cube import system_of
from flows.release.protection.dark import Dark
from flows.release.protection.rounding import DAYS_OF_YEAR
from flows.release.protection.rules import Count, Cube, Series
from flows.release.protection.spans import MONTHLY, grain
from flows.release.protection.sums import ALL, KEY, NEVER, bounded, over_units, part_of, parts, viewed, within
from flows.release.protection.system import Flags, Ids, System

SERIES = ("count", "unit", "view", "sex")
PLACE = ("table", "row", "column")
TIDY = (
    *("indicator_id", "org_unit_id", "org_view", "period_start", "period_end"),
    *("dimension_1", "category_1", "dimension_2", "category_2", "numerator", "denominator", "value", "n"),
)
# Persons of an average are rounded to whole ones where the table shows no person-years beside them.
ROUNDED = 0.5
CLOSE = 1e-6
# Readers miss a figure of all staff more than one of a part of it.
WHOLE = 3.0
STOCKS, AVERAGES = -1, -2


@dataclass(frozen=True)
class Told:
    """All series.

    Attributes:
        cells: One row per count, unit, view, part and span: KEY, `cell`, `value`, `least`, `few`, `error`, `first`,
            `last`, `grain` (STOCKS for what stands on one day) and `series`; equal counts of both views share a cell.
        places: One row per cell and place: `cell`, `table`, `row`, `column`.
    """

    cells: pl.DataFrame
    places: pl.DataFrame

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.cells["cell"].max()) + 1 if self.cells.height else 0  # ty: ignore[invalid-argument-type] - integers

    @property
    def known(self) -> Flags:
        """Which cells have a value."""
        flags = np.zeros(self.size, bool)
        flags[self.cells.filter(pl.col("value").is_not_null())["cell"].to_numpy()] = True
        return flags

    @property
    def small(self) -> Flags:
        """Which cells count few persons; of averages those that are few in whole persons."""
        flags = np.zeros(self.size, bool)
        own = self.cells.filter("few")["cell"].to_numpy()
        flags[own] = True
        return flags


def told(series: Series, cube: Cube, frames: Mapping[str, pl.DataFrame], least: int) -> Told:
    """Return the series of the counts that the frames show.

    Args:
        series: Which column shows which count.
        cube: The tree of units.
        frames: Table name -> rows; what is empty is not known.
        least: Fewest persons that may be shown, where the series say nothing else.
    """
    seen = _entries(series, frames)
    if seen.is_empty():
        return Told(
            pl.DataFrame(schema={"cell": pl.Int64}), pl.DataFrame(schema=dict.fromkeys(("cell", *PLACE), pl.Int64))
        )
    exact = pl.col("exact").drop_nulls().first()
    averaged = pl.col("count").first().is_in(list(series.averages))
    cells = seen.group_by(KEY).agg(
        value=pl.coalesce(exact, pl.col("value").drop_nulls().first()),
        error=pl.when(averaged & exact.is_null()).then(ROUNDED).otherwise(0.0),
        first=pl.col("first").first(),
        last=pl.col("last").first(),
    )
    minima = pl.col("count").replace_strict(dict(series.least), default=least, return_dtype=pl.Int64)
    dear = pl.when(pl.col("sex") == ALL).then(WHOLE).otherwise(1.0)
    cells = cells.sort("count", "unit", "view", "first", "last", "sex").with_row_index("cell")
    cells = cells.with_columns(pl.col("cell").cast(pl.Int64), least=minima, weight=dear).with_columns(_few(series))
    cells = viewed(_axes(cube, cells, series), cells, frames.get(cube.tree.table))
    cells = cells.with_columns(pl.col("cell").rank("dense").cast(pl.Int64) - 1)
    cells = cells.with_columns(
        _grains(series, cells), pl.struct(SERIES).rank("dense").cast(pl.Int64).alias("series") - 1
    )
    return Told(cells, seen.join(cells.select(*KEY, "cell"), on=KEY).select("cell", *PLACE))


def system(  # noqa: PLR0913, PLR0917 - what adds up, and what is known of it
    cube: Cube, series: Series, units: pl.DataFrame | None, chosen: pl.DataFrame, dark: Dark, level: int
) -> System:
    """Return the system of the chosen cells: how they add up at one time over units, views and parts.

    Args:
        cube: The tree of units.
        series: Sums between counts, and balances of stocks and flows.
        units: The table of units, or None.
        chosen: The cells in question; `cell` numbered from 0.
        dark: What nobody may read of them.
        level: Their grain; beside flows nothing more of the stocks is withheld.
    """
    moves = series.came + series.went
    axes = _axes(cube, chosen, series, fixed=() if level == STOCKS else series.stocks, dear=moves)
    own = chosen.filter(~pl.col("count").is_in(list(moves))) if level == STOCKS else chosen
    found = [*over_units(axes, own, units), *parts(own), *within(axes, own), *balances(series, chosen)]
    whole = system_of(chosen, axes, *bounded(found, chosen), dark)
    asked = np.full(whole.value.size, level != MONTHLY)
    asked[: dark.withheld.size] = False
    asked[own["cell"].to_numpy()] = True
    return replace(whole, sensitive=whole.sensitive & asked)


def moving(cube: Cube, series: Series, units: pl.DataFrame | None, found: Told, dark: Dark) -> tuple[System, Ids]:
    """Return the system of all movements with the stocks between them, and the grain of each of its relations.

    Cells have the numbers of all counts; what is left of a month beside units, or of a stock, is nobody's cell.
    """
    averaged, stock = pl.col("count").is_in(list(series.averages)), pl.col("count") == series.opening[1]
    chosen = found.cells.filter((~averaged & (pl.col("grain") != STOCKS)) | stock)
    axes = _axes(cube, chosen, series, fixed=series.stocks, dear=series.came + series.went)
    adding = [*over_units(axes, chosen, units), *parts(chosen), *within(axes, chosen), *balances(series, chosen)]
    whole = system_of(chosen, axes, *bounded(adding, chosen, found.size), dark)
    grains = np.full(whole.value.size, STOCKS)
    grains[chosen["cell"].to_numpy()] = chosen["grain"].to_numpy()
    of_relation = np.full(whole.relations, STOCKS)
    np.maximum.at(of_relation, whole.relation, grains[whole.cell])
    of_relation[of_relation == STOCKS] = MONTHLY
    own = np.zeros(whole.value.size, bool)
    own[chosen["cell"].to_numpy()] = True
    rest = np.arange(whole.value.size) >= found.size
    rest[whole.cell[of_relation[whole.relation] == MONTHLY]] = False
    return replace(whole, sensitive=whole.sensitive & (own | rest)), of_relation


def choose(series: Series, found: Told, level: int) -> tuple[pl.DataFrame, Ids]:
    """Return the cells of one grain, numbered from 0, and their old numbers; months with the stocks between them."""
    averaged = pl.col("count").is_in(list(series.averages))
    here = averaged if level == AVERAGES else (pl.col("grain") == level) & ~averaged
    if level == STOCKS:
        moves = pl.col("count").is_in(list(series.came + series.went))
        here |= moves & (pl.col("first") == pl.col("last") - 1) & (pl.col("sex") == ALL)
    if level == MONTHLY:
        here |= pl.col("count") == series.opening[1]
    chosen = found.cells.filter(here)
    numbers = chosen["cell"].unique().sort().to_numpy()
    at = np.zeros(found.size, np.int64)
    at[numbers] = np.arange(numbers.size)
    return chosen.with_columns(cell=pl.Series(at[chosen["cell"].to_numpy()])), numbers


def _axes(cube: Cube, cells: pl.DataFrame, series: Series, fixed: Sequence[str] = (), dear: Sequence[str] = ()) -> Cube:
    cost = {**dict.fromkeys(dear, WHOLE), **dict.fromkeys(fixed, np.inf)}
    counts = {
        name: Count((), axes=("tree", "view"), signed=name in series.signed, cost=cost.get(name, 1.0))
        for name in cells["count"].unique().sort()
    }
    return replace(cube, counts=counts, sums=series.sums, balances=(), exchanges=series.exchanges)


def _entries(series: Series, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row per place that shows a count."""
    found = [*_tidy(series, frames), *_wide(series, frames)]
    stocks = pl.col("count").is_in(list(series.stocks))
    opening = pl.col("count") == series.opening[0]
    seen = pl.concat(found) if found else pl.DataFrame(schema=SEEN)
    seen = seen.with_columns(
        count=pl.col("count").replace(*series.opening),
        last=pl.when(opening).then("first").otherwise("last"),
        first=pl.when(stocks | opening).then(pl.lit(0, pl.Int64)).otherwise("first"),
    )
    return seen.with_columns(period=pl.concat_str("first", "last", separator="/"), also=pl.lit(""))


SEEN = {
    **dict.fromkeys(("count", "unit", "view"), pl.String),
    **dict.fromkeys(("first", "last"), pl.Int64),
    "sex": pl.String,
    **dict.fromkeys(("value", "exact"), pl.Float64),
    "table": pl.String,
    "row": pl.UInt32,
    "column": pl.String,
}


def _tidy(series: Series, frames: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the numerators, denominators and bases of the tidy table that count persons."""
    frame = frames.get(series.table)
    if frame is None or not {*TIDY} <= set(frame.columns) or frame.schema["period_start"] != pl.Date:
        return
    rows = frame.with_row_index("row").with_columns(
        _month("period_start", -1).alias("first"), _month("period_end", 0).alias("last"), part_of(2).alias("sex")
    )
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    for column in ("numerator", "denominator", "n"):
        named = {name: counts[column] for name, counts in series.indicators.items() if column in counts}
        yield rows.filter(pl.col("indicator_id").is_in(list(named))).select(
            count=pl.col("indicator_id").replace_strict(named, return_dtype=pl.String),
            unit="org_unit_id",
            view="org_view",
            first="first",
            last="last",
            sex="sex",
            value=pl.col(column).cast(pl.Float64),
            exact=(_exact(series, days) if column == "n" else pl.lit(None)).cast(pl.Float64),
            table=pl.lit(series.table),
            row="row",
            column=pl.lit(column),
        )


def _exact(series: Series, days: pl.Expr) -> pl.Expr:
    """Return the persons on average that a row tells without rounding."""
    told_by = {
        "persons": pl.col("value"),
        "per_year": pl.col("denominator") * DAYS_OF_YEAR / days,
        "per_person": pl.col("denominator"),
    }
    return pl.coalesce(
        pl.when(pl.col("indicator_id").is_in([name for name, own in series.exact.items() if own == kind])).then(figure)
        for kind, figure in told_by.items()
    )


def _wide(series: Series, frames: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the columns of other tables that show a count by month, one column a count."""
    for table, columns in series.shown.items():
        for column, count in columns.items():
            frame = frames.get(table)
            if frame is not None and {column, "org_view", "period_start", "period_end"} <= set(frame.columns):
                yield frame.with_row_index("row").select(
                    count=pl.lit(count),
                    unit="org_unit_id",
                    view="org_view",
                    first=_month("period_start", -1),
                    last=_month("period_end", 0),
                    sex=pl.lit(ALL),
                    value=pl.col(column).cast(pl.Float64),
                    exact=pl.lit(None, pl.Float64),
                    table=pl.lit(table),
                    row="row",
                    column=pl.lit(column),
                )


def _month(column: str, more: int) -> pl.Expr:
    return pl.col(column).dt.year().cast(pl.Int64) * 12 + pl.col(column).dt.month() + more


def _few(series: Series) -> pl.Expr:
    """Return whether a count is of few persons; averages are judged as they are told, in whole persons."""
    room = pl.when(pl.col("count").is_in(list(series.averages))).then(ROUNDED).otherwise(0.0)
    size = pl.col("value").abs()
    return ((size > room + CLOSE) & (size < pl.col("least") - room - CLOSE)).fill_null(value=False).alias("few")


def _grains(series: Series, cells: pl.DataFrame) -> pl.Expr:
    spans = cells.select("first", "last").unique().rows()
    grains = pl.DataFrame(
        [(first, last, grain((first, last))) for first, last in spans],
        schema={"first": pl.Int64, "last": pl.Int64, "grain": pl.Int64},
        orient="row",
    )
    found = cells.select("first", "last").join(grains, on=["first", "last"], how="left", maintain_order="left")["grain"]
    return pl.when(pl.col("count").is_in(list(series.stocks))).then(pl.lit(STOCKS)).otherwise(found).alias("grain")


def balances(series: Series, cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield what stood at the end of a month: what stood before it, and who came, less who went."""
    months = cells.filter(
        pl.col("count").is_in(list(series.came + series.went)) & (pl.col("first") == pl.col("last") - 1)
    )
    stocks = cells.filter((pl.col("count") == series.opening[1]) & (pl.col("sex") == ALL))
    at = ["unit", "view", "last"]
    full = (
        months.filter(pl.col("sex") == ALL).group_by(at).len().filter(pl.col("len") == len(series.came + series.went))
    )
    before = stocks.with_columns(pl.col("last") + 1)
    for rows, sign in (
        (months.filter(pl.col("count").is_in(list(series.came)) & (pl.col("sex") == ALL)), 1.0),
        (months.filter(pl.col("count").is_in(list(series.went)) & (pl.col("sex") == ALL)), -1.0),
        (before, 1.0),
        (stocks, -1.0),
    ):
        name = pl.concat_str(pl.lit("balance"), *at, separator="|").alias("relation")
        rest = pl.lit(NEVER, pl.Int8)
        yield rows.join(full, on=at, how="semi").select(name, "cell", coefficient=pl.lit(sign), rest=rest)
