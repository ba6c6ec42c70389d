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

from flows.statistics.place_sums import BOOK, SCHEMA, Counted, placed
from flows.statistics.sheets import Bytes, read

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
            response stands for), strata (see `calibration_of`), ministry.
        cell_places: cell_no with each place (columns of `PLACE`) that counts it.
        codes: One row an item and option with a score, as `int_survey__codes` lists them.
        index_items: One row an index and item: score_family, min_answered_share, weight (a whole number).

    Returns:
        `PLACE`, `MEASURE`, `COUNTS` and `SUMS`. Of an item x is 1 where the answer is positive; of a scale x is the
        score of a person. A scale that is a mean of shares has that mean and the sum of its squared residuals instead.
        Rows of the kind `option` count who chose one option of an item, in the service and in each ministry.
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
        parts.append(placed(counted, own, cell_places.filter(pl.col("cell_no").is_in(within))))
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


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
    given = counts[:, 1:].astype(float)
    return Counted(names, n, counts @ points.positive, counts @ points.negative, given)


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
    return Counted(("scale", index.index_id, SHARES), n, pairs=pairs, parts=index.weights)
