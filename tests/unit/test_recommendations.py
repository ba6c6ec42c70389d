"""Rules speak where their conditions hold, say how sure they are, and what became of them a wave later."""

import math
from datetime import date
from typing import Any

import polars as pl
import pytest

from flows.statistics.recommendations import Condition, Rule, judge, recommend, recommendation_rows, rules_of
from tests.unit.test_hrm_model import SEEDS, rows

MODEL = SEEDS / "model"
FIRST, SECOND = date(2025, 12, 31), date(2026, 9, 30)


def figure(value: float | None, day: date = SECOND, measure: str = "vacancy_rate", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"org_unit_id": "MOA", "assessed_on": day, "subject": "all", "measure_id": measure}
    row |= {"value": value, "ci_low": None, "ci_high": None, "unit": "share", "source_table": "hrm_indicators"}
    row |= {"evidence_level": "B", "period_start": FIRST, "period_end": day, "least_n": 40}
    return row | more


def rule(name: str = "r1", *, action: str = "fill", conflicts: tuple[str, ...] = (), above: float = 0.1) -> Rule:
    return Rule(name, action, 3, 2, conflicts, (Condition("vacancy_rate", "above", above),))


@pytest.mark.parametrize(("value", "verdict"), [(0.1, "does_not_hold"), (0.1001, "holds"), (None, "unknown")])
def test_a_condition_holds_beyond_its_threshold_and_not_at_it(value: float | None, verdict: str) -> None:
    assert judge(rule(), {"vacancy_rate": figure(value)}, ("MOA", SECOND, "all")).verdict == verdict


def test_below_is_the_mirror_of_above() -> None:
    below = Condition("x", "below", 0.5)
    assert below.holds(0.4999)
    assert not below.holds(0.5)


RULES = rules_of(rows(MODEL / "recommendation_rules.csv"), rows(MODEL / "recommendation_conditions.csv"))


def beyond(condition: Condition) -> float:
    """The next number beyond a threshold."""
    return math.nextafter(condition.threshold, math.inf if condition.comparison == "above" else -math.inf)


@pytest.mark.parametrize("own", RULES, ids=lambda own: own.rule_id)
def test_each_rule_of_the_seed_speaks_beyond_all_its_thresholds_and_at_none(own: Rule) -> None:
    scope = ("MOA", SECOND, "all")
    all_beyond = {c.measure_id: figure(beyond(c), measure=c.measure_id) for c in own.conditions}
    assert judge(own, all_beyond, scope).verdict == "holds"
    for condition in own.conditions:
        at = {condition.measure_id: figure(condition.threshold, measure=condition.measure_id)}
        assert judge(own, all_beyond | at, scope).verdict == "does_not_hold"
        gone = {condition.measure_id: figure(None, measure=condition.measure_id)}
        assert judge(own, all_beyond | gone, scope).verdict == "unknown"


def test_the_rules_of_the_seed_name_their_rivals_and_every_measure_of_an_effect_is_told_by_a_scenario() -> None:
    names = {own.rule_id for own in RULES}
    assert all(set(own.conflicts_with) <= names for own in RULES)
    told = {row["measure_id"] for row in rows(SEEDS / "processes" / "scenario_measures.csv")}
    assert {row["effect_measure"] for row in rows(MODEL / "recommendation_rules.csv")} - {""} <= told


def test_states_run_over_three_assessments() -> None:
    third = date(2027, 9, 30)
    cases = recommend([figure(0.2, FIRST), figure(0.05), figure(0.3, third)], [rule()])
    assert [(case.assessed_on, case.state) for case in cases] == [(FIRST, "new"), (SECOND, "solved"), (third, "new")]
    cases = recommend([figure(0.2, FIRST), figure(None), figure(0.05, third)], [rule()])
    assert [(case.assessed_on, case.state) for case in cases] == [(FIRST, "new"), (SECOND, "unknown")]


def test_a_rule_with_no_evidence_says_nothing() -> None:
    assert recommend([figure(None)], [rule()]) == []
    assert recommend([figure(0.9, measure="other")], [rule()]) == []
    assert rules_of([{"rule_id": "r", "action_id": "a", "effect": 1, "effort": 1, "conflicts_with": ""}], []) == []


def test_priority_is_effect_by_effort_by_strength_and_confidence() -> None:
    (case,) = recommend([figure(0.125)], [rule()])
    # a quarter beyond the threshold is half of what counts: 3 / 2 * (0.5 + 0.5 * 0.5) * 1.0
    assert (case.priority, case.confidence, case.place) == (1.125, "high", 1)


@pytest.mark.parametrize(
    ("more", "confidence"),
    [
        ({"value": 0.105}, "medium"),
        ({"value": 0.2, "ci_low": 0.11, "ci_high": 0.3}, "high"),
        ({"value": 0.2, "ci_low": 0.09, "ci_high": 0.3}, "low"),
        ({"value": 0.2, "evidence_level": "D"}, "low"),
    ],
)
def test_confidence_follows_from_interval_margin_and_evidence(more: dict[str, Any], confidence: str) -> None:
    (case,) = recommend([figure(None) | more], [rule()])
    assert case.confidence == confidence


@pytest.mark.parametrize(
    ("before", "now", "state"),
    [(0.2, 0.2, "continuing"), (0.05, 0.2, "new"), (None, 0.2, "new"), (0.2, 0.05, "solved"), (0.2, None, "unknown")],
)
def test_a_state_compares_two_waves(before: float | None, now: float | None, state: str) -> None:
    cases = recommend([figure(before, FIRST), figure(now)], [rule()])
    assert [case.state for case in cases if case.assessed_on == SECOND] == [state]


def test_of_two_rules_for_one_action_the_stronger_speaks() -> None:
    cases = recommend([figure(0.2)], [rule("r1", above=0.18), rule("r2", above=0.1)])
    assert [case.rule.rule_id for case in cases] == ["r2"]


def test_conflicts_are_shown_on_both_sides() -> None:
    cases = recommend([figure(0.2)], [rule("r1", action="a", conflicts=("r2",)), rule("r2", action="b")])
    assert {case.rule.rule_id: case.conflicts for case in cases} == {"r1": ("r2",), "r2": ("r1",)}


def test_the_same_figures_in_another_order_give_the_same_rows() -> None:
    rules = pl.DataFrame(
        {
            "rule_id": ["r1", "r2"],
            "action_id": ["a", "b"],
            "effect": [3, 1],
            "effort": [1, 1],
            "conflicts_with": ["", ""],
        }
    )
    conditions = pl.DataFrame(
        {
            "rule_id": ["r1", "r2"],
            "measure_id": ["vacancy_rate", "other"],
            "comparison": ["above", "below"],
            "threshold": [0.1, 0.5],
        }
    )
    known = [figure(0.2, FIRST), figure(0.3), figure(0.1, measure="other"), figure(0.4, FIRST, "other")]
    one = recommendation_rows(pl.DataFrame(known), rules, conditions)
    other = recommendation_rows(pl.DataFrame(known[::-1]), rules[::-1], conditions[::-1])
    assert one.equals(other)
    assert one.height == 4
