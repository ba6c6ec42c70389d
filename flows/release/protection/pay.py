"""A withheld sum of money follows from no totals, sisters, periods or other rows within its protection interval.

The rules say which sums are unsafe (p % and (n,k), or fewer persons than may be shown); how near an outsider may come
follows from them: by the p % rule he must be left p of the sum in the dark, by the (n,k) rule as much as would make the
n largest k of it (Hundepool et al., Statistical Disclosure Control, 2012, 4.2; tau-ARGUS manual). He holds sums over
units, views, parts and time, each figure within its rounding, each quotient with both of its terms, and of what is
withheld an idea from the pay scale (`prior`). Linear programs say what he can prove.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from flows.release.protection.dark import Dark
from flows.release.protection.past import Memory
from flows.release.protection.rules import Averaged, Count, Cube, Dominance, Protection, Rounded
from flows.release.protection.secondary import ends_of
from flows.release.protection.sums import ALL, KEY, NEVER, bounded, over_units, part_of, parts, viewed
from flows.release.protection.system import Floats, System

# Sums are reckoned in millions, so that what counts as a gap of rounding is half the pay of a month of one person.
MILLION = 1e6
TERMS = ("numerator", "denominator")
PLACE = ("table", "row", "column")
ENDS = (
    pl.col("value").first(),
    pl.col("low", "top").max(),
    pl.col("high", "bottom").min(),
    pl.col("unsafe").any(),
    pl.col("weight").max(),
)
# Readers miss a whole unit more than a part of it.
WHOLE = 3.0


@dataclass(frozen=True)
class Pay:
    """Sums of money of all rows.

    Attributes:
        system: Sums, how they add up, what is told of them, and how far each must be left open.
        places: One row per cell and place: `cell`, `table`, `row`, `column`.
        dark: What nobody may read of them.
    """

    system: System
    places: pl.DataFrame
    dark: Dark


@dataclass(frozen=True)
class Money:
    """How sums of money of a table are judged and shown, and from how many persons on."""

    table: str
    rule: Dominance
    rounded: Rounded | None
    averaged: Averaged | None
    protection: Protection
    least: int


def pay_of(  # noqa: PLR0913, PLR0917 - rules, rows, and what stands beside them
    cube: Cube,
    money: Money,
    frames: Mapping[str, pl.DataFrame],
    shown: pl.DataFrame,
    masks: Mapping[str, pl.DataFrame],
    memory: Mapping[str, Memory],
) -> Pay | None:
    """Return the sums of money of a table; None where it has none, or shows no shares of the largest (a release).

    Args:
        cube: The tree of units.
        money: How they are judged and shown.
        frames: Table name -> rows, true.
        shown: The rows of the table as they would be shown.
        masks: Table name -> what is withheld already.
        memory: Table name -> what earlier releases said of its counts.
    """
    frame = frames[money.table]
    if not {money.rule.column, "dimension_2", "period_start", *TERMS} <= set(frame.columns):
        return None
    entries = _entries(money, frame, shown, masks[money.table]["value"])
    if entries.is_empty():
        return None
    units = frames.get(cube.tree.table)
    counts = {name: Count((), axes=("tree", "view")) for name in entries["count"].unique().sort()}
    axes = replace(cube, counts=counts, sums=(), balances=(), exchanges=())
    known = entries.group_by(KEY).agg(ENDS).sort(KEY).with_row_index("cell").with_columns(least=pl.lit(0))
    known = viewed(axes, known.with_columns(pl.col("cell").cast(pl.Int64)), units)
    known = known.with_columns(pl.col("cell").rank("dense").cast(pl.Int64) - 1)
    terms, rests = bounded([*over_units(axes, known, units), *parts(known), *_over_time(known)], known)
    places = entries.join(known.select(*KEY, "cell"), on=KEY).select("cell", *PLACE)
    cells = known.group_by("cell").agg(*ENDS, pl.col("count").first()).sort("cell")
    dark = Dark.of(places, masks, memory, cells["unsafe"].to_numpy())
    return Pay(_system(cells, terms, rests, dark, money.rule), places, dark)


def _entries(money: Money, frame: pl.DataFrame, shown: pl.DataFrame, reason: pl.Series) -> pl.DataFrame:
    """Return one row per place that shows a sum: its key, its value, what its figures tell, and how open it must be."""
    rows = frame.with_columns(*_told(money, frame, shown), reason=reason, sex=part_of(2)).with_row_index("row")
    found = [
        part
        for indicator, measures in money.rule.amounts.items()
        for column, measure in measures.items()
        for part in _of_column(money, rows.filter(pl.col("indicator_id") == indicator), column, measure)
    ]
    return pl.concat(found) if found else pl.DataFrame()


def _of_column(money: Money, rows: pl.DataFrame, column: str, measure: str) -> Iterator[pl.DataFrame]:
    """Yield the places of one column; the share of the largest person is one in the numerator."""
    rule, is_money = money.rule, measure not in money.rule.persons
    rows = rows.filter(pl.col("value").is_not_null() & pl.col(column).is_not_null())
    value = rows[column].to_numpy().astype(np.float64) / (MILLION if is_money else 1.0)
    share = rows[rule.column].fill_null(1.0).to_numpy().astype(np.float64)
    withheld, few = (rows["reason"] == "C").fill_null(value=False).to_numpy(), (rows["n"] < money.least).to_numpy()
    dominated = withheld & (share > rule.limit)
    unsafe = withheld & (few | ~dominated | (column == TERMS[0]))
    top, bottom = _ends(money, value, np.where(dominated, share, 0.0), is_money=is_money)
    yield rows.select(
        count=pl.lit(measure),
        unit="org_unit_id",
        view="org_view",
        period=pl.concat_str(_month("period_start", -1), _month("period_end", 0), separator="/"),
        sex="sex",
        also=pl.lit(""),
        value=pl.Series(value),
        low=pl.Series(np.minimum(rows[f"{column}_low"].to_numpy() / (MILLION if is_money else 1.0), value)),
        high=pl.Series(np.maximum(rows[f"{column}_high"].to_numpy() / (MILLION if is_money else 1.0), value)),
        unsafe=pl.Series(unsafe),
        top=pl.Series(top),
        bottom=pl.Series(bottom),
        weight=pl.when(pl.col("sex") == ALL).then(WHOLE).otherwise(1.0),
        table=pl.lit(money.table),
        row="row",
        column=pl.lit(column),
    )


def _ends(money: Money, value: Floats, share: Floats, *, is_money: bool) -> tuple[Floats, Floats]:
    """Return how high and how low an outsider must be able to believe sums; persons on average are counts."""
    if not is_money:
        return ends_of(value, np.full(value.size, float(money.least)), money.protection)
    rule = money.rule
    more = np.maximum(rule.p_share, np.minimum(2 * share, 1.0) / rule.two_share - 1)
    return value * (1 + more), value * (1 - rule.p_share)


def _told(money: Money, frame: pl.DataFrame, shown: pl.DataFrame) -> list[pl.Series]:
    """Return the least and the most that both terms can be: by their own figures, and by quotient and other term."""
    figures = _figures(money, frame, shown)
    low, high = {}, {}
    for name in (*TERMS, "value"):
        low[name], high[name] = _of_rounded(shown[name].to_numpy().astype(np.float64), figures[name])
    top, below = TERMS
    true = frame[top].to_numpy() / np.where(frame[below].to_numpy() > 0, frame[below].to_numpy(), np.nan)
    quotient = np.isclose(true, frame["value"].to_numpy().astype(np.float64), rtol=1e-9)
    with np.errstate(invalid="ignore", divide="ignore"):
        product = low["value"] * low[below], high["value"] * high[below]
        other = low[top] / high["value"], high[top] / low["value"]
    ends = {
        f"{top}_low": np.where(quotient, np.fmax(low[top], product[0]), low[top]),
        f"{top}_high": np.where(quotient, np.fmin(high[top], product[1]), high[top]),
        f"{below}_low": np.where(quotient, np.fmax(low[below], other[0]), low[below]),
        f"{below}_high": np.where(quotient, np.fmin(high[below], other[1]), high[below]),
    }
    return [pl.Series(name, values) for name, values in ends.items()]


def _figures(money: Money, frame: pl.DataFrame, shown: pl.DataFrame) -> dict[str, Floats]:
    """Return how many significant figures a row shows of its terms and of its value; without a rule all of them."""
    rule, part = money.rounded, money.averaged
    all_ = np.full(frame.height, 15.0)
    if rule is None:
        return dict.fromkeys((*TERMS, "value"), all_)
    own = np.where((frame["n"] < rule.few).fill_null(value=False).to_numpy(), rule.figures_of_few, rule.figures)
    if part is None:
        return dict.fromkeys((*TERMS, "value"), own)
    n, is_part = shown["n"].fill_null(0).to_numpy(), (frame["dimension_1"] != ALL).to_numpy()
    amounts = is_part & frame["indicator_id"].replace_strict(part.kinds, default="").eq("amounts").to_numpy()
    few = np.where(n < part.one_figure_below, 1, np.where(n < part.two_figures_below, 2, 3))
    terms = np.where(amounts, np.minimum(own, few), own)
    return {**dict.fromkeys(TERMS, terms), "value": own}


def _of_rounded(told: Floats, figures: Floats) -> tuple[Floats, Floats]:
    """Return between what a figure lies that was rounded to so many significant figures."""
    with np.errstate(divide="ignore"):
        size = np.log10(np.abs(told))
    place = np.where(np.isfinite(size), np.floor(size + 1e-12), 0.0)
    half = np.where(told == 0, 0.0, 0.5 * 10 ** (place - figures + 1))
    at_power = np.isclose(np.abs(told), 10**place, rtol=1e-12)
    return told - np.where(at_power, half / 10, half), told + half


def _over_time(known: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield how the months of a span add up to it, where all of them are told."""
    span = pl.col("period").str.split("/").list.eval(pl.element().cast(pl.Int64))
    rows = known.with_columns(first=span.list.get(0), last=span.list.get(1))
    at, months = ["count", "unit", "view", "sex"], rows.filter(pl.col("last") - pl.col("first") == 1)
    longer = rows.filter(pl.col("last") - pl.col("first") > 1).select(*at, "period", "cell", start="first", end="last")
    inside = longer.join(months.select(*at, "first", "last", month="cell"), on=at)
    inside = inside.filter((pl.col("first") >= pl.col("start")) & (pl.col("last") <= pl.col("end")))
    whole = inside.group_by(*at, "period").len().join(longer, on=[*at, "period"])
    whole = whole.filter(pl.col("len") == pl.col("end") - pl.col("start"))
    name = pl.concat_str(pl.lit("time"), *at, "period", separator="|").alias("relation")
    rest = pl.lit(NEVER, pl.Int8).alias("rest")
    yield whole.select(name, "cell", pl.lit(-1.0).alias("coefficient"), rest)
    inside = inside.join(whole.select(*at, "period"), on=[*at, "period"], how="semi")
    yield inside.select(name, pl.col("month").alias("cell"), pl.lit(1.0).alias("coefficient"), rest)


def _month(column: str, more: int) -> pl.Expr:
    return pl.col(column).dt.year().cast(pl.Int64) * 12 + pl.col(column).dt.month() + more


def _system(cells: pl.DataFrame, terms: pl.DataFrame, rests: pl.DataFrame, dark: Dark, rule: Dominance) -> System:
    """Put sums and what is left of wholes behind each other; what an outsider guesses is from the pay scale."""
    value, more = cells["value"].to_numpy(), rests["value"].to_numpy()
    rest = np.full(more.size, np.inf)
    persons = cells["count"].is_in(list(rule.persons)).to_numpy()
    guess = np.where(persons, 0.0, value * rule.prior[0]), np.where(persons, np.inf, value * rule.prior[1])
    sure = ~dark.withheld | dark.told
    low = np.where(sure, np.maximum(cells["low"].to_numpy(), 0.0), guess[0])
    high = np.where(sure, cells["high"].to_numpy(), guess[1])
    size = value.size
    system = System(
        value=np.concatenate([value, more]),
        least=np.zeros(size + more.size),
        hidden=np.concatenate([dark.withheld, np.ones(more.size, bool)]),
        sensitive=np.concatenate([dark.small & dark.withheld & ~dark.told, np.zeros(more.size, bool)]),
        signed=np.concatenate([np.zeros(size, bool), np.isfinite(rests["most"].to_numpy())]),
        cost=np.concatenate([(1 + value) * cells["weight"].to_numpy(), rest]),
        relation=terms["relation"].cast(pl.Int64).to_numpy(),
        cell=terms["cell"].cast(pl.Int64).to_numpy(),
        coefficient=terms["coefficient"].to_numpy().astype(np.float64),
        most=np.concatenate([np.full(size, np.inf), rests["most"].to_numpy()]),
        top=np.concatenate([cells["top"].to_numpy(), more]),
        bottom=np.concatenate([cells["bottom"].to_numpy(), more]),
    )
    return system.told(low, high, *guess)
