"""What the scores of the HRM model hang on, whether its parts agree, and what two assessments say of each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from flows.statistics.hrm_model import Model, Score, figures_by_scope, models_of, scores_of
from flows.statistics.known_groups import Z_MIN, known_groups
from flows.statistics.model_waves import World, clear_changes, domain_pairs, evidence_effects

SHIFT = 0.2  # of a weight
GOALPOST_SHIFT = 0.1  # of all values of the goalposts
POINTS_MAX = 5.0  # a change of the overall score up to which a result held
CASES_MIN = 10  # organisations, or pairs of parts, from which on agreement and consistency are judged
ALPHA_MIN, AGREEMENT_MIN = 0.6, 0.3
STABILITY_MIN = 0.5  # rank correlation of the domains of two assessments
EVIDENCE_MONTHS = 12
FEW_SAY_NOTHING = ("consistency", "agreement", "known_groups", "waves_order")
SCHEMA: dict[str, Any] = {
    "assessed_on": pl.Date,
    "goalpost_version": pl.Int32,
    "test_id": pl.String,
    "subject": pl.String,
    "statistic": pl.String,
    "value": pl.Float64,
    "threshold": pl.Float64,
    "verdict": pl.String,
    "n": pl.Int64,
    "unrated": pl.Int64,
}
Row = Mapping[str, Any]


def model_tests(figures: pl.DataFrame, organisations: Sequence[str], seeds: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row per assessment, version of the goalposts, test and subject.

    Args:
        figures: Rows of `int_model__figures`.
        organisations: Ministries.
        seeds: See `models_of`; known_groups; and of the units below ministries `estimates`, rows of survey_estimates,
            and `splits`: org_unit_id, indicator_id, period_end, value.
    """
    rows = {name: frame.to_dicts() for name, frame in seeds.items()}
    known = figures_by_scope(figures.to_dicts(), rows["model_inputs"])
    days = sorted({day for _, day in known})
    worlds: dict[date, World] = {day: {one: known.get((one, day), {}) for one in sorted(organisations)} for day in days}
    groups = {day: list(_known_groups(rows, day)) for day in days}
    found: list[dict[str, Any]] = []
    for model in models_of(rows):
        for before, day in zip([None, *days], days, strict=False):
            tests = [*_of_one(model, worlds[day]), *groups[day]]
            tests += _waves(model, worlds[before], worlds[day]) if before else []
            found += [_dated(row, model, day) for row in tests]
    return pl.DataFrame(found, schema=SCHEMA)


def _of_one(model: Model, world: World) -> Iterator[dict[str, Any]]:
    yield from _sensitivity(model, world)
    yield from _consistency(model, world)
    yield from _agreement(model, world)


def variants(model: Model) -> Iterator[tuple[str, str, Model]]:
    """Return the model with equal weights, each weight a fifth up or down, other goalposts, and without each input."""
    yield "weights_equal", "all", replace(model, domains=dict.fromkeys(model.domains, 1.0))
    for name, share in (("weight_up", 1 + SHIFT), ("weight_down", 1 - SHIFT)):
        for domain in model.domains:
            yield name, domain, replace(model, domains={**model.domains, domain: model.domains[domain] * share})
        for part in model.part_weights:
            moved = {**model.part_weights, part: model.part_weights[part] * share}
            yield name, part, replace(model, part_weights=moved)
    for name, share in (("goalposts_out", GOALPOST_SHIFT), ("goalposts_in", -GOALPOST_SHIFT)):
        yield (
            name,
            "all",
            replace(model, inputs=tuple(replace(o, goalposts=o.goalposts.moved(share)) for o in model.inputs)),
        )
    for left_out in model.inputs:
        yield "left_out", left_out.input_id, replace(model, inputs=tuple(o for o in model.inputs if o is not left_out))


def _sensitivity(model: Model, world: World) -> Iterator[dict[str, Any]]:
    """Compare the overall scores of each variant with those of the model."""
    base = {one: _overall(scores_of(model, figures)) for one, figures in world.items()}
    rated = {one: score for one, score in base.items() if score.score is not None}
    for test, subject, variant in variants(model):
        pairs = [(before, _overall(scores_of(variant, world[one]))) for one, before in rated.items()]
        moves = [abs((a.score or 0.0) - (b.score or 0.0)) for b, a in pairs if a.score is not None]
        lost = len(pairs) - len(moves)
        value = max(moves, default=None)
        held = value is not None and value <= POINTS_MAX and not lost
        row = _row((test, subject, "greatest_change_points"), value, POINTS_MAX, len(pairs), held=held)
        yield row | {"unrated": lost}


def _consistency(model: Model, world: World) -> Iterator[dict[str, Any]]:
    """Return Cronbach's alpha of the inputs of each domain over ministries, of those that every one has."""
    scores = [scores_of(model, figures) for figures in world.values()]
    for domain in model.domains:
        table = [
            {
                s.input_id: s.score
                for s in own
                if s.row_kind == "input" and s.domain_id == domain and s.score is not None
            }
            for own in scores
        ]
        shared = sorted(set.intersection(*map(set, table))) if table else []
        value = alpha(np.array([[own[name] for name in shared] for own in table])) if len(shared) > 1 else None
        held = value is not None and value >= ALPHA_MIN
        yield _row(("consistency", domain, "cronbach_alpha"), value, ALPHA_MIN, len(table), held=held)


def _agreement(model: Model, world: World) -> Iterator[dict[str, Any]]:
    """Return the rank correlation of two kinds of evidence over ministries and domains."""
    scores = [scores_of(model, figures) for figures in world.values()]
    for one, other in combinations(model.part_weights, 2):
        pairs = [(_part(own, d, one), _part(own, d, other)) for own in scores for d in model.domains]
        both = [(a, b) for a, b in pairs if a is not None and b is not None]
        value = rank_correlation([a for a, _ in both], [b for _, b in both])
        held = value is not None and value >= AGREEMENT_MIN
        yield _row(("agreement", f"{one} {other}", "spearman"), value, AGREEMENT_MIN, len(both), held=held)


def _waves(model: Model, before: World, now: World) -> Iterator[dict[str, Any]]:
    """Compare two assessments: do domains keep their order, how many moved clearly, how much is new evidence alone."""
    pairs = domain_pairs(model, before, now)
    order = rank_correlation([one.score or 0.0 for one, _ in pairs], [other.score or 0.0 for _, other in pairs])
    held = order is not None and order >= STABILITY_MIN
    yield _row(("waves_order", "all", "spearman"), order, STABILITY_MIN, len(pairs), held=held)
    clear = clear_changes(pairs) / len(pairs) if pairs else None
    yield _row(("waves_change", "all", "clear_change_share"), clear, None, len(pairs), held=True)
    effects = evidence_effects(model, before, now)
    most = max(map(abs, effects), default=None)
    held = most is not None and most <= POINTS_MAX
    yield _row(("waves_evidence", "all", "greatest_change_points"), most, POINTS_MAX, len(effects), held=held)


def _known_groups(rows: Mapping[str, Sequence[Row]], day: date) -> Iterator[dict[str, Any]]:
    """Hold the known groups against the figures that speak for an assessment, the newest of each unit."""
    estimates = _newest(rows["estimates"], ("measure_id", "org_unit_id", "dimension_1", "category_1"), day)
    splits = _newest(rows["splits"], ("indicator_id", "org_unit_id"), day)
    groups = sorted(rows["known_groups"], key=lambda row: row["group_id"])
    for one in known_groups(groups, estimates, splits, day):
        value = one["value"]
        held = value is not None and value >= Z_MIN
        yield _row(("known_groups", one["group_id"], "separation_z"), value, Z_MIN, one["n"], held=held)


def _newest(rows: Sequence[Row], key: Sequence[str], day: date) -> list[Row]:
    """Return of each name the newest row up to a day, not older than an assessment allows."""
    oldest = day.year * 12 + day.month - EVIDENCE_MONTHS
    found: dict[tuple[Any, ...], Row] = {}
    for row in sorted(rows, key=lambda row: row["period_end"]):
        end = row["period_end"]
        if end <= day and end.year * 12 + end.month >= oldest:
            found[tuple(row[name] for name in key)] = row
    return list(found.values())


def alpha(table: np.ndarray) -> float | None:
    """Return Cronbach's alpha of a table of cases by items; none where all cases are alike (hrm.md 2.3)."""
    items = table.shape[1]
    if table.shape[0] < 2 or items < 2:  # noqa: PLR2004 - a variance needs two cases, alpha two items
        return None
    total = float(table.sum(axis=1).var(ddof=1))
    if total <= 0:
        return None
    return items / (items - 1) * (1 - float(table.var(axis=0, ddof=1).sum()) / total)


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Spearman's correlation with mean ranks for ties; none where a side does not vary."""
    if len(one) < 3 or len(set(one)) < 2 or len(set(other)) < 2:  # noqa: PLR2004 - two points are always in line
        return None
    ranks = [pl.Series(side).rank("average").to_numpy() for side in (one, other)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _part(scores: Sequence[Score], domain: str, part: str) -> float | None:
    own = [s for s in scores if (s.row_kind, s.domain_id, s.part) == ("input", domain, part) and s.score is not None]
    total = sum(s.weight for s in own)
    return sum(s.weight * (s.score or 0.0) for s in own) / total if total else None


def _overall(scores: Sequence[Score]) -> Score:
    return scores[-1]


def _row(
    names: tuple[str, str, str], value: float | None, threshold: float | None, n: int, *, held: bool
) -> dict[str, Any]:
    """Give a verdict; of few cases some statistics say nothing, so neither number nor verdict is given."""
    test, subject, statistic = names
    if test in FEW_SAY_NOTHING and n < CASES_MIN:
        value = None
    verdict = (
        "not_judged" if value is None or not n else "told" if threshold is None else "held" if held else "not_held"
    )
    return {
        "test_id": test,
        "subject": subject,
        "statistic": statistic,
        "value": None if value is None else round(value, 3),
        "threshold": threshold,
        "verdict": "not_judged" if value is None or not n else verdict,
        "n": n,
        "unrated": 0,
    }


def _dated(row: dict[str, Any], model: Model, day: date) -> dict[str, Any]:
    return row | {"assessed_on": day, "goalpost_version": model.version}
