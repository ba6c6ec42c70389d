"""Frames of figures and seeds become the rows of model_scores."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from flows.statistics.hrm_model import DIGITS, Model, Score, figures_by_scope, interval, level_of, models_of, scores_of

SCHEMA: dict[str, Any] = {
    "assessed_on": pl.Date,
    "org_unit_id": pl.String,
    "goalpost_version": pl.Int32,
    "row_kind": pl.String,
    "domain_id": pl.String,
    "input_id": pl.String,
    "part": pl.String,
    "state": pl.String,
    "weight": pl.Float64,
    "score": pl.Float64,
    "geometric_score": pl.Float64,
    "standard_error": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "level": pl.Int32,
    "level_low": pl.Int32,
    "level_high": pl.Int32,
    "level_by_score": pl.Int32,
    "capped_by": pl.String,
    "evidence_share": pl.Float64,
    "quality": pl.Float64,
    "least_n": pl.Int64,
}
ROUNDED = ("score", "geometric_score", "standard_error", "ci_low", "ci_high")


def model_scores(
    figures: pl.DataFrame, organisations: Sequence[str], seeds: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Score every organisation at every assessment by every version of the goalposts.

    Args:
        figures: Rows of `int_model__figures`.
        organisations: Ministries; one without any figure is not rated, and never poor.
        seeds: Name of the seed -> frame; see `models_of`.

    Returns:
        One row per organisation, assessment, version and input, domain or overall score.
    """
    rows = {name: frame.to_dicts() for name, frame in seeds.items()}
    known = figures_by_scope(figures.to_dicts(), rows["model_inputs"])
    days = sorted({day for _, day in known})
    found = [
        _row(model, score) | {"org_unit_id": organisation, "assessed_on": day}
        for model in models_of(rows)
        for organisation in sorted(organisations)
        for day in days
        for score in scores_of(model, known.get((organisation, day), {}))
    ]
    return pl.DataFrame(found, schema=SCHEMA)


def _row(model: Model, score: Score) -> dict[str, Any]:
    """Round what is shown; levels follow from the exact score, and a gate that is not passed holds all three."""
    row: dict[str, Any] = asdict(score) | {"goalpost_version": model.version}
    ceiling = row.pop("ceiling") or model.levels[-1][0]
    row |= {"ci_low": None, "ci_high": None, "level_low": None, "level_high": None}
    if score.score is not None:
        low, high = interval(score.score, score.standard_error or 0.0)
        row |= {"ci_low": low, "ci_high": high}
        row |= {"level_low": min(level_of(model, low), ceiling), "level_high": min(level_of(model, high), ceiling)}
    row |= {name: round(row[name], DIGITS) for name in ROUNDED if row[name] is not None}
    return row
