"""What the scores hang on is tried out: weights, single inputs, groups known to differ, and two assessments."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from flows.statistics.hrm_model import Figure, Model, scores_of
from flows.statistics.known_groups import UNITS_MIN, known_groups, separation
from flows.statistics.model_tests import alpha, model_tests, rank_correlation, variants
from flows.statistics.model_waves import clear_changes, domain_pairs, evidence_effects
from tests.unit.test_hrm_model import figures, model, seeds_of_the_project

DAY = date(2026, 9, 30)
GROUP = {"group_id": "g", "measure_id": "engagement", "split_by": "quits", "expected_sign": -1}


def estimate(unit: str, value: float, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"org_unit_id": unit, "measure_id": "engagement", "dimension_1": "all", "category_1": "all"}
    return row | {"value": value, "standard_error": 1.0, "n": 40, "period_end": DAY} | more


def split(unit: str, value: float) -> dict[str, Any]:
    return {"org_unit_id": unit, "indicator_id": "quits", "value": value, "period_end": DAY}


def test_variants_change_one_thing_each() -> None:
    found = {(name, subject): variant for name, subject, variant in variants(model())}
    assert found["weight_up", "d1"].domains == {"d1": 72.0, "d2": 40.0}
    assert found["weight_down", "survey"].part_weights["survey"] == pytest.approx(24.0)
    assert {one.input_id for one in found["left_out", "a1"].inputs} == {"s1", "c1", "a2", "s2", "c2"}
    assert found["goalposts_out", "all"].inputs[0].goalposts.values == pytest.approx((0.0, 1.1))
    assert set(found["weights_equal", "all"].domains.values()) == {1.0}


def test_groups_are_apart_in_the_direction_expected_by_so_many_standard_errors() -> None:
    assert separation((60.0, 9.0, 5), (50.0, 16.0, 5)) == pytest.approx(2.0)  # 10 / sqrt(9 + 16)
    units = [f"U{n}" for n in range(10)]
    estimates = [estimate(unit, 60.0 + n % 2 if n < 5 else 50.0 + n % 2) for n, unit in enumerate(units)]
    (low,) = known_groups([GROUP], estimates, [split(unit, 0.01 * n) for n, unit in enumerate(units)], DAY)
    assert low["n"] == 10
    assert low["value"] > 1.96  # those who quit more are less engaged: as expected, so above 0
    (high,) = known_groups(
        [GROUP | {"expected_sign": 1}], estimates, [split(u, 0.01 * n) for n, u in enumerate(units)], DAY
    )
    assert high["value"] == pytest.approx(-low["value"])


def test_groups_of_few_units_say_nothing() -> None:
    units = [f"U{n}" for n in range(2 * UNITS_MIN - 1)]
    rows = [estimate(unit, 60.0) for unit in units]
    (one,) = known_groups([GROUP], rows, [split(unit, n) for n, unit in enumerate(units)], DAY)
    assert (one["value"], one["n"]) == (None, 0)


def test_groups_may_be_two_categories_of_the_whole_service() -> None:
    group = GROUP | {"split_by": "position_group managerial auxiliary", "expected_sign": 1}
    rows = [
        estimate("UZ", 66.0, dimension_1="position_group", category_1="managerial", standard_error=3.0),
        estimate("UZ", 56.0, dimension_1="position_group", category_1="auxiliary", standard_error=4.0),
    ]
    (one,) = known_groups([group], rows, [], DAY)
    assert (one["value"], one["n"]) == (pytest.approx(2.0), 80)


def test_alpha_and_rank_correlation_by_hand() -> None:
    assert alpha(np.array([[1, 1], [2, 2], [3, 3]])) == pytest.approx(1.0)
    assert alpha(np.array([[1, 3], [2, 2], [3, 1]])) is None  # all sums alike
    assert rank_correlation([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(0.8)  # 1 - 6 * 2 / (4 * 15)
    assert rank_correlation([1, 2], [1, 2]) is None


def test_a_change_is_told_only_where_intervals_lie_apart() -> None:
    low, high = figures(a1=0.2, s1=0.2, c1=0.2), figures(a1=0.9, s1=0.9, c1=0.9)
    exact = replace(model(quality=(("late", True),)))
    sure = {"late": Figure(0.0)}
    far = domain_pairs(exact, {"A": low | sure}, {"A": high | sure})
    near = domain_pairs(exact, {"A": low | sure}, {"A": low | sure | figures(s1=0.21)})
    assert (clear_changes(far), clear_changes(near)) == (1, 0)


def test_new_evidence_alone_is_told_from_a_change() -> None:
    before = figures(a1=0.4, c1=1.0)
    now = before | figures(s1=0.9)
    (effect,) = evidence_effects(model(), {"A": before}, {"A": now})
    own = [s.score for one in (before, now) for s in scores_of(model(), one) if s.row_kind == "domain" and s.score]
    assert effect == pytest.approx(own[1] - own[0])  # what both have did not move
    assert evidence_effects(model(), {"A": before}, {"A": before}) == [0.0]


def test_each_test_of_the_model_has_a_row_and_too_few_cases_are_not_judged() -> None:
    seeds = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in seeds_of_the_project().items()}
    seeds |= {"estimates": pl.DataFrame(schema=dict.fromkeys(estimate("U", 1.0), pl.String) | {"period_end": pl.Date})}
    seeds |= {"splits": pl.DataFrame(schema=dict.fromkeys(split("U", 1.0), pl.String) | {"period_end": pl.Date})}
    known = [
        {"org_unit_id": "MOA", "assessed_on": day, "subject": "all", "measure_id": "vacancy_rate", "instrument_id": ""}
        | {"score_family": "", "source_table": "hrm_indicators", "value": 0.1, "standard_error": None, "least_n": 40}
        | {"bound_high": None}
        for day in (date(2025, 12, 31), DAY)
    ]
    schema = {"standard_error": pl.Float64, "bound_high": pl.Float64}
    found = model_tests(pl.DataFrame(known, schema_overrides=schema), ["MOA"], seeds)
    kinds = {row["test_id"] for row in seeds_of_the_project()["model_test_kinds"]}
    assert set(found["test_id"]) == kinds
    assert set(found["verdict"]) == {"not_judged"}
    assert found.filter(pl.col("assessed_on") < DAY, pl.col("test_id").str.starts_with("waves")).is_empty()


def test_a_figure_left_out_changes_nothing_where_it_is_not_known() -> None:
    world = {"A": figures(a1=0.5, s1=0.5, c1=0.5, a2=0.5, s2=0.5, c2=0.5)}
    base = scores_of(model(), world["A"])[-1]
    rest: Model = next(m for name, subject, m in variants(model()) if (name, subject) == ("left_out", "s1"))
    assert scores_of(rest, world["A"])[-1].score == pytest.approx(base.score)
