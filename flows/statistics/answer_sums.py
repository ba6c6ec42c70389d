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

from flows.statistics.sheets import Bytes, read

BOOK = ("instrument_id", "instrument_version")
PLACE = (*BOOK, "wave_id", "period_end", "org_view", "org_unit_id", "dimension_1", "category_1")
MEASURE = ("measure_kind", "measure_id", "score_family")
COUNTS = ("responses", "n", "n_positive", "n_negative")
SUMS = ("w", "w2", "wx", "w2x", "w2xx", "w_negative", "mean_of_shares", "spread_of_shares", "score_sum", "square_sum")
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
    """One index: its items by their places on the sheet, and how they make a score."""

    index_id: str
    family: str
    items: tuple[int, ...]
    least_share: float


@dataclass(frozen=True)
class Book:
    """An instrument as the sheets need it: items in the order of the sheet, with the steps of both scales."""

    items: tuple[str, ...]
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
        cells: instrument_id, instrument_version, cell_no (from 0), weight (persons that one response stands for).
        cell_places: cell_no with each place (columns of `PLACE`) that counts it.
        codes: One row an item and option with a score, as `int_survey__codes` lists them.
        index_items: One row an index and item: score_family, min_answered_share.

    Returns:
        `PLACE`, `MEASURE`, `COUNTS` and `SUMS`. Of an item x is 1 where the answer is positive; of a scale x is the
        score of a person. A scale that is a mean of shares has that mean and the sum of its squared residuals instead.
    """
    numbers = sheets.column("cell_no").to_numpy()
    parts = []
    for key, own in cells.sort("cell_no").group_by(BOOK, maintain_order=True):
        book = book_of(*(frame.filter(**dict(zip(BOOK, key, strict=True))) for frame in (codes, index_items)))
        within = own["cell_no"].to_numpy()
        chosen = np.isin(numbers, within)
        answers = read(sheets.column("sheet").filter(pa.array(chosen)), len(book.items))
        cell = np.searchsorted(within, numbers[chosen])
        counted = _counted(book, answers, cell, own.height)
        parts.append(_placed(counted, own, cell_places.filter(pl.col("cell_no").is_in(within))))
    return pl.concat(parts).sort(*PLACE, *MEASURE) if parts else pl.DataFrame(schema=SCHEMA)


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
    return Book(tuple(items), points, tuple(_indices(index_items, place)), 1 / hundredths, 1 / natives)


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
        items = tuple(sorted(place[item] for item in part["item_id"] if item in place))
        yield Index(str(name), str(family), items, float(part["min_answered_share"][0]))


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
    points, answered = np.zeros(cell.size, np.int64), np.zeros(cell.size, np.int64)
    is_native = index.family in {"mean_native", "sum"}
    for place in index.items:
        worth = book.points[place].native if is_native else book.points[place].hundredths
        points += worth.astype(np.int64)[by_item[place]]
        answered += by_item[place] > 0
    k = len(index.items)
    enough = (answered >= (index.least_share - TOLERANCE) * k) & (answered > 0)
    group = (cell * (k + 1) + answered)[enough]
    given = points[enough].astype(float)
    n, total, squares = (
        np.bincount(group, values, cells * (k + 1)).reshape(cells, k + 1) for values in (None, given, given**2)
    )
    unit = (book.unit if is_native else book.hundredth) * (k if index.family == "sum" else 1)
    share = unit / np.maximum(np.arange(k + 1), 1)
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
    weight = cells["weight"].to_numpy()
    responses = tree @ cells["responses"].to_numpy().astype(float)
    parts = [_measure(one, tree, weight, responses, places) for one in counted]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def _measure(one: Counted, tree: csr_matrix, weight: Figures, responses: Figures, places: pl.DataFrame) -> pl.DataFrame:
    names = {name: pl.lit(value) for name, value in zip(MEASURE, one.measure, strict=True)}
    columns = {"responses": responses, "n": tree @ one.n} | _sums(one, tree, weight)
    frame = places.with_columns(
        **names,
        **{
            name: pl.Series(columns[name]).round().cast(pl.Int64) if name in columns else pl.lit(None, pl.Int64)
            for name in COUNTS
        },
        **{name: pl.Series(columns[name]) if name in columns else pl.lit(None, pl.Float64) for name in SUMS},
    )
    return frame.select(list(SCHEMA))


def _sums(one: Counted, tree: csr_matrix, weight: Figures) -> dict[str, Figures]:
    square = weight**2
    found = {"w": tree @ (weight * one.n), "w2": tree @ (square * one.n)}
    if one.pairs is not None:
        return found | _shares(one.pairs, tree, weight)
    if one.positive is not None and one.negative is not None:
        x, xx = one.positive, one.positive
        found |= {"n_positive": tree @ one.positive, "n_negative": tree @ one.negative}
        found["w_negative"] = tree @ (weight * one.negative)
    elif one.total is not None and one.squares is not None:
        x, xx = one.total, one.squares
        found |= {"score_sum": tree @ one.total, "square_sum": tree @ one.squares}
    else:
        return found
    return found | {"wx": tree @ (weight * x), "w2x": tree @ (square * x), "w2xx": tree @ (square * xx)}


def _shares(pairs: NDArray[np.float32], tree: csr_matrix, weight: Figures) -> dict[str, Figures]:
    """Return the mean of the items' shares and the sum over persons of the squared sum of their items' residuals.

    Items that nobody of a place answered are no part of its mean.
    """
    _, cells, k, _ = pairs.shape
    answered, first, second, both = (
        (tree @ ((weight**2)[:, None] * part.reshape(cells, k * k))).reshape(-1, k, k) for part in pairs
    )
    own = [np.ascontiguousarray(np.diagonal(pairs[kind], axis1=1, axis2=2)) for kind in (0, 3)]
    total, positive = (tree @ (weight[:, None] * part) for part in own)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = positive / total
        p, q = share[:, :, None], share[:, None, :]
        spread = (both - q * first - p * second + p * q * answered) / (total[:, :, None] * total[:, None, :])
        items = (total > 0).sum(axis=1)
        mean = np.nansum(share, axis=1) / items
        return {"mean_of_shares": mean, "spread_of_shares": np.nansum(spread, axis=(1, 2)) / items**2}
