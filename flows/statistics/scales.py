"""Each scale says for the service and each ministry how far its items hang together, and what to do with each item."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from flows.statistics.agreement import IntraclassCorrelation, agreement_of, intraclass_of
from flows.statistics.answer_sums import BOOK, Book, Index, book_of
from flows.statistics.comparisons import adjusted
from flows.statistics.languages import LARGE_EFFECT, ItemDifference, congruence, item_difference
from flows.statistics.reliability import Reliability, of_covariance
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

FIGURES = ("alpha", "alpha_standardised", "omega", "variance_extracted", "icc1", "icc2", "rwg", "language_congruence")
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
        sheets: One row a response: cell_no, language, sheet (see `sheets.written`).
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
        kept = sheets.filter(pa.array(chosen))
        cell = np.searchsorted(own["cell_no"].to_numpy(), numbers[chosen])
        wave = Wave(book, read(kept.column("sheet"), len(book.items)), cell, own, _languages(kept))
        for index in book.indices:
            rows += [dict(zip(WAVE, (*key, index.index_id), strict=True)) | row for row in _rows(wave, index)]
    return pl.DataFrame(rows, schema=SCHEMA).sort(*GROUP, "item_id")


@dataclass(frozen=True)
class Wave:
    """The sheets of one wave: answers, the cell of each respondent, and the place of each language."""

    book: Book
    answers: Bytes
    cell: Numbers
    cells: pl.DataFrame
    language: Numbers


def _languages(sheets: pa.Table) -> Numbers:
    """Return the place of each respondent's language in the sorted list of them; -1 for none."""
    names = pl.Series(sheets.column("language"), dtype=pl.String)
    known = names.drop_nulls().unique().sort()
    return names.replace_strict(known, list(range(len(known))), default=-1, return_dtype=pl.Int64).to_numpy()


def _rows(wave: Wave, index: Index) -> Iterator[dict[str, object]]:
    if not index.items:
        return
    options = wave.answers[:, list(index.items)]
    points = np.stack([wave.book.points[place].hundredths[options[:, n]] for n, place in enumerate(index.items)], 1)
    scale = Scale(wave.book, index, options, points, np.asarray((options > 0).all(axis=1)))
    ministry, units = (_numbered(wave.cells[name], wave.cell) for name in ("ministry", "org_unit_id"))
    for place, name in [(None, SERVICE), *enumerate(ministry.names)]:
        inside = np.ones(len(options), bool) if place is None else ministry.places == place
        yield from ({"scope_id": name} | row for row in _scope(scale, inside, units.places, wave.language))


@dataclass(frozen=True)
class Scale:
    """The answers to one scale: options and points of shape (respondents, items), and who answered all."""

    book: Book
    index: Index
    options: Bytes
    points: Figures
    is_complete: NDArray[np.bool_]


@dataclass(frozen=True)
class Numbered:
    """Names of groups, sorted, and the place of each respondent's; -1 for none."""

    names: list[str]
    places: Numbers


def _numbered(names: pl.Series, cell: Numbers) -> Numbered:
    known = names.drop_nulls().unique().sort()
    places = names.replace_strict(known, list(range(len(known))), default=-1, return_dtype=pl.Int64).to_numpy()
    return Numbered(known.to_list(), places[cell])


def _scope(scale: Scale, inside: NDArray[np.bool_], units: Numbers, language: Numbers) -> Iterator[dict[str, object]]:
    whole = inside & scale.is_complete
    found = of_covariance(_covariance(scale, whole), int(whole.sum()), int(inside.sum()))
    groups = np.unique(units[whole], return_inverse=True)[1]
    between = _between(scale, whole, groups)
    compared = _compared(scale, whole, language) if found.n >= FEWEST else _not_compared(len(scale.index.items))
    figures = {
        "alpha": found.alpha,
        "alpha_standardised": found.alpha_standardised,
        "omega": found.omega,
        "variance_extracted": found.variance_extracted,
        "icc1": between.icc1,
        "icc2": between.icc2,
        "rwg": _agreement(scale, whole, groups),
        "language_congruence": compared.congruence,
    }
    sizes = {"respondents": int(inside.sum()), "n": found.n, "items": found.items, "groups": between.groups}
    shown = sizes | {"languages": compared.languages} | {name: _shown(x, found.n) for name, x in figures.items()}
    blank = (scale.options[inside] == 0).mean(axis=0) if inside.any() else np.full(found.items, np.nan)
    for place, item in enumerate(scale.index.items):
        yield shown | {"item_id": scale.book.items[item]} | _item(found, compared, float(blank[place]), place)


def _covariance(scale: Scale, whole: NDArray[np.bool_]) -> Figures:
    """Return the covariances of the items on 0 to 100; points are whole, so the order of persons is nothing."""
    x = scale.points[whole]
    n, total = len(x), x.sum(axis=0)
    if n <= 1:
        return np.zeros((x.shape[1], x.shape[1]))
    return (x.T @ x - np.outer(total, total) / n) / (n - 1) * scale.book.hundredth**2


def _between(scale: Scale, whole: NDArray[np.bool_], groups: Numbers) -> IntraclassCorrelation:
    sums = scale.points[whole].sum(axis=1)
    unit = scale.book.hundredth / len(scale.index.items)
    sizes = np.bincount(groups)
    return intraclass_of(sizes, np.bincount(groups, sums) * unit, float((sums**2).sum()) * unit**2)


def _agreement(scale: Scale, whole: NDArray[np.bool_], groups: Numbers) -> float:
    """Return the median of r_wg(J) over the units with ten complete answers or more."""
    sizes = np.bincount(groups).astype(float)
    ratios = []
    for place, item in enumerate(scale.index.items):
        worth = scale.book.points[item].native * scale.book.unit
        x = worth[scale.options[whole, place]]
        sums, squares = np.bincount(groups, x), np.bincount(groups, x**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = (squares - sums**2 / sizes) / (sizes - 1)
        ratios.append(variance / np.var(worth[1:]))  # of answers spread evenly: (A^2 - 1) / 12 for A points 1 apart
    large = sizes >= FEWEST_OF_UNIT
    found = agreement_of(np.mean(ratios, axis=0).clip(0)[large], len(scale.index.items))
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


def _compared(scale: Scale, whole: NDArray[np.bool_], language: Numbers) -> Compared:
    """Compare each language of a hundred complete answers or more with the one that most answered in."""
    sizes = np.bincount(language[whole & (language >= 0)])
    large = [place for place in np.argsort(-sizes, kind="stable") if sizes[place] >= FEWEST]
    items = len(scale.index.items)
    if len(large) <= 1:
        return _not_compared(items)
    groups = [whole & (language == place) for place in large]
    loadings = [of_covariance(_covariance(scale, group), int(group.sum()), 0).loadings for group in groups]
    phis = [congruence(loadings[0], other) for other in loadings[1:]]
    tests = [[_difference(scale, groups[0], group, place) for place in range(items)] for group in groups[1:]]
    effects = np.array([[test.effect for test in row] for row in tests])
    p_values = adjusted([[test.p_value for test in row] for row in tests])
    worst = np.where(np.isnan(effects), -1, np.abs(effects)).argmax(axis=0)
    places = np.arange(items)
    least = float(np.nanmin(phis)) if not np.isnan(phis).all() else np.nan
    return Compared(len(large), least, effects[worst, places], p_values[worst, places])


def _difference(scale: Scale, reference: NDArray[np.bool_], focal: NDArray[np.bool_], place: int) -> ItemDifference:
    worth = scale.book.points[scale.index.items[place]].hundredths * scale.book.hundredth
    sums = scale.points.sum(axis=1).astype(np.int64)
    scores = np.unique(sums[reference | focal])
    tables = []
    for group in (reference, focal):
        at = np.searchsorted(scores, sums[group]) * worth.size + scale.options[group, place]
        tables.append(np.bincount(at, minlength=scores.size * worth.size).reshape(scores.size, worth.size))
    return item_difference(tables, worth)


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
