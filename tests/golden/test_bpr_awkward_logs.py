"""Small logs with what real ones have, each worked out by hand; office hours are 09:00 to 13:00 and 14:00 to 18:00.

Where pm4py (2.7) or bupaR (1.0) say something else by their own definition, the test says so.
"""

from datetime import datetime
from typing import Any

import pytest

from tests.golden.any_log import AnyLog

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

HOUR = 3600
Row = dict[str, Any]


def at(clock: str, day: int = 5) -> datetime:
    """Return a moment of January 2026; the 5th is a Monday."""
    return datetime.fromisoformat(f"2026-01-{day:02} {clock}")


def work(case: str, activity: str, start: datetime | None, end: datetime, **more: Any) -> Row:
    """Return a row with a start and a completion."""
    return {
        "process_id": "letters",
        "case_id": case,
        "activity": activity,
        "started_at": start,
        "completed_at": end,
    } | more


def event(case: str, activity: str, lifecycle: str, moment: datetime, **more: Any) -> Row:
    """Return a row with one transition of the lifecycle."""
    told = {"lifecycle": lifecycle, "occurred_at": moment}
    return {"process_id": "letters", "case_id": case, "activity": activity} | told | more


def told_by(any_log: AnyLog, rows: list[Row], query: str) -> list[tuple[Any, ...]]:
    """Return what the models say of the rows."""
    with any_log.of(rows) as worked:
        return worked.execute(query).fetchall()


WORKS = (
    "select case_number, activity, started_at, completed_at from intermediate.int_bpr__clocked_instances order by all"
)


def test_two_starts_at_once_end_in_the_order_in_which_they_began(any_log: AnyLog) -> None:
    """9:00 to 10:00 and 9:30 to 11:00; bupaR without an instance id refuses such a log, pm4py pairs the same way."""
    log = [("start", "09:00"), ("start", "09:30"), ("complete", "10:00"), ("complete", "11:00")]
    found = told_by(any_log, [event("1", "draft", kind, at(clock)) for kind, clock in log], WORKS)
    assert found == [(1, "draft", at("09:00"), at("10:00")), (1, "draft", at("09:30"), at("11:00"))]


def test_a_start_and_a_completion_of_one_moment_are_one_work_in_either_order(any_log: AnyLog) -> None:
    log = [event("1", "sign", "complete", at("10:00")), event("1", "sign", "start", at("10:00"))]
    query = "select is_completed, n_rows, n_inferred, lead_cal from intermediate.int_bpr__cases"
    for rows in (log, log[::-1]):
        assert told_by(any_log, rows, query) == [(True, 1, 0, 0)]


def test_an_instance_that_starts_twice_began_at_its_first_start(any_log: AnyLog) -> None:
    log = [("start", "09:00"), ("start", "09:30"), ("complete", "10:00")]
    rows = [event("1", "draft", kind, at(clock), instance_id="x") for kind, clock in log]
    assert told_by(any_log, rows, WORKS) == [(1, "draft", at("09:00"), at("10:00"))]


def test_each_pause_lasts_until_the_next_event_of_its_work(any_log: AnyLog) -> None:
    """9 to 15 with pauses 10 to 11 and 12 to 14: three hours of work of six; in office hours of five, so again three.

    pm4py and edeaR count the whole six hours as processing time: neither takes pauses off.
    """
    log = [("schedule", "08:00"), ("start", "09:00"), ("suspend", "10:00"), ("resume", "11:00"), ("suspend", "12:00")]
    log += [("resume", "14:00"), ("complete", "15:00")]
    rows = [event("1", "draft", kind, at(clock)) for kind, clock in log]
    query = "select lead_cal, touch_cal, busy_cal, lead_work, touch_work from intermediate.int_bpr__cases"
    assert told_by(any_log, rows, query) == [(6 * HOUR, 3 * HOUR, 6 * HOUR, 5 * HOUR, 3 * HOUR)]


def test_a_case_whose_last_word_is_a_start_is_open_and_one_that_was_aborted_is_not(any_log: AnyLog) -> None:
    def begun(case: str) -> list[Row]:
        done = [event(case, "register", kind, at(clock)) for kind, clock in (("start", "09:00"), ("complete", "09:30"))]
        return [*done, event(case, "draft", "start", at("10:00"))]

    rows = [*begun("1"), *begun("2"), event("2", "draft", "pi_abort", at("11:00"))]
    query = "select case_number, is_completed, variant from intermediate.int_bpr__cases order by 1"
    assert told_by(any_log, rows, query) == [(1, False, "register"), (2, True, "register")]


def test_what_is_sent_back_and_handed_in_again_counts_once_as_rework_and_once_as_returned(any_log: AnyLog) -> None:
    """register, returned, register, sign: 4 rows, 3 names; pm4py's rework of the case is 4 - 3 = 1 too.

    Lead 9:00 to 12:30, covered 4 x 0.5 hours, waits 3 x 0.5.
    """
    steps = [("register", "09:00", "09:30"), ("returned", "10:00", "10:30"), ("register", "11:00", "11:30")]
    rows = [work("1", name, at(start), at(end)) for name, start, end in [*steps, ("sign", "12:00", "12:30")]]
    query = "select lead_cal, busy_cal, wait_cal, rework_rows, returns from intermediate.int_bpr__cases"
    assert told_by(any_log, rows, query) == [(3.5 * HOUR, 2 * HOUR, 1.5 * HOUR, 1, 1)]
    returned = (
        "select step_id, cases, instances, cases_returned from intermediate.int_bpr__log_steps where org_unit_id = 'UZ'"
    )
    found = told_by(any_log, rows, f"{returned} order by 1")
    assert found == [("register", 1, 2, 1), ("returned", 1, 1, 0), ("sign", 1, 1, 0)]


def test_days_beside_full_stamps_have_no_office_hours_but_calendar_ones(any_log: AnyLog) -> None:
    """Midnight of Tuesday, then 9:00 to 11:00: eleven hours by the clock, nine of them waited; two in the office."""
    rows = [work("1", "register", at("00:00", 6), at("00:00", 6)), work("1", "draft", at("09:00", 6), at("11:00", 6))]
    query = "select lead_cal, wait_cal, lead_work, wait_work from intermediate.int_bpr__cases"
    assert told_by(any_log, rows, query) == [(11 * HOUR, 9 * HOUR, 2 * HOUR, 0)]
    gates = "select n_rows, rows_at_one_time, is_date_only from intermediate.int_bpr__log_windows"
    assert told_by(any_log, rows, gates) == [(2, 1, False)]


def test_a_missing_start_waits_for_case_and_person(any_log: AnyLog) -> None:
    """Case 1 is free at 10:00, its draftsman at 11:00 from case 2: he drafts from 11:00 to 12:00.

    pm4py and bupaR give a completion without a start no time at all.
    """
    rows = [
        work("1", "register", at("09:00"), at("10:00"), resource_key="r1"),
        work("2", "draft", at("09:00"), at("11:00"), resource_key="r2"),
        work("1", "draft", None, at("12:00"), resource_key="r2"),
    ]
    query = "select n_inferred, touch_cal, wait_cal from intermediate.int_bpr__cases order by case_number"
    assert told_by(any_log, rows, query) == [(1, 2 * HOUR, HOUR), (0, 2 * HOUR, 0)]


def test_nobody_is_no_other_person(any_log: AnyLog) -> None:
    """r1, nobody, r2, r3: one handover is known, r2 to r3; bupaR would count three, nobody being a value to it."""
    persons = ["r1", None, "r2", "r3"]
    names = ["register", "draft", "returned", "sign"]
    rows = [
        work("1", name, at(f"{9 + place:02}:00"), at(f"{9 + place:02}:30"), resource_key=person)
        for place, (name, person) in enumerate(zip(names, persons, strict=True))
    ]
    assert told_by(any_log, rows, "select handoffs from intermediate.int_bpr__cases") == [(1,)]


def test_what_begins_before_the_work_before_it_ends_waits_for_it_no_time(any_log: AnyLog) -> None:
    """9 to 12, then 10 to 11 beside it: the pair waits 0; pm4py and bupaR give minus two hours."""
    rows = [work("1", "register", at("09:00"), at("12:00")), work("1", "draft", at("10:00"), at("11:00"))]
    query = "select wait_p10, wait_p50, wait_p90 from intermediate.int_bpr__flows where org_unit_id = 'UZ'"
    assert told_by(any_log, rows, query) == [(0, 0, 0)]


def test_the_most_frequent_way_comes_first_and_a_tie_goes_by_name(any_log: AnyLog) -> None:
    ways = ["sign", "register", "draft", "sign"]
    rows = [work(str(number), way, at("09:00"), at("10:00")) for number, way in enumerate(ways)]
    ranked = "select variant, cases, cases_so_far from intermediate.int_bpr__variants"
    query = f"{ranked} where org_unit_id = 'UZ' order by place"
    assert told_by(any_log, rows, query) == [("sign", 2, 2), ("draft", 1, 3), ("register", 1, 4)]


def test_a_case_of_no_known_ministry_counts_for_the_service_alone(any_log: AnyLog) -> None:
    own = work("1", "sign", at("09:00"), at("10:00"), org_unit_id="AA-2", source="log_aa")
    strange = work("2", "sign", at("09:00"), at("10:00"), org_unit_id="ZZ-9", source="nobody")
    query = "select org_unit_id, count(*) from intermediate.int_bpr__cases_by_org group by all order by 1"
    assert told_by(any_log, [own, strange], query) == [("AA", 1), ("UZ", 2)]


def test_a_case_may_wait_for_decades(any_log: AnyLog) -> None:
    """Twenty years of 365 days between two works, and five leap days: squares of such seconds have 17 digits.

    Pensions and lawsuits last as long; public logs of fines and hospitals hold waits of four years.
    """
    days = 20 * 365 + 5
    begun = at("10:00").replace(year=2006)
    rows = [work("1", "register", begun, begun), work("1", "sign", at("10:00"), at("10:00"))]
    rows = [row | {"process_id": "unlisted"} for row in rows]
    query = "select wait_seconds, wait_squares from intermediate.int_bpr__log_steps where step_id = 'sign'"
    seconds = days * 24 * HOUR
    assert told_by(any_log, rows, f"{query} and org_unit_id = 'UZ'") == [(seconds, float(seconds**2))]
