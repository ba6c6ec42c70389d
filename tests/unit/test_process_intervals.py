"""Intervals of a process questionnaire come from the answers alone."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from flows.statistics.process import survey_intervals

DAYS = {"period_start": date(2026, 6, 1), "period_end": date(2026, 6, 30)}


def _answers(*minutes: float, keys: str = "abcdefgh", ministry: str | None = "MOA") -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            **DAYS,
            "response_key": key,
            "process_id": "leave",
            "ministry_id": ministry,
            "step_id": step,
            "reach_share": share,
            "touch_mean_min": value * share,
            "wait_p50_wh": 2.0,
        }
        for key, value in zip(keys, minutes, strict=False)
        for step, share in (("s1", 1.0), ("s2", 0.5))
    ]
    schema = {"ministry_id": pl.String, "response_key": pl.String}
    return pl.DataFrame(rows, schema_overrides=schema)


def test_service_and_ministry_have_an_interval_each() -> None:
    found = survey_intervals(_answers(10, 20, 30, 40, 50))
    assert found["org_unit_id"].to_list() == ["MOA", "UZ"]
    assert (found["touch_low"] < found["touch_high"]).all()


def test_answers_that_agree_have_an_interval_of_no_width() -> None:
    """Each says 12 minutes for all cases and 6 minutes for half of them: 12 + 0.5 x 6 = 15; waits 2 + 0.5 x 2 = 3."""
    found = survey_intervals(_answers(12, 12, 12)).row(0, named=True)
    assert (found["touch_low"], found["touch_high"]) == pytest.approx((15, 15))
    assert (found["wait_low"], found["wait_high"]) == pytest.approx((3, 3))


def test_two_respondents_have_no_interval() -> None:
    assert survey_intervals(_answers(10, 20))["touch_low"].to_list() == [None, None]


def test_another_key_of_the_pseudonyms_changes_nothing() -> None:
    one, other = _answers(10, 20, 30, 70), _answers(10, 20, 30, 70, keys="hcba")
    assert survey_intervals(one).equals(survey_intervals(other))


def test_no_answers_give_no_rows_with_the_right_columns() -> None:
    found = survey_intervals(_answers(10, 20).clear())
    assert found.is_empty()
    assert found.columns[-4:] == ["touch_low", "touch_high", "wait_low", "wait_high"]
