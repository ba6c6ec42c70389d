"""A gap has numbers only where two figures measure nearly the same, never across score families (hrm.md 3.5)."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from flows.statistics.hrm_gaps import NUMBERS, closed_share, model_gaps, signed_gap

FIRST, SECOND = date(2025, 12, 31), date(2026, 9, 30)
POSTS = "0:0 0.25:25 0.5:50 0.75:75 1:100"


def figure(value: float | None, day: date = SECOND, measure: str = "women_share", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"org_unit_id": "MOA", "assessed_on": day, "subject": "all", "measure_id": measure}
    row |= {"source_table": "hrm_indicators", "instrument_id": "", "score_family": "", "value": value, "unit": "share"}
    return row | {"period_start": date(2025, 1, 1), "period_end": day, "least_n": 40} | more


def mark(reference: str = "OECD", value: float = 0.58, comparability: str = "B", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"indicator_id": "women_share", "reference": reference, "value": value, "year": 2023}
    row |= {"population": "p", "definition": "d", "source": "s", "source_url": "u", "basis": "read_source"}
    row |= {"comparability": comparability, "benchmark_kind": "mean", "note": "n", "score_family": None}
    return row | {"retrieved_on": date(2026, 11, 29)} | more


def gaps(figures: list[dict[str, Any]], marks: list[dict[str, Any]], direction: str = "higher") -> pl.DataFrame:
    one = {"instrument_id": None, "score_family": None, "source": "hrm"}
    seeds = {
        "benchmarks": pl.DataFrame(marks, schema_overrides={"score_family": pl.String}),
        "model_goalposts": pl.DataFrame(
            [{"input_id": "women_share", "goalpost_version": 1, "points": POSTS, "scale": "linear"}]
        ),
        "model_inputs": pl.DataFrame([{"input_id": "women_share", "measure_id": "women_share", **one}]),
        "indicators": pl.DataFrame([{"indicator_id": "women_share", "direction": direction}]),
    }
    return model_gaps(pl.DataFrame(figures, schema_overrides={"value": pl.Float64}), seeds)


def test_a_gap_is_told_in_its_own_terms_and_in_scores_of_the_same_goalposts() -> None:
    (row,) = gaps([figure(0.40)], [mark()]).to_dicts()
    assert row["gap_raw"] == pytest.approx(-0.18)
    assert (row["score"], row["reference_score"], row["gap_score"]) == (40.0, 58.0, -18.0)


def test_where_less_is_better_a_lower_figure_is_ahead() -> None:
    (row,) = gaps([figure(0.40)], [mark()], direction="lower").to_dicts()
    assert row["gap_raw"] == pytest.approx(0.18)
    assert signed_gap(3, 5, "lower") == 2
    assert signed_gap(3, 5, "higher") == signed_gap(3, 5, "neutral") == -2


@pytest.mark.parametrize(("comparability", "has_numbers"), [("A", True), ("B", True), ("C", False)])
def test_c_is_context_and_has_no_number(comparability: str, has_numbers: bool) -> None:  # noqa: FBT001 - a parameter of the case
    (row,) = gaps([figure(0.40)], [mark(comparability=comparability)]).to_dicts()
    assert (row["gap_raw"] is not None) == has_numbers
    assert has_numbers or all(row[name] is None for name in NUMBERS)
    assert row["definition"] == "d"  # the words of the reference are shown in any case


def test_a_reference_of_another_score_family_is_context_only() -> None:
    (row,) = gaps([figure(0.40, score_family="percent_positive")], [mark(score_family="mean_0_100")]).to_dicts()
    assert row["comparability"] == "C"
    assert all(row[name] is None for name in NUMBERS)


def test_a_withheld_figure_has_no_gap() -> None:
    assert gaps([figure(None)], [mark()]).is_empty()


def test_a_gap_to_the_assessment_before_stands_beside_the_others() -> None:
    rows = gaps([figure(0.40, FIRST), figure(0.49)], [mark()]).to_dicts()
    (own,) = [row for row in rows if row["reference"] == "previous"]
    assert (own["comparability"], own["basis"], own["reference_year"]) == ("A", "own_computation", 2025)
    assert own["gap_raw"] == pytest.approx(0.09)
    (now,) = [row for row in rows if row["reference"] == "OECD" and row["assessed_on"] == SECOND]
    assert now["share_of_gap_closed"] == pytest.approx(0.5)  # (0.49 - 0.40) / (0.58 - 0.40)


def test_the_same_figure_at_two_assessments_is_no_change() -> None:
    rows = gaps([figure(0.40, FIRST), figure(0.40, SECOND, period_end=FIRST)], [mark()])
    assert rows.filter(pl.col("reference") == "previous").is_empty()


def test_a_gap_that_never_was_cannot_be_closed() -> None:
    assert closed_share(5, 7, 5) is None
    assert closed_share(5, 5, 9) == 0
