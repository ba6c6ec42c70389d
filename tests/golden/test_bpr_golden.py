"""The first process metrics of the golden world, worked out by hand; the rest stands in test_bpr_ten_cases.

Office hours are 09:00 to 13:00 and 14:00 to 18:00, Monday to Friday. Two cases of `letters` are completed:
case 1 runs Monday 09:00 to Tuesday 10:00: 25 hours by the clock, 8 + 1 = 9 working hours. It is worked on for 1, 3 (of
which an hour is lunch) and 1 hours, and waits Monday 10:00 to 12:00 and 15:00 to 18:00 (to Tuesday 09:00 by the clock).
Case 2 runs Monday 10:00 to 17:30: 7.5 hours, 6.5 without lunch; worked on 1 + 1 + 0.5 + 1 + 0.5 = 4 hours; waits 12:00
to 14:00 (one working hour) and 14:30 to 16:00.
"""

from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.lake import query

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

# metric: value, unit, n
LOG = {
    "lead_time_p10": (6.5 + 0.1 * 2.5, "wh", 2),
    "lead_time_p50": (7.75, "wh", 2),
    "lead_time_p90": (None, "wh", 2),  # two cases are too few
    "lead_time_mean": (7.75, "wh", 2),
    "lead_time_cal_p10": (7.5 + 0.1 * 17.5, "h", 2),
    "lead_time_cal_p50": (16.25, "h", 2),
    "lead_time_cal_p90": (None, "h", 2),
    "lead_time_cal_mean": (16.25, "h", 2),
    "touch_time": (240, "min", 2),
    "touch_time_cal_mean": (4.5, "h", 2),
    "waiting_time": ((5 + 2.5) / 2, "wh", 2),
    "waiting_time_cal_mean": ((20 + 3.5) / 2, "h", 2),
    "activity_ratio": (8 / 15.5, "ratio", 2),
    "activity_ratio_case_mean": ((4 / 9 + 4 / 6.5) / 2, "ratio", 2),
    # r1-r2-r3 is 2; r1-r1-r3-r1-r3 is 3
    "handoff_count": (2.5, "per_case", 2),
    # case 2 drafts twice and is returned once
    "rework_case_share": (0.5, "share", 2),
    "first_pass_yield": (0.5, "share", 2),
    "variant_count": (2, "variants", 2),
    # case 1 in time, case 2 late, case 3 open and overdue; cases 4 and 5 are open and not due on 31 March
    "sla_compliance": (1 / 3, "share", 3),
}
# Five respondents of AA; see world.py for what each answered.
SURVEY = {
    "lead_time_p10": (3, "wd", 5),
    "lead_time_p50": (7, "wd", 5),
    "lead_time_p90": (14, "wd", 5),
    # register: 10, 20, 30, 40, 500 trimmed to 30; draft: half of the cases, 60
    "touch_time": (30 + 0.5 * 60, "min", 5),
    # register: 1, 2, 3, 4, 50 trimmed to 3; draft: half of 8
    "waiting_time": (3 + 0.5 * 8, "wh", 5),
    # one of five sees a second step with another role
    "handoff_count": (0.2, "per_case", 5),
    # 10, 20, 30, 40, 50 of 100 return
    "first_pass_yield": (0.7, "share", 5),
    # 20, 20, 40, 60 of 100 late; one gave no answer
    "sla_compliance": (0.65, "share", 4),
}


def _metrics(golden: Path, evidence: str, process: str, unit: str, step: str = "all") -> dict[str, tuple]:
    return _metrics_of(golden, 2026, evidence_source=evidence, process_id=process, org_unit_id=unit, step_id=step)


def _metrics_of(golden: Path, year: int, **where: str) -> dict[str, tuple]:
    conditions = "".join(f" and {column} = ?" for column in where)
    sql = f"select indicator_id, value, unit, n from marts.bpr_metrics where year(period_end) = ?{conditions}"
    return {name: tuple(rest) for name, *rest in query(golden, sql, year, *where.values())}


def _near(expected: dict[str, tuple]) -> dict[str, tuple]:
    return {name: (pytest.approx(v) if v is not None else None, *rest) for name, (v, *rest) in expected.items()}


def test_log_metrics_are_what_their_cards_say(golden: Path) -> None:
    found = _metrics(golden, "log", "letters", "UZ")
    assert {name: found[name] for name in LOG} == _near(LOG)


def test_a_ministry_has_the_cases_that_its_units_opened(golden: Path) -> None:
    found = _metrics(golden, "log", "letters", "AA")
    assert {name: found[name] for name in LOG} == _near(LOG)


def test_survey_metrics_are_what_their_cards_say(golden: Path) -> None:
    found = _metrics(golden, "survey", "letters", "AA")
    assert {name: found[name] for name in SURVEY} == _near(SURVEY)


def test_three_respondents_are_pooled_by_their_median(golden: Path) -> None:
    # BB: means 10, 20, 90; reach 1, 0.8, 0.6; waits 1, 2, 9
    found = _metrics(golden, "survey", "letters", "BB")
    assert found["touch_time"] == (pytest.approx(0.8 * 20), "min", 3)
    assert found["waiting_time"] == (pytest.approx(0.8 * 2), "wh", 3)


def test_a_step_waits_from_the_end_of_all_earlier_rows(golden: Path) -> None:
    waits = {
        step: _metrics(golden, "log", "letters", "UZ", step)["step_wait"] for step in ("draft", "returned", "sign")
    }
    # draft: 2, 0 and 1.5 working hours; returned: 1; sign: 3 (over night) and 0
    assert waits == {"draft": (1.5, "wh", 2), "returned": (1, "wh", 1), "sign": (1.5, "wh", 2)}


def test_the_first_step_of_a_case_waits_for_nothing(golden: Path) -> None:
    assert _metrics(golden, "log", "letters", "UZ", "register")["step_wait"][0] is None


def test_the_evidence_level_follows_the_number_of_respondents(golden: Path) -> None:
    sql = (
        "select distinct org_unit_id, evidence_level from marts.bpr_metrics"
        " where indicator_id = 'lead_time_p50' and year(period_end) = 2026"
    )
    # permits bear out their times (C), letters do not (D)
    assert set(query(golden, sql)) == {
        *(("AA", level) for level in "BCD"),
        *(("UZ", level) for level in "BCD"),
        ("BB", "D"),
    }


def test_the_interval_of_a_median_lies_between_two_answers(golden: Path) -> None:
    sql = (
        "select value, ci_low, ci_high from marts.bpr_metrics where indicator_id = 'lead_time_p50'"
        " and evidence_source = 'survey' and org_unit_id = 'UZ' and year(period_end) = 2026 and process_id = 'letters'"
    )
    # 1, 2, 5, 6, 7, 8, 9, 20: with eight answers the interval runs from the first to the last
    assert query(golden, sql) == [(6.5, 1, 20)]


def test_a_process_that_nobody_listed_gets_its_metrics_by_the_clock(golden: Path) -> None:
    found = _metrics(golden, "log", "unlisted", "UZ")
    # 08:00 to 21:00; no starts given: each row began when the one before it ended
    assert found["lead_time_p50"] == (13, "h", 1)
    assert found["touch_time"] == (13 * 60, "min", 1)
    # its list of steps marks no return, so nobody knows
    assert found["first_pass_yield"] == (None, "share", 1)
    names = query(golden, "select is_listed, name_uz from marts.dim_processes where process_id = 'unlisted'")
    assert names == [(False, "unlisted")]


def test_log_and_questionnaire_stand_side_by_side(golden: Path) -> None:
    sql = (
        "select log_touch_p50_min, survey_touch_p50_min, touch_ratio, log_wait_p50, survey_wait_p50_wh"
        " from marts.bpr_steps where process_id = 'letters' and step_id = 'register' and org_unit_id = 'AA'"
    )
    # log: an hour each; respondents: typically 10, 20, 30, 40, 500 minutes, waits 1, 2, 3, 4, 50
    assert query(golden, sql) == [(60, 30, 2, None, 3)]


def test_each_wave_has_its_own_figures(golden: Path) -> None:
    before = _metrics_of(golden, 2025, evidence_source="survey", org_unit_id="AA", step_id="all")
    assert (before["lead_time_p50"], before["touch_time"]) == ((100, "wd", 1), (5, "min", 1))
    sql = (
        "select distinct period_start, period_end from marts.bpr_metrics where evidence_source = 'survey' order by all"
    )
    assert query(golden, sql) == [(date(2025, 2, 10),) * 2, (date(2026, 2, 10),) * 2]


def test_the_steps_are_those_of_the_newest_wave(golden: Path) -> None:
    sql = (
        "select step_id, survey_wait_p50_wh from marts.bpr_steps"
        " where process_id = 'letters' and org_unit_id = 'AA' and survey_respondents is not null order by all"
    )
    assert query(golden, sql) == [("draft", 8), ("register", 3)]
