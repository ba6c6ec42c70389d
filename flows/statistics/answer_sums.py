"""Sums over the sheets of respondents say all that the estimates of a survey need, unit by unit up the tree.

Everybody in a cell (unit, sex, position group) has the same weight, so each sum is a count of whole persons times that
weight: exact whatever the order of the rows, and as many as there are cells, not persons.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flows.statistics.calibration import Calibration, calibration_of
from flows.statistics.sheets import Bytes, read

BOOK = ("instrument_id", "instrument_version")
PLACE = (*BOOK, "wave_id", "period_end", "org_view", "org_unit_id", "dimension_1", "category_1")
MEASURE = ("measure_kind", "measure_id", "score_family")
COUNTS = ("responses", "n", "n_positive", "n_negative")
SUMS = ("w", "w2", "wx", "w2x", "w2xx", "w_negative", "mean_of_shares", "spread_of_shares", "calibrated", "score_sum", "square_sum")
SHARES = "percent_positive"
TOLERANCE = 0.005  # half a percent: 0.67 means two of three

Figures = NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """What the options of one item are worth, by their place; place 0 is no answer.

    Attributes:
        positive, negative: 1 where the option lies beyond, or below, the middle of the scale.
        hundredths, native: Points from 0 to 100 and as asked, as whole multiples of `hundredth` and `unit`.
    """

    positive: Figures
    negative: Figures
    hundredths: Figures
    native: Figures


@dataclass(frozen=True)
class Index:
    """One index: its items by their places on the sheet, what each weighs, and how they make a score."""

    index_id: str
    family: str
    items: tuple[int, ...]
    weights: tuple[int, ...]
    least_share: float


@dataclass(frozen=True)
class Book:
    """An instrument as the sheets need it: items in the order of the sheet with their lists of options, and steps."""

    items: tuple[str, ...]
    lists: tuple[str, ...]
    points: tuple[Points, ...]
    indices: tuple[Index, ...]
    hundredth: float
    unit: float


def answer_sums(
    sheets: pa.Table, cells: pl.DataFrame, cell_places: pl.DataFrame, codes: pl.DataFrame, index_items: pl.DataFrame
) -> pl.DataFrame:
    """Return the sums of each place and measure.

    Args:
        sheets: One row a response: cell_no, sheet (see `sheets.written`).
        cells: instrument_id, instrument_version, wave_id, cell_no (from 0), responses, weight (persons that one
            response stands for), strata (see `calibration_of`).
        cell_places: cell_no with each place (columns of `PLACE`) that counts it.
        codes: One row an item and option with a score, as `int_survey__codes` lists them.
        index_items: One row an index and item: score_family, min_answered_share, weight (a whole number).

    Returns:
        `PLACE`, `MEASURE`, `COUNTS` and `SUMS`. Of an item x is 1 where the answer is positive; of a scale x is the
        score of a person. A scale that is a mean of shares has that mean and the sum of its squared residuals instead.
        `calibrated` is what the totals that weights meet take off the sum of squared residuals.
    """
    numbers = sheets.column("cell_no").to_numpy()
    parts = []
    for key, own in cells.sort("cell_no").group_by(*BOOK, "wave_id", maintain_order=True):
        book = book_of(*(frame.filter(**dict(zip(BOOK, key[:2], strict=True))) for frame in (codes, index_items)))
        within = own["cell_no"].to_numpy()
        chosen = np.isin(numbers, within)
        answers = read(sheets.column("sheet").filter(pa.array(chosen)), len(book.items))
        cell = np.searchsorted(within, numbers[chosen])
        counted = _counted(book, answers, cell, own.height)
        parts.append(_placed(counted, own, cell_places.filter(pl.col("cell_no").is_in(within))))
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


SCHEMA = (
    dict.fromkeys((*PLACE, *MEASURE), pl.String)
    | {"period_end": pl.Date}
    | dict.fromkeys(COUNTS, pl.Int64)
    | dict.fromkeys(SUMS, pl.Float64)
)


def book_of(codes: pl.DataFrame, index_items: pl.DataFrame) -> Book:
    """Return the book of one instrument version from its codes and indices."""
    ordered = codes.sort("item_place", "option_place")
    items = ordered["item_id"].unique(maintain_order=True).to_list()
    place = {item: number for number, item in enumerate(items)}
    grids = [_whole_points(part) for _, part in ordered.group_by("item_id", maintain_order=True)]
    hundredths, natives = (lcm(*(one.denominator for grid in grids for one in grid[kind])) for kind in (0, 1))
    points = tuple(
        Points(
            _at_places(part, 2 * part["score"] > part["score_min"] + part["score_max"]),
            _at_places(part, 2 * part["score"] < part["score_min"] + part["score_max"]),
            _at_places(part, [float(one * hundredths) for one in grid[0]]),
            _at_places(part, [float(one * natives) for one in grid[1]]),
        )
        for (_, part), grid in zip(ordered.group_by("item_id", maintain_order=True), grids, strict=True)
    )
    lists = ordered.unique("item_id", keep="first", maintain_order=True)["choice_list"].to_list()
    return Book(tuple(items), tuple(lists), points, tuple(_indices(index_items, place)), 1 / hundredths, 1 / natives)


def _whole_points(options: pl.DataFrame) -> tuple[list[Fraction], list[Fraction]]:
    """Return the points of the options of an item from 0 to 100, and as asked."""
    scores = [Fraction(str(score)) for score in options["score"]]
    low, high = min(scores), max(scores)
    return [100 * (one - low) / (high - low) if high > low else Fraction(0) for one in scores], scores


def _at_places(options: pl.DataFrame, values: Sequence[float] | pl.Series) -> Figures:
    places = options["option_place"].to_numpy()
    found = np.zeros(places.max(initial=0) + 1)
    found[places] = np.asarray(values, float)
    return found


def _indices(index_items: pl.DataFrame, place: Mapping[str, int]) -> Iterator[Index]:
    for (name, family), part in index_items.group_by("index_id", "score_family", maintain_order=True):
        weighed = dict(zip(part["item_id"], part["weight"], strict=True))
        items = sorted((item for item in weighed if item in place), key=place.__getitem__)
        places, weights = tuple(place[item] for item in items), tuple(int(weighed[item]) for item in items)
        yield Index(str(name), str(family), places, weights, float(part["min_answered_share"][0]))


# what is counted in each cell


@dataclass(frozen=True)
class Counted:
    """Counts over persons, shape (cells,) for one measure each; of a composite also those of pairs of its items.

    Attributes:
        pairs: Shape (4, cells, items, items): both answered, first positive, second positive, both positive.
    """

    measure: tuple[str, str, str]
    n: Figures
    positive: Figures | None = None
    negative: Figures | None = None
    total: Figures | None = None
    squares: Figures | None = None
    pairs: NDArray[np.float32] | None = None


def _counted(book: Book, answers: Bytes, cell: NDArray[np.int64], cells: int) -> list[Counted]:
    by_item = np.ascontiguousarray(answers.T)
    found = [_item(book, place, by_item[place], cell, cells) for place in range(len(book.items))]
    order = np.argsort(cell, kind="stable")
    ends = np.searchsorted(cell[order], np.arange(cells + 1))
    for index in book.indices:
        if not index.items:
            continue
        if index.family == SHARES:
            found.append(_composite(book, index, by_item[list(index.items)][:, order], ends))
        else:
            found.append(_scale(book, index, by_item, cell, cells))
    return found


def _item(book: Book, place: int, answers: Bytes, cell: NDArray[np.int64], cells: int) -> Counted:
    points = book.points[place]
    options = points.positive.size
    counts = np.bincount(cell * options + answers, minlength=cells * options).reshape(cells, options)
    n = counts[:, 1:].sum(axis=1).astype(float)
    names = ("item", book.items[place], SHARES)
    return Counted(names, n, counts @ points.positive, counts @ points.negative)


def _scale(book: Book, index: Index, by_item: Bytes, cell: NDArray[np.int64], cells: int) -> Counted:
    """Sum the scores of persons who answered enough; all points are whole, so the order of persons is nothing."""
    points, answered, weight = (np.zeros(cell.size, np.int64) for _ in range(3))
    is_native = index.family in {"mean_native", "sum"}
    for place, weighs in zip(index.items, index.weights, strict=True):
        worth = book.points[place].native if is_native else book.points[place].hundredths
        points += (weighs * worth).astype(np.int64)[by_item[place]]
        is_given = by_item[place] > 0
        answered += is_given
        weight += weighs * is_given
    k, most = len(index.items), sum(index.weights)
    enough = (answered >= (index.least_share - TOLERANCE) * k) & (answered > 0)
    group = (cell * (most + 1) + weight)[enough]
    given = points[enough].astype(float)
    n, total, squares = (
        np.bincount(group, values, cells * (most + 1)).reshape(cells, most + 1) for values in (None, given, given**2)
    )
    unit = (book.unit if is_native else book.hundredth) * (k if index.family == "sum" else 1)
    share = unit / np.maximum(np.arange(most + 1), 1)
    names = ("scale", index.index_id, index.family)
    return Counted(names, n.sum(axis=1).astype(float), total=total @ share, squares=squares @ share**2)


def _composite(book: Book, index: Index, by_item: Bytes, ends: NDArray[np.int64]) -> Counted:
    """Count pairs of items; the persons stand in the order of their cells."""
    k, cells = len(index.items), ends.size - 1
    table = np.empty((by_item.shape[1], 2 * k), np.float32)
    table[:, :k] = (by_item > 0).T
    for column, place in enumerate(index.items):
        table[:, k + column] = book.points[place].positive.astype(np.float32)[by_item[column]]
    both = np.zeros((cells, 2 * k, 2 * k), np.float32)
    for cell in range(cells):
        part = table[ends[cell] : ends[cell + 1]]
        both[cell] = part.T @ part
    anyone = np.concatenate([[0], np.cumsum(table[:, :k].any(axis=1))])
    pairs = np.stack([both[:, :k, :k], both[:, k:, :k], both[:, :k, k:], both[:, k:, k:]])
    n = (anyone[ends[1:]] - anyone[ends[:-1]]).astype(float)
    return Counted(("scale", index.index_id, SHARES), n, pairs=pairs)


# from cells up the tree


def _placed(counted: list[Counted], cells: pl.DataFrame, cell_places: pl.DataFrame) -> pl.DataFrame:
    places = cell_places.select(PLACE).unique().sort(PLACE).with_row_index("place_no")
    joined = cell_places.join(places, on=PLACE)
    rows = joined["place_no"].to_numpy()
    columns = np.searchsorted(cells["cell_no"].to_numpy(), joined["cell_no"].to_numpy())
    tree = csr_matrix((np.ones(joined.height), (rows, columns)), shape=(places.height, cells.height))
    tree.sort_indices()
    weights = Weights(tree, cells["weight"].to_numpy(), calibration_of(cells, tree))
    responses = tree @ cells["responses"].to_numpy().astype(float)
    parts = [_measure(one, weights, responses, places) for one in counted]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


@dataclass(frozen=True)
class Weights:
    """Which place counts which cell, shape (places, cells), what a response of each cell weighs, and which totals hold."""

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


def _sums(one: Counted, weights: Weights) -> dict[str, Figures]:
    tree, weight, square = weights.tree, weights.each, weights.each**2
    found = {"w": tree @ (weight * one.n), "w2": tree @ (square * one.n)}
    if one.pairs is not None:
        return found | _shares(one.pairs, weights)
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
    return found | _calibrated(weights, found["w"][:, None], one.n[:, None], x[:, None])


def _calibrated(weights: Weights, total: Figures, n: Figures, x: Figures) -> dict[str, Figures]:
    """Return what the totals take off the squared residuals of a mean, or of the mean of several.

    Args:
        weights: Places, weights, and totals that hold.
        total: Sums of weights, shape (places, means).
        n, x: Answers and their sums, shape (cells, means).
    """
    if weights.calibration is None:
        return {}
    plain, weighted = 0.0, 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        items = (total > 0).sum(axis=1)
        for place in range(n.shape[1]):
            own, answers, values = total[:, place], n[:, place], x[:, place]
            mean = np.nan_to_num(weights.tree @ (weights.each * values) / own)
            part = np.where(own > 0, 1 / own / items, 0)[:, None]
            plain = plain + part * weights.calibration.residuals(values, answers, mean)
            square = weights.each**2
            weighted = weighted + part * weights.calibration.residuals(square * values, square * answers, mean)
    return {"calibrated": weights.calibration.gain(np.asarray(plain), np.asarray(weighted))}


def _shares(pairs: NDArray[np.float32], weights: Weights) -> dict[str, Figures]:
    """Return the mean of the items' shares and the sum over persons of the squared sum of their items' residuals.

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
        items = (total > 0).sum(axis=1)
        mean = np.nansum(share, axis=1) / items
    found = {"mean_of_shares": mean, "spread_of_shares": np.nansum(spread, axis=(1, 2)) / items**2}
    return found | _calibrated(weights, total, own[0], own[1])
