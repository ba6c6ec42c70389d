"""Each cell of a survey table has its value, error, interval, change since the last wave and distance to others.

A cell is an item or a scale in one wave, unit and category (all, a sex, a position group). All figures follow from sums
over the persons of the cell that add up the tree of units, so nothing here grows with the number of respondents
(domain/hrm.md 2.4 and 2.5).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from scipy.special import ndtr, stdtr

from flows.statistics.comparisons import FALSE_DISCOVERY_SHARE
from flows.statistics.intervals import quantile_of_normal, wilson
from flows.statistics.place_sums import OPTION, SERVICE

CELL = (
    "instrument_id",
    "instrument_version",
    "wave_id",
    "org_view",
    "org_unit_id",
    "dimension_1",
    "category_1",
    "measure_kind",
    "measure_id",
)
PLACE = ("instrument_id", "org_view", "org_unit_id", "dimension_1", "category_1", "measure_kind", "measure_id")
PAGE = CELL[:7]  # one table of a report
FRAME = (*PAGE, "frame_n")
PART = ("instrument_id", "org_view", "dimension_1", "category_1")
SHARES = "percent_positive"

FEWEST_TO_TEST = {"item": 30, SHARES: 20, "mean": 10}  # domain/hrm.md 2.5: z of an item, z of a theme, t
NOTABLE = {SHARES: 0.03, "mean_0_100": 2.5, "mean_native": 0.1, "sum": 0.1}  # hrm.md 2.5: 0.1 of a five-point scale
FEWEST_IN_BENCHMARK = 10
GIVEN = (pl.col("n") > 0) & (pl.col("measure_kind") != OPTION)
NO_VARIANCE = 1e-12  # what rounding leaves of none
FEWEST_ORGANISATIONS = 3

COLUMNS = (
    *CELL,
    "score_family",
    "n",
    "n_positive",
    "n_neutral",
    "n_negative",
    "frame_n",
    "weighted_n",
    "value",
    "positive_share",
    "neutral_share",
    "negative_share",
    "design_effect",
    "n_effective",
    "standard_error",
    "ci_low",
    "ci_high",
    "interval_method",
    "previous_wave_id",
    "change",
    "change_p_value",
    "change_p_adjusted",
    "is_significant",
    "is_notable",
    "benchmark_median",
    "benchmark_mean",
    "benchmark_organisations",
    "difference_to_median",
    "difference_to_mean",
)


def estimates(sums: pl.DataFrame, frames: pl.DataFrame, ministries: Sequence[str]) -> pl.DataFrame:
    """Return the figures of each cell.

    Args:
        sums: One row per cell, as `answer_sums` makes them: n, n_positive, n_negative, w (sum of weights), w2 (of their
            squares), wx, w2x, w2xx, w_negative, mean_of_shares, spread_of_shares, calibrated, period_end.
        frames: One row per page with frame_n, the persons asked; null where they are not known.
        ministries: Units whose median is the benchmark.

    Returns:
        One row per item or scale and cell with `COLUMNS`, sorted within its parts; shares 0 to 1,
        means in points of their scale.
    """
    # a part holds all that is compared with one another, and keeps memory flat
    keys = sums.filter(GIVEN).select(PART).unique().sort(PART)
    parts = [_compared(_answered(sums, frames, key), ministries) for key in keys.iter_rows(named=True)]
    return pl.concat(parts or [_compared(_answered(sums, frames, {}), ministries)], rechunk=False)


def _answered(sums: pl.DataFrame, frames: pl.DataFrame, part: Mapping[str, object]) -> pl.DataFrame:
    rows = sums.filter(GIVEN, *(pl.col(name).eq_missing(value) for name, value in part.items()))
    return rows.join(frames.select(FRAME), on=list(PAGE), how="left")


def _compared(answered: pl.DataFrame, ministries: Sequence[str]) -> pl.DataFrame:
    return _against_others(_since_last_wave(_bounded(_valued(answered))), ministries).select(COLUMNS).sort(CELL)


def _valued(sums: pl.DataFrame) -> pl.DataFrame:
    """Add the weighted mean and its Taylor-linearised error (Lumley 2010, 2.2 and 7.2), from sums alone.

    The residuals of a person's items add up before they are squared, where a scale is a mean of shares. What the
    totals of weighting explain of them is no error.
    """
    w, w2, n, mean = pl.col("w"), pl.col("w2"), pl.col("n"), pl.col("value")
    spread = (pl.col("w2xx") - 2 * mean * pl.col("w2x") + mean**2 * w2) / w**2
    is_item = pl.col("measure_kind") == "item"
    return sums.with_columns(
        value=pl.coalesce(pl.col("mean_of_shares"), pl.col("wx") / w),
        weighted_n=w,
        design_effect=n * w2 / w**2,
        n_effective=w**2 / w2,
        unseen=pl.when(pl.col("frame_n").is_null()).then(1.0).otherwise((1 - n / pl.col("frame_n")).clip(0, 1)),
        n_neutral=n - pl.col("n_positive") - pl.col("n_negative"),
    ).with_columns(
        variance=pl.when(n > 1).then(
            (pl.coalesce(pl.col("spread_of_shares"), spread) - pl.col("calibrated").fill_null(0)).clip(0)
            * n
            / (n - 1)
            * pl.col("unseen")
        ),
        positive_share=pl.when(is_item).then(mean),
        negative_share=pl.when(is_item).then(pl.col("w_negative") / w),
        neutral_share=pl.when(is_item).then((1 - mean - pl.col("w_negative") / w).clip(0, 1)),
    )


def _bounded(valued: pl.DataFrame) -> pl.DataFrame:
    """Add standard error and 95 % interval: Wilson's for items, the linearised one for scales."""
    z = quantile_of_normal(0.95)
    census = pl.col("unseen") == 0
    with_error = valued.with_columns(
        standard_error=pl.col("variance").sqrt(),
        base=pl.when(census).then(float("inf")).otherwise(_answers_worth()),
        interval_method=pl.when(census)
        .then(pl.lit("census"))
        .when(pl.col("measure_kind") == "item")
        .then(pl.lit("wilson"))
        .when(pl.col("variance").is_null())
        .then(pl.lit("none"))
        .otherwise(pl.lit("linearised")),
    )
    low, high = wilson(with_error["value"].to_numpy(), with_error["base"].to_numpy())
    shares, method = pl.col("score_family") == SHARES, pl.col("interval_method")
    half = z * pl.col("standard_error")
    return with_error.with_columns(low=pl.Series(low), high=pl.Series(high)).with_columns(
        ci_low=pl.when(method == "wilson")
        .then("low")
        .when(method == "linearised")
        .then(pl.when(shares).then((pl.col("value") - half).clip(0)).otherwise(pl.col("value") - half)),
        ci_high=pl.when(method == "wilson")
        .then("high")
        .when(method == "linearised")
        .then(pl.when(shares).then((pl.col("value") + half).clip(None, 1)).otherwise(pl.col("value") + half)),
    )


def _answers_worth() -> pl.Expr:
    """Return how many answers of an endless population would say as much about a share, as its error tells.

    Equal weights make it n (N - 1) / (N - n) of domain/hrm.md 2.5; weights that meet totals count for more. Where
    everybody answers alike there is no error to ask, and Kish's effective answers stand in.
    """
    n, persons, share = pl.col("n"), pl.col("frame_n"), pl.col("value")
    by_error = share * (1 - share) / pl.col("variance") * n / (n - 1) * (1 - 1 / persons).fill_null(1.0)
    by_weights = pl.col("n_effective") * ((persons - 1) / (persons - n)).fill_null(1.0)
    return pl.when(pl.col("variance") > NO_VARIANCE).then(by_error).otherwise(by_weights)


def _since_last_wave(cells: pl.DataFrame) -> pl.DataFrame:
    """Add the change of each cell since the wave before, with its test; all tests of one page are judged together."""
    waves = cells.group_by("instrument_id", "wave_id").agg(ended=pl.col("period_end").max())
    numbered = waves.with_columns(
        wave=pl.struct("ended", "wave_id").rank("ordinal").over("instrument_id").cast(pl.Int64)
    ).drop("ended")
    now = cells.join(numbered, on=["instrument_id", "wave_id"], how="left")
    earlier = (
        now.sort("instrument_version", descending=True)
        .unique([*PLACE, "wave", "score_family"], keep="first")
        .select(*PLACE, "score_family", pl.col("wave") + 1, *(pl.col(name).alias(f"{name}_before") for name in BEFORE))
    )
    joined = now.join(earlier, on=[*PLACE, "score_family", "wave"], how="left").with_columns(
        previous_wave_id=pl.col("wave_id_before"), change=pl.col("value") - pl.col("value_before")
    )
    tested = joined.with_columns(change_p_value=_p_values(joined))
    least = pl.col("score_family").replace_strict(NOTABLE, default=None, return_dtype=pl.Float64)
    return adjusted_by_page(tested).with_columns(
        is_significant=pl.col("change_p_adjusted") <= FALSE_DISCOVERY_SHARE,
        is_notable=(pl.col("change_p_adjusted") <= FALSE_DISCOVERY_SHARE) & (pl.col("change").abs() >= least),
    )


BEFORE = ("wave_id", "value", "n", "n_effective", "base", "variance")


def _p_values(joined: pl.DataFrame) -> pl.Series:
    """Return two-sided probabilities: pooled z for items, z for composites of shares, Welch's t for means."""
    columns = ("value", "n", "n_effective", "base", "variance")
    now = {name: joined[name].cast(pl.Float64).to_numpy() for name in columns}
    old = {name: joined[f"{name}_before"].cast(pl.Float64).to_numpy() for name in columns}
    shares = (joined["score_family"] == SHARES).to_numpy()
    items = (joined["measure_kind"] == "item").to_numpy()
    least = np.select([items, shares], [FEWEST_TO_TEST["item"], FEWEST_TO_TEST[SHARES]], FEWEST_TO_TEST["mean"])
    with np.errstate(all="ignore"):
        both = now["n_effective"] + old["n_effective"]
        pooled = (now["value"] * now["n_effective"] + old["value"] * old["n_effective"]) / both
        one, other = now["variance"], old["variance"]
        error = np.where(items, pooled * (1 - pooled) * (1 / now["base"] + 1 / old["base"]), one + other)
        statistic = np.abs(now["value"] - old["value"]) / np.sqrt(error)
        degrees = (one + other) ** 2 / (one**2 / (now["n_effective"] - 1) + other**2 / (old["n_effective"] - 1))
        p = np.where(items | shares, 2 * ndtr(-statistic), 2 * stdtr(degrees, -statistic))
        enough = (now["n"] >= least) & (old["n"] >= least) & ~np.isnan(p)
    return pl.Series("change_p_value", np.where(enough, p, np.nan)).fill_nan(None)


def adjusted_by_page(cells: pl.DataFrame) -> pl.DataFrame:
    """Add `change_p_adjusted`, Benjamini and Hochberg's over the tests of one page; see `comparisons.adjusted`."""
    p, page = pl.col("change_p_value"), list(PAGE)
    ranked = cells.with_columns(rank=p.rank("ordinal").over(page), tests=p.count().over(page))
    scaled = ranked.with_columns(raw=(p * pl.col("tests") / pl.col("rank")).clip(None, 1))
    falling = scaled.sort("rank", descending=True, nulls_last=True)
    return falling.with_columns(change_p_adjusted=pl.col("raw").cum_min().over(page)).drop("rank", "tests", "raw")


def _against_others(cells: pl.DataFrame, ministries: Sequence[str]) -> pl.DataFrame:
    """Add the median over organisations and the mean over persons, which are two benchmarks and not one."""
    key = [name for name in CELL if name != "org_unit_id"]
    known = pl.col("org_unit_id").is_in(sorted({*ministries} - {SERVICE})) & (pl.col("n") >= FEWEST_IN_BENCHMARK)
    medians = (
        cells.filter(known)
        .group_by(key)
        .agg(benchmark_organisations=pl.col("value").count().cast(pl.Int64), benchmark_median=pl.col("value").median())
    )
    enough = pl.col("benchmark_organisations") >= FEWEST_ORGANISATIONS
    means = cells.filter(org_unit_id=SERVICE).select(*key, benchmark_mean="value")
    joined = cells.join(medians, on=key, how="left").join(means, on=key, how="left")
    return joined.with_columns(benchmark_median=pl.when(enough).then("benchmark_median")).with_columns(
        difference_to_median=pl.col("value") - pl.col("benchmark_median"),
        difference_to_mean=pl.col("value") - pl.col("benchmark_mean"),
    )
