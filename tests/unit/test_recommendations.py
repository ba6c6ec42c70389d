"""Rules speak where their conditions hold, say how sure they are, and what became of them a wave later."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from flows.statistics.recommendations import Condition, Rule, judge, recommend, recommendation_rows, rules_of

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
    rows = [figure(0.2, FIRST), figure(0.3), figure(0.1, measure="other"), figure(0.4, FIRST, "other")]
    one = recommendation_rows(pl.DataFrame(rows), rules, conditions)
    other = recommendation_rows(pl.DataFrame(rows[::-1]), rules[::-1], conditions[::-1])
    assert one.equals(other)
    assert one.height == 4
