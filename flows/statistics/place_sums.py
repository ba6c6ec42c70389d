"""What was counted in cells of respondents is added up the tree of units, as weighted sums that all estimates need."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flows.statistics.calibration import Calibration, calibration_of

BOOK = ("instrument_id", "instrument_version")
PLACE = (*BOOK, "wave_id", "period_end", "org_view", "org_unit_id", "dimension_1", "category_1")
MEASURE = ("measure_kind", "measure_id", "score_family")
COUNTS = ("responses", "n", "n_positive", "n_negative")
SUMS = (
    *("w", "w2", "wx", "w2x", "w2xx", "w_negative", "mean_of_shares", "spread_of_shares", "calibrated"),
    *("score_sum", "square_sum"),
)

SERVICE = "UZ"
OPTION = "option"  # rows of this kind count one answer to an item; their family is the place of the option in its list

Figures = NDArray[np.float64]

SCHEMA = (
    dict.fromkeys((*PLACE, *MEASURE), pl.String)
    | {"period_end": pl.Date}
    | dict.fromkeys(COUNTS, pl.Int64)
    | dict.fromkeys(SUMS, pl.Float64)
)


@dataclass(frozen=True)
class Counted:
    """Counts over persons, shape (cells,) for one measure each; of a composite also those of pairs of its items.

    Attributes:
        options: Persons by option of an item, shape (cells, options).
        pairs: Shape (4, cells, items, items): both answered, first positive, second positive, both positive.
        parts: What each item of a composite weighs in its mean.
    """

    measure: tuple[str, str, str]
    n: Figures
    positive: Figures | None = None
    negative: Figures | None = None
    options: Figures | None = None
    total: Figures | None = None
    squares: Figures | None = None
    pairs: NDArray[np.float32] | None = None
    parts: tuple[int, ...] = ()


def placed(counted: list[Counted], cells: pl.DataFrame, cell_places: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of each place and measure; see `answer_sums`.

    Args:
        counted: Counts of each measure by cell, in the order of `cells`.
        cells: Cells of one wave, sorted by cell_no.
        cell_places: Which cell counts in which place.
    """
    places = cell_places.select(PLACE).unique().sort(PLACE).with_row_index("place_no")
    joined = cell_places.join(places, on=PLACE)
    rows = joined["place_no"].to_numpy()
    columns = np.searchsorted(cells["cell_no"].to_numpy(), joined["cell_no"].to_numpy())
    tree = csr_matrix((np.ones(joined.height), (rows, columns)), shape=(places.height, cells.height))
    tree.sort_indices()
    weights = Weights(tree, cells["weight"].to_numpy(), calibration_of(cells, tree))
    responses = tree @ cells["responses"].to_numpy().astype(float)
    parts = [_measure(one, weights, responses, places) for one in counted]
    parts += _options(counted, weights, places, cells["ministry"])
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


@dataclass(frozen=True)
class Weights:
    """Which place counts which cell, shape (places, cells); what a response of each weighs; and which totals hold."""

    tree: csr_matrix
    each: Figures
    calibration: Calibration | None


def _measure(one: Counted, weights: Weights, responses: Figures, places: pl.DataFrame) -> pl.DataFrame:
    names = {name: pl.lit(value) for name, value in zip(MEASURE, one.measure, strict=True)}
    columns = {"responses": responses, "n": weights.tree @ one.n} | _sums(one, weights)
    frame = places.with_columns(
        **names,
        **{
            name: pl.Series(columns[name]).round().cast(pl.Int64) if name in columns else pl.lit(None, pl.Int64)
            for name in COUNTS
        },
        **{name: pl.Series(columns[name]) if name in columns else pl.lit(None, pl.Float64) for name in SUMS},
    )
    return frame.select(list(SCHEMA))


def _options(
    counted: list[Counted], weights: Weights, places: pl.DataFrame, ministries: pl.Series
) -> list[pl.DataFrame]:
    """Return who chose which option, in the service and each ministry as they were; no lower and in no other cut.

    Whole distributions of small units would be withheld, or tell of one another by subtraction.
    """
    told = places.filter(
        pl.col("org_unit_id").is_in([SERVICE, *ministries.drop_nulls().unique()]), org_view="as_was", dimension_1="all"
    )
    tree = weights.tree[told["place_no"].to_numpy()]
    items = [one for one in counted if one.options is not None]
    chosen = np.concatenate([one.options for one in items if one.options is not None], axis=1) if items else None
    if chosen is None or not told.height:
        return []
    keys = [(OPTION, one.measure[1], str(place + 1)) for one in items for place in range(_width(one))]
    names = pl.DataFrame(keys, schema=list(MEASURE), orient="row")
    sums = {"n": tree @ chosen, "w": tree @ (weights.each[:, None] * chosen)}
    rows = told.join(names, how="cross").with_columns(
        n=pl.Series(sums["n"].ravel()).round().cast(pl.Int64), w=pl.Series(sums["w"].ravel())
    )
    empty = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in rows.columns]
    return [rows.with_columns(empty).select(list(SCHEMA))]


def _width(one: Counted) -> int:
    return 0 if one.options is None else one.options.shape[1]


def _sums(one: Counted, weights: Weights) -> dict[str, Figures]:
    tree, weight, square = weights.tree, weights.each, weights.each**2
    found = {"w": tree @ (weight * one.n), "w2": tree @ (square * one.n)}
    if one.pairs is not None:
        return found | _shares(one.pairs, one.parts, weights)
    if one.positive is not None and one.negative is not None:
        x, xx = one.positive, one.positive
        found |= {"n_positive": tree @ one.positive, "n_negative": tree @ one.negative}
        found["w_negative"] = tree @ (weight * one.negative)
    elif one.total is not None and one.squares is not None:
        x, xx = one.total, one.squares
        found |= {"score_sum": tree @ one.total, "square_sum": tree @ one.squares}
    else:
        return found
    found |= {"wx": tree @ (weight * x), "w2x": tree @ (square * x), "w2xx": tree @ (square * xx)}
    return found | _calibrated(weights, np.where(found["w"] > 0, 1.0, 0)[:, None], one.n[:, None], x[:, None])


def _calibrated(weights: Weights, parts: Figures, n: Figures, x: Figures) -> dict[str, Figures]:
    """Return what the totals take off the squared residuals of a mean, or of the mean of several.

    Args:
        weights: Places, weights, and totals that hold.
        parts: What each mean is of the whole, shape (places, means); 0 where nobody answered.
        n: Answers, shape (cells, means).
        x: Their sums.
    """
    if weights.calibration is None:
        return {}
    plain, weighted, square = np.zeros(1), np.zeros(1), weights.each**2
    for part, answers, values in zip(parts.T, n.T, x.T, strict=True):
        total = weights.tree @ (weights.each * answers)
        total[part == 0] = 1
        mean = weights.tree @ (weights.each * values) / total
        share = (part / total)[:, None]
        plain = plain + share * weights.calibration.residuals(values, answers, mean)
        weighted = weighted + share * weights.calibration.residuals(square * values, square * answers, mean)
    return {"calibrated": weights.calibration.gain(plain, weighted)}


def _shares(pairs: NDArray[np.float32], parts: tuple[int, ...], weights: Weights) -> dict[str, Figures]:
    """Return the weighted mean of the items' shares, and the sum over persons of their squared residuals from it.

    Items that nobody of a place answered are no part of its mean.
    """
    _, cells, k, _ = pairs.shape
    tree, weight = weights.tree, weights.each
    answered, first, second, both = (
        (tree @ ((weight**2)[:, None] * part.reshape(cells, k * k))).reshape(-1, k, k) for part in pairs
    )
    own = [np.ascontiguousarray(np.diagonal(pairs[kind], axis1=1, axis2=2)).astype(float) for kind in (0, 3)]
    total, positive = (tree @ (weight[:, None] * part) for part in own)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = positive / total
        p, q = share[:, :, None], share[:, None, :]
        spread = (both - q * first - p * second + p * q * answered) / (total[:, :, None] * total[:, None, :])
        part = np.where(total > 0, np.array(parts, float), 0)
        part = np.nan_to_num(part / part.sum(axis=1, keepdims=True))
        mean = np.where(part.sum(axis=1) > 0, np.nansum(part * share, axis=1), np.nan)
    between = part[:, :, None] * part[:, None, :]
    found = {"mean_of_shares": mean, "spread_of_shares": np.nansum(between * spread, axis=(1, 2))}
    return found | _calibrated(weights, part, own[0], own[1])
