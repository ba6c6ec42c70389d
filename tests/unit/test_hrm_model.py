"""Scores of the HRM model by hand: goalposts, gates, weights, evidence, intervals."""

import csv
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.settings import ROOT
from flows.statistics.goalposts import Goalposts, fits_direction, read_goalposts
from flows.statistics.hrm_model import Figure, Gate, Input, Model, Score, interval, level_of, models_of, scores_of

SEEDS = ROOT / "dbt_project" / "seeds"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def seeds_of_the_project() -> dict[str, list[dict[str, Any]]]:
    """The seeds of the model as the warehouse has them: nothing is null, yes and no are truth values."""
    seeds: dict[str, list[dict[str, Any]]] = {path.stem: list(rows(path)) for path in (SEEDS / "model").glob("*.csv")}
    seeds["parameters"] = list(rows(SEEDS / "indicators" / "parameters.csv"))
    for row in seeds["model_quality"]:
        row["is_error_share"] = row["is_error_share"] == "true"
    return seeds


@cache
def model_of_the_project() -> Model:
    (built,) = models_of(seeds_of_the_project())
    return built


def everything(value_of: str) -> dict[str, Figure]:
    """Each figure of the project's model at its worst or at its best goalpost, with records without fault."""
    known = {}
    for one in model_of_the_project().inputs:
        posts = one.goalposts
        place = posts.scores.index(max(posts.scores) if value_of == "best" else min(posts.scores))
        known[one.input_id] = Figure(posts.values[place], least_n=30)
    sure = {name: Figure(0.0 if is_error else 1.0, least_n=30) for name, is_error in model_of_the_project().quality}
    return known | {name: figure for name, figure in sure.items() if name not in known}


GOALPOSTS = {row["input_id"]: row for row in rows(SEEDS / "model" / "model_goalposts.csv")}
LINE = Goalposts((0.0, 1.0), (0.0, 100.0))


def model(gates: tuple[Gate, ...] = (), quality: tuple[tuple[str, bool], ...] = ()) -> Model:
    """Two domains of one administrative figure, one question and one document each; 50, 30 and 20 of 100."""
    parts = {"administrative": "a", "survey": "s", "checklist": "c"}
    inputs = [Input(f"{short}{n}", f"d{n}", part, 1.0, LINE) for n in (1, 2) for part, short in parts.items()]
    return Model(
        inputs=tuple(inputs),
        domains={"d1": 60.0, "d2": 40.0},
        part_weights={"administrative": 50.0, "survey": 30.0, "checklist": 20.0},
        gates=gates,
        levels=((1, 0.0), (2, 25.0), (3, 45.0), (4, 65.0), (5, 85.0)),
        quality=quality,
    )


def figures(**values: float | None) -> dict[str, Figure]:
    return {name: Figure(value, least_n=30) for name, value in values.items()}


def one(scores: list[Score], domain: str) -> Score:
    return next(s for s in scores if s.domain_id == domain and s.row_kind in ("domain", "overall"))


@pytest.mark.parametrize("name", sorted(GOALPOSTS))
def test_each_goalpost_of_the_seed_gives_its_score_and_stays_there_beyond(name: str) -> None:
    posts = read_goalposts(GOALPOSTS[name]["points"], GOALPOSTS[name]["scale"])
    assert [posts.score(value) for value in posts.values] == pytest.approx(posts.scores)
    assert posts.score(posts.values[0] - 1) == posts.scores[0]
    assert posts.score(posts.values[-1] + 1) == posts.scores[-1]
    for value, score, following in zip(posts.values, posts.scores, posts.scores[1:], strict=False):
        after = posts.score(math.nextafter(value, math.inf))
        assert min(score, following) - 1e-6 <= after <= max(score, following) + 1e-6
    assert fits_direction(posts, GOALPOSTS[name]["direction"])


@given(st.sampled_from(sorted(GOALPOSTS)), st.floats(-1, 300), st.floats(0, 100))
def test_a_better_figure_never_scores_lower_unless_its_goalposts_have_two_sides(
    name: str, value: float, more: float
) -> None:
    row = GOALPOSTS[name]
    posts = read_goalposts(row["points"], row["scale"])
    better = posts.score(value + more) - posts.score(value)
    if row["direction"] != "two_sided":
        assert better >= -1e-9 if row["direction"] == "higher" else better <= 1e-9


def test_between_goalposts_the_score_runs_in_a_straight_line() -> None:
    vacancies = read_goalposts(GOALPOSTS["vacancy_rate"]["points"])
    assert vacancies.score(0.086) == pytest.approx(67.0)  # 50 + 25 * (0.12 - 0.086) / (0.12 - 0.07)
    applicants = read_goalposts(GOALPOSTS["applicants_per_vacancy"]["points"], "log")
    assert applicants.score(32**0.5) == pytest.approx(62.5)  # halfway between 4 and 8 by their ratio


def test_an_error_moves_the_score_by_the_slope_of_its_goalposts() -> None:
    assert LINE.error(0.5, 0.02) == pytest.approx(2.0)
    assert LINE.error(1.5, 0.02) == 0  # beyond the last goalpost nothing moves


@pytest.mark.parametrize("points", ["", "0.1", "0:0 0:100", "1:0 0:100", "0:0 1:120", "a:0 1:100", "0:0:1 1:100"])
def test_goalposts_that_are_none_are_refused(points: str) -> None:
    with pytest.raises(ValueError, match=r"oalposts|Scores"):
        read_goalposts(points)


def test_a_domain_is_the_mean_of_its_inputs_by_weight_and_the_quality_of_the_records() -> None:
    scores = scores_of(model(quality=(("late", True),)), figures(a1=0.4, s1=0.6, c1=1.0, late=0.1))
    late = next(s for s in scores if s.input_id == "a1")
    assert late.standard_error == pytest.approx(100 * 0.1 / math.sqrt(12))  # a tenth of the records may say anything
    paper = next(s for s in scores if s.input_id == "c1")
    assert paper.standard_error == pytest.approx(100 / math.sqrt(12))  # yes or no: a step of 100
    # q = 0.9, so 50 counts 50 * (2/3 + 0.9/3) = 48.333; (48.333 * 40 + 30 * 60 + 20 * 100) / 98.333 = 58.305
    assert one(scores, "d1").score == pytest.approx(5733.3333 / 98.3333, abs=1e-4)
    # the survey has none; 2.886751 of the records and 28.867513 of the documents, as if both went the same way
    expected = (2.886751 * 48.3333 + 28.867513 * 20) / 98.3333
    assert one(scores, "d1").standard_error == pytest.approx(expected, abs=1e-4)


def test_a_domain_is_rated_from_sixty_hundredths_of_its_evidence_and_two_kinds_on() -> None:
    assert one(scores_of(model(), figures(a1=0.4, c1=1.0)), "d1").state == "rated"  # 70 of 100
    assert one(scores_of(model(), figures(s1=0.4, c1=1.0)), "d1").state == "not_rated"  # 50 of 100
    two = model()
    alone = Model(**{**vars(two), "part_weights": {"administrative": 80.0, "survey": 10.0, "checklist": 10.0}})
    assert one(scores_of(alone, figures(a1=0.4)), "d1").state == "not_rated"  # 80 of 100, of one kind only


def test_a_ministry_without_data_is_not_rated_and_never_poor() -> None:
    scores = scores_of(model(), {})
    assert {s.state for s in scores} == {"missing", "not_rated"}
    assert all(s.score is None and s.level is None for s in scores)


def test_a_withheld_figure_is_not_scored_and_counts_as_no_evidence() -> None:
    scores = scores_of(model(), figures(a1=None, s1=0.6, c1=1.0))
    assert next(s for s in scores if s.input_id == "a1").state == "withheld"
    assert one(scores, "d1").state == "not_rated"


@pytest.mark.parametrize(
    ("comparison", "value", "level"),
    [("at_least", 0.8, 4), ("at_least", 0.7999, 2), ("at_most", 0.8, 4), ("at_most", 0.8001, 2), ("at_least", None, 2)],
)
def test_a_gate_is_passed_at_its_threshold_and_holds_the_level_below_it(
    comparison: str, value: float | None, level: int
) -> None:
    gated = model(gates=(Gate("d1", 3, "gate", comparison, 0.8),))
    known = figures(a1=0.7, s1=0.7, c1=0.7, gate=value)
    domain = one(scores_of(gated, known), "d1")
    assert (domain.level, domain.level_by_score) == (level, 4)
    assert domain.capped_by == ("" if level == 4 else "gate")


@pytest.mark.parametrize(("score", "level"), [(0.2499, 1), (0.25, 2), (0.45, 3), (0.65, 4), (0.8499, 4), (0.85, 5)])
def test_levels_begin_at_their_score(score: float, level: int) -> None:
    assert one(scores_of(model(), figures(a1=score, s1=score, c1=score)), "d1").level == level


def test_overall_is_an_arithmetic_and_a_geometric_mean_of_domains() -> None:
    known = figures(a1=0.8, s1=0.8, c1=0.8, a2=0.2, s2=0.2, c2=0.2)
    overall = one(scores_of(model(), known), "all")
    assert overall.score == pytest.approx(56.0)  # 0.6 * 80 + 0.4 * 20
    assert overall.geometric_score == pytest.approx(80**0.6 * 20**0.4)
    assert overall.least_n == 30


def test_an_interval_stays_on_the_scale() -> None:
    assert interval(50, 5) == pytest.approx((40.200, 59.800), abs=1e-3)
    assert interval(99, 5)[1] == 100
    assert interval(1, 5)[0] == 0


GATES = {
    f"{g['domain_id']} {g['level']} {g['input_id']} {g['comparison']}": g
    for g in rows(SEEDS / "model" / "model_gates.csv")
}


@pytest.mark.parametrize("name", sorted(GATES))
def test_each_gate_of_the_seed_is_passed_at_its_threshold_and_not_beyond_it(name: str) -> None:
    row = GATES[name]
    gate = Gate(row["domain_id"], int(row["level"]), row["input_id"], row["comparison"], float(row["threshold"]))
    beyond = -math.inf if gate.comparison == "at_least" else math.inf
    assert gate.is_met(Figure(gate.threshold))
    assert not gate.is_met(Figure(math.nextafter(gate.threshold, beyond)))
    assert not gate.is_met(None)
    assert not gate.is_met(Figure(None))


@pytest.mark.parametrize("name", sorted(GATES))
def test_each_gate_of_the_seed_holds_the_level_of_an_otherwise_perfect_ministry(name: str) -> None:
    row = GATES[name]
    best = everything("best") | {"survey_response_rate": Figure(1.0, least_n=30)}
    domain = one(scores_of(model_of_the_project(), best), row["domain_id"])
    assert domain.capped_by == ""
    held = one(scores_of(model_of_the_project(), best | {row["input_id"]: Figure(None)}), row["domain_id"])
    assert held.level is None or held.level < int(row["level"])
    assert held.level is None or row["input_id"] in held.capped_by.split()


def test_a_gate_is_passed_by_the_bound_of_a_share_withheld_for_few_persons() -> None:
    most = Gate("d1", 3, "orphans", "at_most", 0.05)
    assert most.is_met(Figure(None, bound_high=0.04))  # at most 4 of 100: the reader of a C knows as much
    assert not most.is_met(Figure(None, bound_high=0.06))
    assert not Gate("d1", 3, "x", "at_least", 0.05).is_met(Figure(None, bound_high=0.9))  # a bound is no figure
    assert not most.is_met(Figure(0.06, bound_high=0.01))  # what is known counts


@pytest.mark.parametrize("row", rows(SEEDS / "model" / "model_levels.csv"), ids=lambda row: row["level"])
def test_each_level_of_the_seed_begins_at_its_score(row: dict[str, str]) -> None:
    start = float(row["score_from"])
    assert level_of(model_of_the_project(), start) == int(row["level"])
    if start > 0:
        assert level_of(model_of_the_project(), math.nextafter(start, 0)) == int(row["level"]) - 1


def test_a_ministry_at_all_best_and_at_all_worst_goalposts_has_a_hundred_and_nought() -> None:
    best = one(scores_of(model_of_the_project(), everything("best")), "all")
    worst = one(scores_of(model_of_the_project(), everything("worst")), "all")
    assert best.score == pytest.approx(100)
    assert worst.score == pytest.approx(0, abs=1e-9)


@settings(max_examples=50)
@given(st.sampled_from([i.input_id for i in model_of_the_project().inputs]), st.floats(0, 1), st.floats(0, 1))
def test_a_better_figure_never_lowers_the_score_or_level_of_its_domain(name: str, before: float, more: float) -> None:
    built = model_of_the_project()
    own = next(i for i in built.inputs if i.input_id == name)
    direction = GOALPOSTS[name]["direction"]
    if direction == "two_sided":
        return
    low, high = own.goalposts.values[0], own.goalposts.values[-1]
    values = [low + share * (high - low) for share in (before, before + more * (1 - before))]
    if direction == "lower":
        values.reverse()
    middle = {i.input_id: Figure(i.goalposts.values[1], least_n=30) for i in built.inputs}
    # records without fault, so that a figure which measures them does not move the weights of the others
    sure = {quality: Figure(0.0 if is_error else 1.0) for quality, is_error in built.quality}
    worse, better = (one(scores_of(built, middle | sure | {name: Figure(v)}), own.domain_id) for v in values)
    assert (better.score or 0) >= (worse.score or 0) - 1e-9
    assert (better.level or 0) >= (worse.level or 0)


def test_a_ministry_without_data_is_not_rated_by_the_model_of_the_project() -> None:
    scores = scores_of(model_of_the_project(), {})
    assert {s.state for s in scores} == {"missing", "not_rated"}
    assert all(s.score is None and s.level is None for s in scores)


def test_no_overall_score_where_more_than_two_domains_are_not_rated() -> None:
    built, best = model_of_the_project(), everything("best")
    domain_of = {one.input_id: one.domain_id for one in built.inputs}

    def gone(*domains: str) -> dict[str, Figure]:
        return {name: figure for name, figure in best.items() if domain_of.get(name) not in domains}

    assert one(scores_of(built, gone("d2", "d6")), "all").state == "rated"
    assert one(scores_of(built, gone("d2", "d5", "d6")), "all").state == "not_rated"


def test_the_seeds_make_a_model_whose_weights_add_up() -> None:
    built = model_of_the_project()
    assert sum(built.domains.values()) == 100
    assert sum(built.part_weights.values()) == 100
    assert {gate.domain_id for gate in built.gates} == set(built.domains)
