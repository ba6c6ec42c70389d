"""Each scale says for the service and each ministry how far its items hang together, and what to do with each item."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.statistics.agreement import intraclass
from flows.statistics.reliability import Reliability, reliability

WAVE = ("instrument_id", "instrument_version", "wave_id", "index_id")
GROUP = (*WAVE, "scope_id")
SERVICE = "UZ"
FEWEST = 100  # domain/hrm.md 2.3: reliability is published from a hundred complete answers on

WEAK_ITEM_REST = 0.30  # domain/hrm.md 2.3: below it an item is looked at, below 0 its reversal is
IDLE_ITEM_REST = 0.20
GAIN_WITHOUT = 0.02
BLANK_SHARE = 0.20

FIGURES = ("alpha", "alpha_standardised", "omega", "variance_extracted", "icc1", "icc2")
ITEM_FIGURES = ("blank_share", "item_rest", "loading", "alpha_without")
SCHEMA = {
    **dict.fromkeys((*GROUP, "item_id"), pl.String),
    "respondents": pl.Int64,
    "n": pl.Int64,
    "items": pl.Int64,
    "groups": pl.Int64,
    **dict.fromkeys((*FIGURES, *ITEM_FIGURES), pl.Float64),
    "verdict": pl.String,
    "reason": pl.String,
}


def scale_figures(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the reliability of each scale with the figures of each of its items.

    Args:
        scores: One row per respondent and item: the columns of `WAVE`, response_key, org_unit_id, ministry_id (null
            where unknown), item_id, item_score (0 to 100, reversed items turned; null where not answered).

    Returns:
        One row per scale, wave, scope (the service or a ministry) and item. All figures are null below a hundred
        complete answers; loadings and omega for fewer than three items.
    """
    service = scores.with_columns(scope_id=pl.lit(SERVICE))
    ministries = scores.filter(pl.col("ministry_id").is_not_null()).with_columns(scope_id=pl.col("ministry_id"))
    placed = pl.concat([service, ministries]).sort(*GROUP, "response_key", "item_id")
    rows = [row for key, part in placed.group_by(*GROUP, maintain_order=True) for row in _rows(key, part)]
    return pl.DataFrame(rows, schema=SCHEMA)


def _rows(key: tuple[object, ...], scores: pl.DataFrame) -> Iterator[dict[str, object]]:
    wide = scores.pivot("item_id", index=["response_key", "org_unit_id"], values="item_score", sort_columns=True)
    names = wide.columns[2:]
    answers = wide.select(names).cast(pl.Float64).to_numpy()
    found = reliability(answers)
    scale = dict(zip(GROUP, key, strict=True)) | _scale(answers, wide["org_unit_id"].to_list(), found)
    for position, name in enumerate(names):
        yield scale | {"item_id": name} | _item(answers, found, position)


def _scale(answers: NDArray[np.float64], units: list[str], found: Reliability) -> dict[str, object]:
    means = _person_means(answers)
    between = intraclass(means, [unit or "" for unit in units])
    figures = {
        "alpha": found.alpha,
        "alpha_standardised": found.alpha_standardised,
        "omega": found.omega,
        "variance_extracted": found.variance_extracted,
        "icc1": between.icc1,
        "icc2": between.icc2,
    }
    sizes = {"respondents": len(answers), "n": found.n, "items": found.items, "groups": between.groups}
    return sizes | {name: _shown(value, found.n) for name, value in figures.items()}


def _person_means(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each person who answered all items; NaN for the others."""
    return answers.mean(axis=1) if answers.size else np.full(len(answers), np.nan)


def _item(answers: NDArray[np.float64], found: Reliability, position: int) -> dict[str, object]:
    blank = float(np.isnan(answers[:, position]).mean())
    rest, without = found.item_rest[position], found.alpha_without[position]
    figures = {
        "blank_share": blank,
        "item_rest": rest,
        "loading": found.loadings[position],
        "alpha_without": without,
    }
    said = verdict(rest, without - found.alpha, blank) if found.n >= FEWEST else ("", "")
    return {name: _shown(value, found.n) for name, value in figures.items()} | {
        "verdict": said[0] or None,
        "reason": said[1] or None,
    }


def verdict(item_rest: float, gain: float, blank_share: float) -> tuple[str, str]:
    """Say what to do with an item and why.

    Args:
        item_rest: Correlation with the sum of the other items.
        gain: What alpha gains when the item is left out.
        blank_share: Share of respondents who left it blank.

    Returns:
        `keep`, `mend` or `drop` with the reason: `negative` (check its reversal), `idle` (hardly belongs to the
        scale and costs reliability), `weak`, `blank`, `fits`, or `undefined` where everybody answers alike.
    """
    if np.isnan(item_rest):
        return "mend", "undefined"
    if item_rest < 0:
        return "mend", "negative"
    if item_rest < IDLE_ITEM_REST and gain > GAIN_WITHOUT:
        return "drop", "idle"
    if item_rest < WEAK_ITEM_REST:
        return "mend", "weak"
    if blank_share > BLANK_SHARE:
        return "mend", "blank"
    return "keep", "fits"


def _shown(value: float, n: int) -> float | None:
    return None if n < FEWEST or np.isnan(value) else float(value)
