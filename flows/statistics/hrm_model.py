"""Scores of the HRM model follow from figures, goalposts, weights and gates (domain/hrm.md 3.2 and 3.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import exp, log, sqrt
from typing import Any

from flows.statistics.goalposts import Goalposts, read_goalposts

PARTS = ("administrative", "survey", "checklist")
EVIDENCE_MIN = 0.6  # share of the weight of a domain that must be there (3.2, rule 1)
KINDS_MIN = 2  # kinds of evidence that must be there
UNRATED_MAX = 2  # domains that may be missing from an overall score (rule 4)
UNBALANCED_POINTS = 5  # arithmetic less geometric mean from which a ministry is unbalanced
Z95 = 1.959963984540054
FLOOR = 1.0  # least score of a domain in the geometric mean, whose logarithm 0 has none
DIGITS = 1  # digits after the point of a score: finer ones would tell the figure behind it


@dataclass(frozen=True)
class Input:
    """One thing that a domain is judged by."""

    input_id: str
    domain_id: str
    part: str
    weight: float
    goalposts: Goalposts


@dataclass(frozen=True)
class Gate:
    """What a domain must have reached for a level, whatever its score."""

    domain_id: str
    level: int
    input_id: str
    comparison: str
    threshold: float

    def is_met(self, figure: "Figure | None") -> bool:
        """Return whether a figure passes; one that is not there does not.

        Of a share withheld because it counts a few persons it is known to all that it is under the least count shown
        by its base, so a gate that asks for less than a threshold may be passed by that bound.
        """
        if figure is None:
            return False
        if self.comparison == "at_least":
            return figure.value is not None and figure.value >= self.threshold
        most = figure.bound_high if figure.value is None else figure.value
        return most is not None and most <= self.threshold


@dataclass(frozen=True)
class Model:
    """Everything that turns figures into scores.

    Attributes:
        domains: Domain -> weight.
        part_weights: Kind of evidence -> its weight within a domain, of 100.
        levels: (level, score from which on it is reached), ascending.
        quality: (indicator of data quality, whether it counts errors).
    """

    inputs: tuple[Input, ...]
    domains: Mapping[str, float]
    part_weights: Mapping[str, float]
    gates: tuple[Gate, ...]
    levels: tuple[tuple[int, float], ...]
    quality: tuple[tuple[str, bool], ...] = ()
    version: int = 1


@dataclass(frozen=True)
class Figure:
    """What an input is known to be; a figure that few persons stand behind has no value, and perhaps a bound."""

    value: float | None
    standard_error: float | None = None
    least_n: int = 0
    bound_high: float | None = None


@dataclass(frozen=True)
class Score:
    """A score of an input, of a domain (`input_id` is all) or overall (`domain_id` is all)."""

    row_kind: str
    domain_id: str
    input_id: str
    part: str
    state: str
    weight: float
    score: float | None = None
    geometric_score: float | None = None
    standard_error: float | None = None
    level: int | None = None
    level_by_score: int | None = None
    capped_by: str = ""
    evidence_share: float = 0.0
    least_n: int = 0
    quality: float | None = field(default=None)


Figures = Mapping[str, Figure]


def scores_of(model: Model, figures: Figures) -> list[Score]:
    """Return all scores of one organisation and assessment: inputs, domains, overall."""
    quality = data_quality(model, figures)
    weights = _weights(model)
    inputs = [_input_score(model, one, figures.get(one.input_id), quality, weights) for one in model.inputs]
    domains = [
        _domain_score(model, domain, [one for one in inputs if one.domain_id == domain], figures, quality)
        for domain in model.domains
    ]
    return [*inputs, *domains, _overall(model, domains, quality)]


def data_quality(model: Model, figures: Figures) -> float | None:
    """Return the factor q of the administrative figures, 0 to 1: the mean of what their quality indicators say."""
    known = [(figures[name].value, is_error) for name, is_error in model.quality if name in figures]
    shares = [1 - value if is_error else value for value, is_error in known if value is not None]
    return min(1.0, max(0.0, sum(shares) / len(shares))) if shares else None


def level_of(model: Model, score: float) -> int:
    """Return the level that a score reaches."""
    return max(level for level, start in model.levels if score >= start)


def interval(score: float, standard_error: float) -> tuple[float, float]:
    """Return the 95 % interval of a score, within 0 and 100."""
    return max(0.0, score - Z95 * standard_error), min(100.0, score + Z95 * standard_error)


def _input_score(
    model: Model, one: Input, figure: Figure | None, quality: float | None, weights: Mapping[str, float]
) -> Score:
    """Score an input, with its standard error by the kind of evidence."""
    blank = Score("input", one.domain_id, one.input_id, one.part, "missing", weights[one.input_id])
    if figure is None:
        return blank
    if figure.value is None:
        return replace(blank, state="withheld")
    score = one.goalposts.score(figure.value)
    level = level_of(model, score)
    return replace(
        blank,
        state="rated",
        score=score,
        standard_error=_input_error(one, figure, quality),
        level=level,
        level_by_score=level,
        evidence_share=1.0,
        least_n=figure.least_n,
        quality=quality if one.part == "administrative" else None,
    )


def _input_error(one: Input, figure: Figure, quality: float | None) -> float:
    """Return the standard error of a score.

    Of surveys that of sampling. Of records a share of 1 - q may say anything, so 100 (1 - q) / √12; of documents the
    truth lies anywhere within half a step of no, partly and yes: the error of a uniform distribution, step / √12.
    """
    if one.part == "administrative":
        return 100 * (1 - _known(quality)) / sqrt(12)
    if one.part == "checklist":
        return one.goalposts.step / sqrt(12)
    return one.goalposts.error(figure.value or 0.0, figure.standard_error or 0.0)


def _weights(model: Model) -> dict[str, float]:
    """Return the weight of each input within its domain, of 100: inputs of one part share the weight of the part."""
    sums: dict[tuple[str, str], float] = {}
    for one in model.inputs:
        sums[one.domain_id, one.part] = sums.get((one.domain_id, one.part), 0.0) + one.weight
    return {
        one.input_id: model.part_weights[one.part] * one.weight / sums[one.domain_id, one.part] for one in model.inputs
    }


def _domain_score(model: Model, domain: str, inputs: Sequence[Score], figures: Figures, quality: float | None) -> Score:
    """Score a domain where enough is known of it; its level is capped by the lowest gate that it does not pass."""
    rated = [one for one in inputs if one.score is not None]
    share = sum(one.weight for one in rated) / sum(model.part_weights.values())
    blank = Score("domain", domain, "all", "all", "not_rated", model.domains[domain], evidence_share=share)
    if share < EVIDENCE_MIN - 1e-9 or len({one.part for one in rated}) < KINDS_MIN:
        return blank
    weights = [one.weight * _trust(one, quality) for one in rated]
    score, error = _mean(rated, weights), _mean_error(rated, weights)
    reached = level_of(model, score)
    failed = [gate for gate in model.gates if gate.domain_id == domain and gate.level <= reached]
    failed = [gate for gate in failed if not gate.is_met(figures.get(gate.input_id))]
    return replace(
        blank,
        state="rated",
        score=score,
        standard_error=error,
        level=min([reached, *(gate.level - 1 for gate in failed)]),
        level_by_score=reached,
        capped_by=" ".join(sorted({gate.input_id for gate in failed})),
        least_n=least_base([one.least_n for one in rated]),
        quality=quality,
    )


def _overall(model: Model, domains: Sequence[Score], quality: float | None) -> Score:
    rated = [one for one in domains if one.score is not None]
    share = sum(one.weight for one in rated) / sum(model.domains.values())
    blank = Score("overall", "all", "all", "all", "not_rated", 100.0, evidence_share=share)
    if len(domains) - len(rated) > UNRATED_MAX or not rated:
        return blank
    weights = [one.weight for one in rated]
    score, level = _mean(rated, weights), 0
    level = level_of(model, score)
    logs = sum(weight * log(max(FLOOR, one.score or 0.0)) for one, weight in zip(rated, weights, strict=True))
    return replace(
        blank,
        state="rated",
        score=score,
        geometric_score=exp(logs / sum(weights)),
        standard_error=_mean_error(rated, weights),
        level=level,
        level_by_score=level,
        least_n=least_base([one.least_n for one in rated]),
        quality=quality,
    )


def _mean(rated: Sequence[Score], weights: Sequence[float]) -> float:
    return sum(w * (one.score or 0.0) for one, w in zip(rated, weights, strict=True)) / sum(weights)


def _mean_error(rated: Sequence[Score], weights: Sequence[float]) -> float:
    """Return the error of a mean as if all its errors went the same way: never too small."""
    return sum(w * (one.standard_error or 0.0) for one, w in zip(rated, weights, strict=True)) / sum(weights)


def least_base(sizes: Sequence[int]) -> int:
    """Return the fewest persons behind any figure; figures about documents, with nobody behind them, do not count."""
    return min((size for size in sizes if size > 0), default=0)


def _trust(one: Score, quality: float | None) -> float:
    """Return the multiplier of a weight, 2/3 + q/3 for administrative figures (after InCiSE 2019)."""
    return 2 / 3 + _known(quality) / 3 if one.part == "administrative" else 1.0


def _known(quality: float | None) -> float:
    """Take records whose quality nobody measured as half right."""
    return 0.5 if quality is None else quality


Row = Mapping[str, Any]


def models_of(seeds: Mapping[str, Sequence[Row]]) -> list[Model]:
    """Return a model for each version of the goalposts; an input takes its newest goalposts up to that version.

    Args:
        seeds: Name of the seed -> its rows: model_inputs, model_goalposts, model_domains, model_gates, model_levels,
            model_quality, parameters.
    """
    parameters = {row["parameter"]: row["value"] for row in seeds["parameters"]}
    versions = sorted({int(row["goalpost_version"]) for row in seeds["model_goalposts"]})
    gates = [
        Gate(r["domain_id"], int(r["level"]), r["input_id"], r["comparison"], float(r["threshold"]))
        for r in seeds["model_gates"]
    ]
    domains = sorted(seeds["model_domains"], key=lambda row: int(row["position"]))
    return [
        Model(
            inputs=tuple(_inputs(seeds, version)),
            domains={row["domain_id"]: float(row["weight"]) for row in domains},
            part_weights={part: float(parameters[f"model_weight_{part}"]) for part in PARTS},
            gates=tuple(sorted(gates, key=lambda gate: (gate.domain_id, gate.level, gate.input_id))),
            levels=tuple(sorted((int(row["level"]), float(row["score_from"])) for row in seeds["model_levels"])),
            quality=tuple(sorted((row["indicator_id"], bool(row["is_error_share"])) for row in seeds["model_quality"])),
            version=version,
        )
        for version in versions
    ]


def _inputs(seeds: Mapping[str, Sequence[Row]], version: int) -> list[Input]:
    rows = sorted(seeds["model_goalposts"], key=lambda row: int(row["goalpost_version"]))
    newest = {row["input_id"]: row for row in rows if int(row["goalpost_version"]) <= version}
    return [
        Input(
            row["input_id"],
            row["domain_id"],
            row["part"],
            float(row["weight"]),
            read_goalposts(newest[row["input_id"]]["points"], newest[row["input_id"]]["scale"]),
        )
        for row in sorted(seeds["model_inputs"], key=lambda row: row["input_id"])
        if row["input_id"] in newest
    ]


def figures_by_scope(rows: Sequence[Row], inputs: Sequence[Row]) -> dict[tuple[str, date], dict[str, Figure]]:
    """Return the figures of each organisation and assessment by input; gates and quality may name any other measure.

    Args:
        rows: Rows of `int_model__figures`.
        inputs: Rows of the seed model_inputs, which say what an input is measured by.
    """
    named = {(r["measure_id"], r["instrument_id"] or "", r["score_family"] or ""): r["input_id"] for r in inputs}
    found: dict[tuple[str, date], dict[str, Figure]] = {}
    for row in rows:
        if row["subject"] != "all":
            continue
        key = (row["measure_id"], row["instrument_id"] or "", row["score_family"] or "")
        scope = found.setdefault((row["org_unit_id"], row["assessed_on"]), {})
        is_plain = row["source_table"] in ("hrm_indicators", "survey_indices")
        if name := named.get(key) or (row["measure_id"] if is_plain else ""):
            scope[name] = Figure(row["value"], row["standard_error"], int(row["least_n"] or 0), row["bound_high"])
    return found
