"""Ten permits of one day, worked out by hand, and what a questionnaire says of a process.

Office hours are 09:00 to 13:00 and 14:00 to 18:00. Nine of ten cases are completed:
1 to 6: take 9-10, check 11-12, give 12-13: lead 4, work 3, wait 1 hour each.
7: take 9-10, check 10-11 and again, by another person, 11-12, give 14-15: lead 6 by the clock, 5 working hours (lunch),
   work 4, wait 12-14: 2 by the clock, 1 working hour.
8: take 9-10, check 10-11, sent back 11-12, check 14-15, give 15-16: lead 7 and 6, work 5, wait 2 and 1.
9: take 9-10, check 10-13, give 11-12 beside it: lead 4, work 5, covered 4, wait 0.
10: take 9-10, then open; the log ends at 16:00, the deadline was 14:00.
So lead is 41 hours by the clock and 39 working hours, work 32, covered 31, wait 10 and 8, in 30 rows.
"""

from math import log
from pathlib import Path

import pytest

from tests.warehouse.lake import query

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

COST = 9 * 30_000 + 13 * 42_000 + 1 * 65_000 + 9 * 120_000  # take, check, back, give
FTE_HOURS = 2016 * 0.8 / 1.1
LOG = {
    "activity_ratio": 32 / 39,
    "annual_process_cost": COST * 252,  # a log of one working day
    "arrival_rate": 10,
    "backlog_days": 48 / 7 / 9,
    "backlog_overdue_share": 1,
    "busy_time_union": 31 / 9,
    "cost_per_case": COST / 9,
    "first_pass_yield": 8 / 9,
    "fte_demand": 32 * 252 / FTE_HOURS,
    "handoff_count": (6 * 2 + 3 + 4 + 2) / 9,
    "handoff_unit_count": (6 * 2 + 2 + 4 + 2) / 9,
    "lead_time_mean": 39 / 9,
    "lead_time_cal_mean": 41 / 9,
    "little_gap": 48 / (10 * 41 / 9) - 1,
    "open_case_age_p50": 7 / 24,
    "rework_case_share": 2 / 9,
    "rework_event_share": 2 / 30,
    "rolled_yield": 8 / 9,
    "selfloop_redo_share": 1,
    "signoff_count": 1,
    "sla_compliance": 7 / 10,
    "step_count": 30 / 9,
    "throughput_rate": 9,
    "touch_time": 32 * 60 / 9,
    "trace_coverage_80": 2,  # seven of nine are 78 %
    "variant_count": 3,
    "variant_entropy": -(7 / 9 * log(7 / 9) + 2 / 9 * log(1 / 9)) / log(3),
    "wait_share": 8 / 39,
    "waiting_time": 8 / 9,
    "waiting_time_cal_mean": 10 / 9,
    "wip": (41 + 7) / 7,
    "workload_hours": 32 * 252,
}
CHECK = {"step_yield": 8 / 9, "touch_time": 13 * 60 / 11, "waiting_time": (6 * 1 + 1) / 11, "step_wait": 1}
# 1,000 cases a year; register: 30 minutes, 3 hours of waiting, reach 1; draft: half of the cases, 60 minutes, 8 hours
SURVEY = {
    "annual_process_cost": 1000 * 35_000,
    "approval_effectiveness": 2 / 5,
    "backlog_days": 40 / (1000 / 252),
    "backlog_overdue_share": 1 / 4,
    "citizen_burden_cost": 1000 * (0.5 * 20_000 + 1000),
    "citizen_burden_hours": 500,
    "cost_per_case": 0.5 * 30_000 + 0.5 * 1 * 40_000,
    "digital_level": 2,
    "documents_required": 4,
    "error_rate": 0.03,
    "fte_demand": 1000 / FTE_HOURS,
    "fte_gap": 1000 / FTE_HOURS - 2,
    "little_gap": 40 / (1000 / 252 * 7) - 1,
    "maturity_level": 2,
    "maturity_score": (3 + 4 + 4 + 2.4 + 5) / 5,
    "once_only_gap": 1 / 4,
    "process_cycle_efficiency": 30 * 0.6 / (7 * 8 * 60),
    "rekeyed_fields": 3,
    "rolled_yield": 0.9,
    "signoff_count": 2,
    "step_count": 1.5,
    "throughput_rate": 1000 / 252,
    "utilisation": 1000 / (2016 * 0.8) / 2,
    "value_added_ratio": 0.6,
    "workload_hours": 1000,
}
CAUSES = {"contention": 3 / 60, "unavailability": 3 / 60, "batching": 4 / 60, "extraneous": 50 / 60}


def _values(golden: Path, evidence: str, process: str, step: str = "all") -> dict[str, float]:
    sql = (
        "select indicator_id, value from marts.bpr_metrics where evidence_source = ? and process_id = ? and step_id = ?"
        " and org_unit_id = 'AA' and category_1 = 'all' and year(period_end) = 2026"
    )
    return dict(query(golden, sql, evidence, process, step))


@pytest.mark.parametrize(
    ("evidence", "process", "step", "expected"),
    [
        ("log", "permits", "all", LOG),
        ("log", "permits", "check", CHECK),
        ("survey", "letters", "all", SURVEY),
        ("survey", "letters", "register", {"step_yield": 0.9, "value_added_ratio": 0.6, "digital_level": 2}),
    ],
)
def test_metrics_are_what_was_worked_out(
    golden: Path, evidence: str, process: str, step: str, expected: dict[str, float]
) -> None:
    found = _values(golden, evidence, process, step)
    assert {name: found.get(name) for name in expected} == {name: pytest.approx(v) for name, v in expected.items()}


def test_waiting_is_told_apart_by_its_cause(golden: Path) -> None:
    sql = (
        "select category_1, value from marts.bpr_metrics where indicator_id = 'wait_cause_share'"
        " and org_unit_id = 'AA' and year(period_end) = 2026"
    )
    assert dict(query(golden, sql)) == pytest.approx(CAUSES)


def test_a_reason_of_return_has_the_share_of_those_who_name_it(golden: Path) -> None:
    sql = "select value, n from marts.bpr_metrics where indicator_id = 'return_reason_share' and org_unit_id = 'AA'"
    assert query(golden, sql) == [(0.4, 5)]


def test_a_rule_says_which_cases_break_it(golden: Path) -> None:
    # letters: case 2 is returned after its draft and drafted twice; case 3 is open past its working day
    sql = (
        "select rule_id, cases_checked, cases_broken from intermediate.int_bpr__rule_sums"
        " where process_id = 'letters' and org_unit_id = 'AA'"
    )
    expected = {"l_draft_before_sign": (2, 0), "l_due": (3, 1), "l_eyes": (2, 0), "l_no_return": (2, 1)}
    expected |= {"l_once": (2, 1), "l_registered": (2, 0), "l_sign_role": (2, 0), "all": (3, 2)}
    assert {rule: tuple(counts) for rule, *counts in query(golden, sql)} == expected
