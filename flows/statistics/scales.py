"""Each scale says for the service and each ministry how far its items hang together, and what to do with each item."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from flows.statistics.agreement import IntraclassCorrelation, agreement_of, intraclass_of
from flows.statistics.answer_sums import BOOK, Book, Index, book_of
from flows.statistics.attention import attention
from flows.statistics.comparisons import adjusted
from flows.statistics.languages import LARGE_EFFECT, congruence, item_difference
from flows.statistics.reliability import Reliability, alpha, of_covariance
from flows.statistics.sheets import Bytes, read

WAVE = ("instrument_id", "instrument_version", "wave_id", "index_id")
GROUP = (*WAVE, "scope_id")
SERVICE = "UZ"
FEWEST = 100  # domain/hrm.md 2.3: reliability is published from a hundred complete answers on
FEWEST_OF_UNIT = 10

WEAK_ITEM_REST = 0.30  # domain/hrm.md 2.3: below it an item is looked at, below 0 its reversal is
IDLE_ITEM_REST = 0.20
GAIN_WITHOUT = 0.02
BLANK_SHARE = 0.20
CHANCE = 0.05

FIGURES = (
    "alpha",
    "alpha_standardised",
    "omega",
    "variance_extracted",
    "icc1",
    "icc1_plain",
    "icc2",
    "rwg",
    "flagged_share",
    "alpha_attentive",
    "language_congruence",
)
ITEM_FIGURES = ("blank_share", "item_rest", "loading", "alpha_without", "language_effect", "language_p_value")
SCHEMA = {
    **dict.fromkeys((*GROUP, "item_id"), pl.String),
    "respondents": pl.Int64,
    "n": pl.Int64,
    "items": pl.Int64,
    "groups": pl.Int64,
    "languages": pl.Int64,
    **dict.fromkeys((*FIGURES, *ITEM_FIGURES), pl.Float64),
    "verdict": pl.String,
    "reason": pl.String,
}

Figures = NDArray[np.float64]
Numbers = NDArray[np.int64]


def scale_figures(
    sheets: pa.Table, cells: pl.DataFrame, codes: pl.DataFrame, index_items: pl.DataFrame
) -> pl.DataFrame:
    """Return the reliability of each scale with the figures of each of its items.

    Args:
        sheets: One row a response: cell_no, language, seconds, sheet (see `sheets.written`).
        cells: The columns of `BOOK`, wave_id, cell_no, ministry (null where unknown), org_unit_id.
        codes: One row an item and option with a score, as `int_survey__codes` lists them.
        index_items: One row an index and item.

    Returns:
        One row per scale, wave, scope (the service or a ministry) and item. All figures are null below a hundred
        complete answers; loadings and omega for fewer than three items; what compares languages where
        fewer than two have a hundred complete answers.
    """
    numbers = sheets.column("cell_no").to_numpy()
    rows = []
    for key, own in cells.sort("cell_no").group_by(*BOOK, "wave_id", maintain_order=True):
        book = book_of(*(frame.filter(**dict(zip(BOOK, key[:2], strict=True))) for frame in (codes, index_items)))
        chosen = np.isin(numbers, own["cell_no"].to_numpy())
        kept = sheets if chosen.all() else sheets.filter(pa.array(chosen))
        cell = np.searchsorted(own["cell_no"].to_numpy(), numbers[chosen])
        by_item = np.ascontiguousarray(read(kept.column("sheet"), len(book.items)).T)
        flagged = attention(book, by_item, kept.column("seconds").to_numpy().astype(float)).flagged
        wave = _wave(book, by_item, own, (cell, _languages(kept)), ~flagged)
        for index in book.indices:
            rows += [dict(zip(WAVE, (*key, index.index_id), strict=True)) | row for row in _rows(wave, index)]
    return pl.DataFrame(rows, schema=SCHEMA).sort(*GROUP, "item_id")


@dataclass(frozen=True)
class Wave:
    """The sheets of one wave, the persons in the order of their groups (ministry, language).

    Attributes:
        by_item: Answers, shape (items, persons).
        group: Group of each person, counted up from 0; `shape` are the numbers of ministries and languages, 0 for none.
        unit: Place of the unit of each person.
        ministries: Their names; places count from 1.
        ministry_of_unit: Place of the ministry of each unit.
    """

    book: Book
    by_item: Bytes
    group: Numbers
    shape: tuple[int, int]
    unit: Numbers
    ministries: list[str]
    ministry_of_unit: Numbers
    attentive: NDArray[np.bool_]


def _wave(
    book: Book, by_item: Bytes, cells: pl.DataFrame, of: tuple[Numbers, Numbers], attentive: NDArray[np.bool_]
) -> Wave:
    """Put the persons in the order of their groups, once for all scales.

    Args:
        book: The instrument.
        by_item: Answers, shape (items, persons).
        cells: Cells of the wave.
        of: Cell and language of each person.
        attentive: Whether the answers of a person show no lack of attention.
    """
    cell, language = of
    ministries, ministry_of_cell = _numbered(cells["ministry"])
    _, unit_of_cell = _numbered(cells["org_unit_id"])
    ministry_of_unit = np.zeros(unit_of_cell.max(initial=0) + 1, np.int64)
    ministry_of_unit[unit_of_cell] = ministry_of_cell
    shape = (int(ministry_of_cell.max(initial=0)) + 1, int(language.max(initial=0)) + 1)
    group = ministry_of_cell[cell] * shape[1] + language
    order = np.argsort(group, kind="stable")
    return Wave(
        book,
        by_item[:, order],
        group[order],
        shape,
        unit_of_cell[cell[order]],
        ministries,
        ministry_of_unit,
        attentive[order],
    )


def _languages(sheets: pa.Table) -> Numbers:
    """Return the place of each respondent's language in the sorted list of them, from 1; 0 for none."""
    return _numbered(pl.Series(sheets.column("language"), dtype=pl.String))[1]


def _numbered(names: pl.Series) -> tuple[list[str], Numbers]:
    """Return the names, sorted, and the place of each in them, from 1; 0 for none."""
    known = names.drop_nulls().unique().sort()
    places = list(range(1, len(known) + 1))
    return known.to_list(), names.replace_strict(known, places, default=0, return_dtype=pl.Int64).to_numpy()


def _rows(wave: Wave, index: Index) -> Iterator[dict[str, object]]:
    """Count once by ministry and language, and by unit; service and ministries are sums of these."""
    if not index.items:
        return
    counts = _counts(wave, index)
    everywhere = np.ones_like(wave.ministry_of_unit) > 0
    yield from ({"scope_id": SERVICE} | row for row in _scope(counts, slice(None), everywhere))
    for place, name in enumerate(wave.ministries, 1):
        only = slice(place, place + 1)
        yield from ({"scope_id": name} | row for row in _scope(counts, only, wave.ministry_of_unit == place))


@dataclass(frozen=True)
class Counts:
    """Whole numbers that all figures of a scale follow from; they hang on no order of the persons.

    Attributes:
        asked, blank: Persons by ministry; blank answers by ministry and item.
        complete: Persons who answered all items, by ministry and language.
        attentive: The same of those whose answers show no lack of attention (see `attention`).
        total, crossed: Sums of their points by ministry, language and item, and of products of two items.
        attentive_total, attentive_crossed: The same of the attentive, by ministry and language.
        tables: For each item those persons by ministry, language, score of the scale and option.
        of_units: Sums of n, score and squared score by unit.
        unit_options: For each item persons by unit and option.
    """

    book: Book
    index: Index
    asked: Figures
    blank: Figures
    complete: Figures
    total: Figures
    crossed: Figures
    attentive: Figures
    attentive_total: Figures
    attentive_crossed: Figures
    tables: list[Figures]
    of_units: Figures
    unit_options: list[Figures]


def _counts(wave: Wave, index: Index) -> Counts:
    options = wave.by_item[list(index.items)]
    whole = (options > 0).all(axis=0)
    ministry = wave.group // wave.shape[1]
    given, group, unit = options[:, whole], wave.group[whole], wave.unit[whole]
    worth = [wave.book.points[place].hundredths for place in index.items]
    points = np.stack([one[option] for one, option in zip(worth, given, strict=True)])
    score = points.sum(axis=0)
    moments = _moments(points, group, wave.shape)
    inattentive = ~wave.attentive[whole]
    careless = _moments(points[:, inattentive], group[inattentive], wave.shape)
    attentive = tuple(all_ - some for all_, some in zip(moments, careless, strict=True))
    step = max(1, gcd(*(int(one) for options_worth in worth for one in options_worth)))
    levels = (score // step).astype(np.int64)
    n_levels, n_units = int(levels.max(initial=0)) + 1, wave.ministry_of_unit.size
    place, n_ministries = group * n_levels + levels, wave.shape[0]
    return Counts(
        wave.book,
        index,
        asked=np.bincount(ministry, minlength=n_ministries).astype(float),
        blank=np.stack([np.bincount(ministry, option == 0, n_ministries) for option in options], axis=1).astype(float),
        complete=moments[0],
        total=moments[1],
        crossed=moments[2],
        attentive=attentive[0],
        attentive_total=attentive[1],
        attentive_crossed=attentive[2],
        tables=[
            _table(place * one.size + option, (*wave.shape, n_levels, one.size))
            for one, option in zip(worth, given, strict=True)
        ],
        of_units=np.stack([np.bincount(unit, part, n_units) for part in (None, score, score**2)]).astype(float),
        unit_options=[
            _table(unit * one.size + option, (n_units, one.size)) for one, option in zip(worth, given, strict=True)
        ],
    )


def _moments(points: Figures, group: Numbers, shape: tuple[int, int]) -> tuple[Figures, Figures, Figures]:
    """Return persons of each group, sums of their points, and sums of products; the persons stand by group."""
    k, ends = len(points), np.searchsorted(group, np.arange(shape[0] * shape[1] + 1))
    parts = [points[:, first:last] for first, last in pairwise(ends)]
    return (
        np.diff(ends).astype(np.float64).reshape(shape),
        np.stack([part.sum(axis=1) for part in parts]).reshape(*shape, k),
        np.stack([part @ part.T for part in parts]).reshape(*shape, k, k),
    )


def _table(places: Numbers, shape: tuple[int, ...]) -> Figures:
    return np.bincount(places, minlength=int(np.prod(shape))).reshape(shape).astype(float)


def _scope(counts: Counts, ministries: slice, units: NDArray[np.bool_]) -> Iterator[dict[str, object]]:
    n, asked = int(counts.complete[ministries].sum()), int(counts.asked[ministries].sum())
    found = of_covariance(_covariance(counts, ministries, slice(None)), n, asked)
    attentive = int(counts.attentive[ministries].sum())
    closer = (counts.attentive, counts.attentive_total, counts.attentive_crossed)
    careful = _covariance_of(closer, (ministries, slice(None)), counts.book.hundredth)
    compared = _compared(counts, ministries) if n >= FEWEST else _not_compared(found.items)
    between = _between(counts, units)
    figures = {
        "alpha": found.alpha,
        "alpha_standardised": found.alpha_standardised,
        "omega": found.omega,
        "variance_extracted": found.variance_extracted,
        "icc1": between.icc1,
        "icc1_plain": between.icc1_plain,
        "icc2": between.icc2,
        "rwg": _agreement(counts, units),
        "language_congruence": compared.congruence,
        "flagged_share": (n - attentive) / n if n else np.nan,
        "alpha_attentive": alpha(careful) if attentive >= FEWEST and careful.sum() > 0 else np.nan,
    }
    sizes = {"respondents": asked, "n": n, "items": found.items, "groups": between.groups}
    shown = sizes | {"languages": compared.languages} | {name: _shown(x, n) for name, x in figures.items()}
    blank = counts.blank[ministries].sum(axis=0) / asked if asked else np.full(found.items, np.nan)
    for place, item in enumerate(counts.index.items):
        yield shown | {"item_id": counts.book.items[item]} | _item(found, compared, float(blank[place]), place)


def _covariance(counts: Counts, ministries: slice, languages: slice) -> Figures:
    """Return the covariances of the items on 0 to 100 over those who answered all."""
    sums = (counts.complete, counts.total, counts.crossed)
    return _covariance_of(sums, (ministries, languages), counts.book.hundredth)


def _covariance_of(sums: tuple[Figures, Figures, Figures], chosen: tuple[slice, slice], step: float) -> Figures:
    n, total, crossed = (part[chosen].sum(axis=(0, 1)) for part in sums)
    if n <= 1:
        return np.zeros_like(crossed)
    return (crossed - np.outer(total, total) / n) / (n - 1) * step**2


def _between(counts: Counts, units: NDArray[np.bool_]) -> IntraclassCorrelation:
    sizes, totals, squares = counts.of_units[:, units]
    answered = sizes > 0
    unit = counts.book.hundredth / len(counts.index.items)
    return intraclass_of(sizes[answered], totals[answered] * unit, float(squares.sum()) * unit**2)


def _agreement(counts: Counts, units: NDArray[np.bool_]) -> float:
    """Return the median of r_wg(J) over the units with ten complete answers or more."""
    large = units & (counts.of_units[0] >= FEWEST_OF_UNIT)
    sizes, ratios = counts.of_units[0][large], []
    for place, table in zip(counts.index.items, counts.unit_options, strict=True):
        worth = counts.book.points[place].native
        sums, squares = table[large] @ worth, table[large] @ worth**2
        # answers spread evenly have the variance of the options: (A^2 - 1) / 12 for A points 1 apart
        ratios.append((squares - sums**2 / sizes) / (sizes - 1) / np.var(worth[1:]))
    found = agreement_of(np.mean(ratios, axis=0).clip(0), len(counts.index.items))
    return float(np.median(found)) if found.size else np.nan


@dataclass(frozen=True)
class Compared:
    """What languages of one scale have in common: of all items the least congruent pair, of each the largest effect."""

    languages: int
    congruence: float
    effects: Figures
    p_values: Figures


def _not_compared(items: int) -> Compared:
    """Return what stands where there is one language."""
    return Compared(0, np.nan, np.full(items, np.nan), np.full(items, np.nan))


def _compared(counts: Counts, ministries: slice) -> Compared:
    """Compare each language of a hundred complete answers or more with the one that most answered in."""
    sizes = counts.complete[ministries].sum(axis=0)
    sizes[0] = 0  # no language
    large = [int(place) for place in np.argsort(-sizes, kind="stable") if sizes[place] >= FEWEST]
    items = len(counts.index.items)
    if len(large) <= 1:
        return _not_compared(items)
    only = [slice(place, place + 1) for place in large]
    loadings = [of_covariance(_covariance(counts, ministries, one), FEWEST, 0).loadings for one in only]
    phis = np.array([congruence(loadings[0], other) for other in loadings[1:]])
    tables = [table[ministries].sum(axis=0)[large] for table in counts.tables]
    worth = [counts.book.points[place].hundredths * counts.book.hundredth for place in counts.index.items]
    tests = [
        [item_difference(table[[0, focal]], one) for table, one in zip(tables, worth, strict=True)]
        for focal in range(1, len(large))
    ]
    effects = np.array([[test.effect for test in row] for row in tests])
    p_values = adjusted([[test.p_value for test in row] for row in tests])
    worst = np.where(np.isnan(effects), -1, np.abs(effects)).argmax(axis=0)
    places = np.arange(items)
    least = np.nan if np.isnan(phis).all() else float(np.nanmin(phis))
    return Compared(len(large), least, effects[worst, places], p_values[worst, places])


def _item(found: Reliability, compared: Compared, blank: float, place: int) -> dict[str, object]:
    rest, without = found.item_rest[place], found.alpha_without[place]
    effect, chance = float(compared.effects[place]), float(compared.p_values[place])
    figures = {
        "blank_share": blank,
        "item_rest": rest,
        "loading": found.loadings[place],
        "alpha_without": without,
        "language_effect": effect,
        "language_p_value": chance,
    }
    differs = chance <= CHANCE and abs(effect) >= LARGE_EFFECT
    said = verdict(rest, without - found.alpha, blank, differs=differs) if found.n >= FEWEST else ("", "")
    return {name: _shown(value, found.n) for name, value in figures.items()} | {
        "verdict": said[0] or None,
        "reason": said[1] or None,
    }


def verdict(item_rest: float, gain: float, blank_share: float, *, differs: bool = False) -> tuple[str, str]:
    """Say what to do with an item and why.

    Args:
        item_rest: Correlation with the sum of the other items.
        gain: What alpha gains when the item is left out.
        blank_share: Share of respondents who left it blank.
        differs: Whether one language answers it otherwise at equal scores.

    Returns:
        `keep`, `mend` or `drop` with the reason: `negative` (check its reversal), `idle` (hardly belongs to the
        scale and costs reliability), `weak`, `language` (check the translation), `blank`, `fits`, or `undefined`
        where everybody answers alike.
    """
    rules = (
        (np.isnan(item_rest), "mend", "undefined"),
        (item_rest < 0, "mend", "negative"),
        (item_rest < IDLE_ITEM_REST and gain > GAIN_WITHOUT, "drop", "idle"),
        (item_rest < WEAK_ITEM_REST, "mend", "weak"),
        (differs, "mend", "language"),
        (blank_share > BLANK_SHARE, "mend", "blank"),
    )
    return next(((said, why) for holds, said, why in rules if holds), ("keep", "fits"))


def _shown(value: float, n: int) -> float | None:
    return None if n < FEWEST or np.isnan(value) else float(value)
