"""Every way in which published counts add up stands as a relation; what is left of a whole is a cell of its own."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from flows.release.protection.rules import Cube, Tree

KEY = ("count", "unit", "view", "period", "sex", "also")
# A unit, view, period and sex: counts of one such place add up with each other.
AT = KEY[1:]
TERM = ("relation", "cell", "coefficient", "rest")
# What may be left of a whole: never anything, something where the figures say so, always something unknown.
NEVER, SEEN, OPEN = 0, 1, 2
# Counts are whole; a gap under this is rounding.
GAP = 0.5
CLOSE = 1e-6
WAS, IS, ALL = "as_was", "as_is", "all"


def relations(cube: Cube, known: pl.DataFrame, units: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the terms of all relations, and the rests: cells that no table shows.

    A whole may hold more than its parts: staff of the department itself, persons of unknown sex. That rest is known to
    whoever sees whole and parts, and counts persons like any cell. Where the parts hold more (a person with posts in
    two ministries counts once in the service), the overlap is unknown to the outsider but nobody's secret. Where a sum
    misses by no more than its terms were rounded, the outsider knows no more than that: the miss is a rest of its own.

    Args:
        cube: Counts and how they add up.
        known: One row per key with `value`, `cell` and `least`.
        units: The table of units, or None.

    Returns:
        Terms (`relation`, `cell`, `coefficient`), sorted; and one row per rest (`value`, `least`, `counts`,
        and `most`: how far it may be from 0 either way; infinite for what is left of a whole, which is never negative).
    """
    return bounded([*over_units(cube, known, units), *parts(_along(cube, known, "sex")), *within(cube, known)], known)


def part_of(dimensions: int) -> pl.Expr:
    """Return the part of the staff that a row is about: `sex=female`, `sex=female|age_band=u30`, or `all`."""
    named = [
        pl.when(pl.col(f"dimension_{at}") != ALL).then(
            pl.concat_str(f"dimension_{at}", f"category_{at}", separator="=")
        )
        for at in range(1, dimensions + 1)
    ]
    return pl.concat_str(named, separator="|", ignore_nulls=True).replace("", ALL)


def _along(cube: Cube, known: pl.DataFrame, axis: str) -> pl.DataFrame:
    return known.filter(pl.col("count").is_in([name for name, count in cube.counts.items() if axis in count.axes]))


def over_units(cube: Cube, known: pl.DataFrame, units: pl.DataFrame | None) -> Iterator[pl.DataFrame]:
    """Yield how counts add up over the tree, and from the units of the day to those of today."""
    yield from whole_and_parts("view", known, _before(cube, known, units), KEY)
    yield from _tree(cube, known, units)


def within(cube: Cube, known: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield how counts of the same unit, view, period and sex add up."""
    for total in cube.sums:
        signs = {total.whole: -1.0, **dict.fromkeys(total.parts, 1.0)}
        yield from _together(f"sum {total.whole} {' '.join(total.parts)}", signs, known, OPEN if total.open else SEEN)
    for balance in cube.balances:
        signs = {**dict.fromkeys(balance.left, 1.0), **dict.fromkeys(balance.right, -1.0)}
        yield from _together("balance", signs, known, NEVER)


def bounded(found: Sequence[pl.DataFrame], known: pl.DataFrame, size: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the terms of relations, each once and closed by its rest, and the rests.

    Rests are numbered from `size` on, or from behind the last of the known cells.
    """
    terms = pl.concat([part.select(TERM) for part in found]) if found else pl.DataFrame(schema=SCHEMA)
    error = pl.col("error").max() if "error" in known.columns else pl.lit(0.0)
    cells = known.group_by("cell").agg(pl.col("value").first(), pl.col("least").max(), error=error)
    return _closed(distinct(terms), cells, size or int(known["cell"].max()) + 1)  # ty: ignore[invalid-argument-type] - cells are integers


SCHEMA = {"relation": pl.String, "cell": pl.Int64, "coefficient": pl.Float64, "rest": pl.Int8}


def viewed(cube: Cube, known: pl.DataFrame, units: pl.DataFrame | None) -> pl.DataFrame:
    """Let a unit of today share the cell of the one unit that it was, where both counts are equal."""
    parts = _before(cube, known, units)
    alone = parts.group_by(KEY).agg(pl.len(), pl.col("value").first(), to=pl.col("cell").first())
    equal = known.join(alone.filter(pl.col("len") == 1).drop("len"), on=[*KEY, "value"])
    moved = equal.filter(pl.col("cell") != pl.col("to")).select("cell", "to").unique("cell")
    joined = known.join(moved, on="cell", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("to", "cell").alias("cell")).drop("to")


def _before(cube: Cube, known: pl.DataFrame, units: pl.DataFrame | None) -> pl.DataFrame:
    """Return the counts of the units of the day under the unit that each became."""
    if units is None or not {cube.tree.unit, cube.tree.successor} <= set(units.columns):
        return known.clear()
    counts = [name for name, count in cube.counts.items() if "view" in count.axes]
    map_ = units.select(unit=cube.tree.unit, to=pl.coalesce(cube.tree.successor, cube.tree.unit))
    parts = known.filter(pl.col("count").is_in(counts) & (pl.col("view") == WAS)).join(map_, on="unit")
    return parts.with_columns(pl.col("to").alias("unit"), pl.lit(IS).alias("view")).drop("to")


def parts(cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield how the parts of one dimension add up to the whole, or to the part of the other dimension."""
    split = cells.filter(pl.col("sex") != ALL).with_columns(pl.col("sex").str.split("|").alias("_parts"))
    for at in (0, 1):
        here = split.filter(pl.col("_parts").list.len() > at)
        other = pl.col("_parts").list.get(1 - at, null_on_oob=True).fill_null(ALL)
        rows = here.with_columns(
            pl.col("_parts").list.get(at).str.split("=").list.first().alias("_of"), other.alias("sex")
        )
        for (name,), part in rows.group_by("_of", maintain_order=True):
            yield from whole_and_parts(f"{name} {at}", cells, part.select(cells.columns), KEY)


def _tree(cube: Cube, known: pl.DataFrame, units: pl.DataFrame | None) -> Iterator[pl.DataFrame]:
    """A unit holds the units below it; what moves inside it leaves one of them and enters another."""
    if units is None or not {cube.tree.unit, cube.tree.parent} <= set(units.columns):
        return
    yield from whole_and_parts("tree", known, _below(cube.tree, units, _along(cube, known, "tree")), KEY)
    for pair in cube.exchanges:
        yield from _exchange(pair, known, _below(cube.tree, units, known.filter(pl.col("count").is_in(pair))))


def _below(tree: Tree, units: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    map_ = units.select(unit=tree.unit, above=tree.parent).drop_nulls()
    return known.join(map_, on="unit").with_columns(pl.col("above").alias("unit"))


def whole_and_parts(kind: str, known: pl.DataFrame, parts: pl.DataFrame, on: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield the terms: each part counts 1, the whole -1; a whole without parts is no relation."""
    name = pl.concat_str([pl.lit(kind), *on], separator="|").alias("relation")
    wholes = known.join(parts.select(on).unique(), on=on, how="semi")
    terms = parts.join(wholes.select(on), on=on, how="semi")
    yield _terms(terms, name, 1.0)
    yield _terms(wholes, name, -1.0)


def _terms(rows: pl.DataFrame, name: pl.Expr, coefficient: float, rest: int = SEEN) -> pl.DataFrame:
    return rows.select(name, "cell", coefficient=pl.lit(coefficient), rest=pl.lit(rest, pl.Int8))


def _exchange(pair: Sequence[str], known: pl.DataFrame, parts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    name = pl.concat_str([pl.lit("exchange"), *AT], separator="|").alias("relation")
    wholes = known.filter(pl.col("count").is_in(pair)).join(parts.select(AT).unique(), on=AT, how="semi")
    for rows, sign in ((parts, 1.0), (wholes, -1.0)):
        for count, side in zip(pair, (1.0, -1.0), strict=True):
            yield _terms(rows.filter(pl.col("count") == count), name, sign * side, NEVER)


def _together(kind: str, signs: dict[str, float], known: pl.DataFrame, rest: int) -> Iterator[pl.DataFrame]:
    rows = known.filter(pl.col("count").is_in(list(signs)))
    full = rows.group_by(AT).len().filter(pl.col("len") == len(signs))
    name = pl.concat_str([pl.lit(kind), *AT], separator="|").alias("relation")
    for count, sign in signs.items():
        yield _terms(rows.filter(pl.col("count") == count).join(full, on=AT, how="semi"), name, sign, rest)


def distinct(terms: pl.DataFrame) -> pl.DataFrame:
    """Number the relations; two names of one cell cancel or add, and the same relation under two names stands once."""
    summed = terms.group_by("relation", "cell").agg(pl.col("coefficient").sum(), pl.col("rest").first())
    summed = summed.filter(pl.col("coefficient") != 0).sort("relation", "cell")
    text = pl.concat_str("cell", "coefficient", "rest", separator="*").str.join(" ").alias("text")
    first = summed.group_by("relation", maintain_order=True).agg(text, pl.len()).filter(pl.col("len") > 1)
    first = first.unique("text", keep="first", maintain_order=True).drop("text", "len").with_row_index("number")
    return summed.join(first, on="relation").sort("number", "cell").drop("relation")


def _closed(terms: pl.DataFrame, cells: pl.DataFrame, size: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every relation its rest, and drop what does not hold or is not known."""
    valued = terms.join(cells, on="cell")
    sums = (
        valued.group_by("number", maintain_order=True)
        .agg(
            (pl.col("value") * pl.col("coefficient")).sum().alias("gap"),
            (pl.col("error") * pl.col("coefficient").abs()).sum().alias("error"),
            pl.col("value").is_null().any().alias("open"),
            pl.col("rest").first(),
            pl.col("least").max(),
        )
        .sort("number")
    )
    holds = pl.col("gap").abs() < pl.max_horizontal(GAP, pl.col("error") + CLOSE)
    sums = sums.filter(~pl.col("open") & ((pl.col("rest") != NEVER) | holds)).with_row_index("relation")
    only_rounding = holds & (pl.col("gap").abs() > CLOSE)
    rest = sums.filter(~holds | (pl.col("rest") == OPEN) | only_rounding).with_row_index("at")
    over = pl.when(pl.col("gap") > 0).then(-1.0).otherwise(1.0)
    left = rest.select("relation", cell=pl.col("at").cast(pl.Int64) + size, coefficient=over)
    kept = terms.join(sums.select("number", "relation"), on="number").select("relation", "cell", "coefficient")
    rests = rest.select(
        value=pl.col("gap").abs(),
        least=pl.col("least").cast(pl.Float64),
        counts=~only_rounding & (pl.col("gap") < -GAP),
        most=pl.when(only_rounding).then(pl.max_horizontal("error", pl.col("gap").abs())).otherwise(np.inf),
    )
    return pl.concat([kept, left]).sort("relation", "cell"), rests
