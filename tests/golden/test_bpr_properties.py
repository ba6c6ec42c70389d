"""What holds for every log, whatever stands in it: drawn by Hypothesis, worked out by the models of the project."""

import csv
import gzip
from collections import Counter
from datetime import datetime, timedelta
from math import prod
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.settings import ROOT
from tests.golden import plain_log
from tests.golden.any_log import AnyLog

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

PURCHASING = ROOT.parent / "shared" / "fixtures" / "eventlogs" / "PurchasingExample.csv.gz"
MONDAY = datetime(2026, 1, 5, 8)
FRACTIONS = (0, 0, 123_457, 688_001)
few = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an activity with or without a start, or an event of any transition; many tie, some by the microsecond."""
    begun = MONDAY + timedelta(minutes=15 * draw(st.integers(0, 30)), microseconds=draw(st.sampled_from(FRACTIONS)))
    ended = begun + timedelta(minutes=15 * draw(st.integers(0, 12)))
    row = {
        "process_id": draw(st.sampled_from(["letters", "letters", "nobody_listed"])),
        "case_id": draw(st.sampled_from("12")),
        "activity": draw(st.sampled_from(["register", "draft", "sign"])),
        "resource_key": draw(st.sampled_from(["r1", "r2", None])),
        "org_unit_id": draw(st.sampled_from(["AA-2", "BB-1", None])),
        "is_case_closed": draw(st.booleans()),
    }
    if draw(st.booleans()):
        return row | {"started_at": draw(st.sampled_from([begun, None])), "completed_at": ended}
    told = draw(st.sampled_from(["start", "complete", "suspend", "resume", "schedule", "pi_abort"]))
    return row | {"occurred_at": begun, "lifecycle": told}


@st.composite
def works(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an activity that ended, some over a weekend, some without a start, a person or a unit."""
    day = timedelta(days=draw(st.sampled_from([0, 0, 1, 4, 6])), microseconds=draw(st.sampled_from(FRACTIONS)))
    begun = MONDAY + day + timedelta(minutes=30 * draw(st.integers(0, 20)))
    return {
        "process_id": draw(st.sampled_from(["letters", "letters", "nobody_listed"])),
        "case_id": draw(st.sampled_from("123")),
        "activity": draw(st.sampled_from(["register", "draft", "draft", "returned", "sign"])),
        "resource_key": draw(st.sampled_from(["r1", "r2", "r3", None])),
        "org_unit_id": draw(st.sampled_from(["AA-2", "BB-1", None])),
        "is_case_closed": draw(st.sampled_from([True, True, True, True, False])),
        "started_at": draw(st.sampled_from([begun, begun, None])),
        "completed_at": begun + timedelta(minutes=30 * draw(st.integers(0, 9))),
    }


logs = st.lists(rows(), min_size=6, max_size=16)
LETTERS_OF_ALL = "from intermediate.int_bpr__log_figures where process_id = 'letters' and org_unit_id = 'UZ'"
CLOCK_OF = {"letters": 1, "nobody_listed": 0}  # the first has office hours


@given(logs, st.randoms(use_true_random=False))
@few
def test_what_holds_for_every_log(any_log: AnyLog, rows: list[dict[str, Any]], chance: Any) -> None:
    """A case is worked on or waits, shares sum to one, and the order of rows changes nothing but ties it declares."""
    declared = [row | {"sequence": number} for number, row in enumerate(rows)]
    with any_log.of(declared) as worked:
        _worked_on_or_waiting(worked)
        _shares_sum_to_one(worked)
        in_order = _everything(worked)
    with any_log.of(chance.sample(declared, len(declared))) as worked:
        assert _everything(worked) == in_order


def _worked_on_or_waiting(worked: duckdb.DuckDBPyConnection) -> None:
    times = "lead_cal, busy_cal, wait_cal, lead_work, busy_work, wait_work, touch_cal"
    found = worked.execute(f"select {times} from intermediate.int_bpr__cases").fetchall()
    for lead, busy, wait, work, busy_work, wait_work, touch in found:
        assert lead == pytest.approx(busy + wait)
        assert work is None or work == pytest.approx(busy_work + wait_work)
        assert 0 <= wait <= lead  # to the last bit: a share of 1.0000000001 would stop the build
        assert touch >= 0


def _everything(worked: duckdb.DuckDBPyConnection) -> list[list[tuple]]:
    tables = ("cases", "selfloops", "variants", "flows", "log_steps", "log_windows")
    return [worked.execute(f"from intermediate.int_bpr__{table} order by all").fetchall() for table in tables]


def _shares_sum_to_one(worked: duckdb.DuckDBPyConnection) -> None:
    """Of variants, and of what follows an activity."""
    variants = "select sum(cases), max(cases_in_all), max(cases_so_far) from intermediate.int_bpr__variants group by {}"
    pairs = "select sum(times) from intermediate.int_bpr__flows where org_unit_id = 'UZ'"
    followed = "select sum(n_rows - 1) from intermediate.int_bpr__cases where is_completed"
    sums = worked.execute(variants.format("process_id, org_unit_id")).fetchall()
    steps = [worked.execute(sql).fetchone()[0] or 0 for sql in (pairs, followed)]
    assert all(cases == in_all == so_far for cases, in_all, so_far in sums)
    assert steps[0] == steps[1]


def test_events_that_tie_keep_the_order_that_their_sender_gives(any_log: AnyLog) -> None:
    """Three completions of one moment: by the sender's sequence, else by the order of the file."""
    moment = {"process_id": "letters", "case_id": "1", "completed_at": MONDAY, "started_at": MONDAY}
    steps = [moment | {"activity": name} for name in ("sign", "draft", "register")]
    numbered = [row | {"sequence": 3 - number} for number, row in enumerate(steps)]
    for given_rows, expected in ((steps, "sign>draft>register"), (numbered, "register>draft>sign")):
        with any_log.of(given_rows) as worked:
            found = worked.execute("select variant from intermediate.int_bpr__cases").fetchall()
        assert [name.replace(" ", "") for (name,) in found] == [expected]


@given(st.lists(works(), min_size=8, max_size=20))
@few
def test_every_figure_of_a_log_is_what_reading_it_row_by_row_gives(
    any_log: AnyLog, drawn: list[dict[str, Any]]
) -> None:
    rows = [row | {"sequence": number} for number, row in enumerate(drawn, 1)]
    expected = plain_log.cases(rows, ["letters"])
    completed = [case for case in expected if case.is_completed]
    with any_log.of(rows) as worked:
        _same_cases(worked, expected)
        _same_loops(worked, expected)
        _same_pairs(worked, completed)
        _same_steps(worked, completed)
        _same_variants(worked, completed)
        _same_yields(any_log.figures(), completed)


def _same_cases(worked: duckdb.DuckDBPyConnection, expected: list[plain_log.Case]) -> None:
    times = ", ".join(f"{time}_{clock}" for clock in ("cal", "work") for time in ("lead", "touch", "busy", "wait"))
    counts = "n_rows, n_inferred, handoffs, unit_handoffs, rework_rows, returns, variant"
    sql = f"select process_id, is_completed, {counts}, {times} from intermediate.int_bpr__cases order by case_number"
    for found, case in zip(worked.execute(sql).fetchall(), expected, strict=True):
        names = [work.activity for work in case.works]
        counted = (
            len(names),
            sum(work.is_inferred for work in case.works),
            case.handed_over("resource_key"),
            case.handed_over("org_unit_id"),
            len(names) - len(set(names)),
            names.count("returned") if case.process_id == "letters" else 0,
            ">".join(names),
        )
        assert found[:9] == (case.process_id, case.is_completed, *counted)
        clocks = [list(case.times(clock).values()) for clock in range(len(case.works[0].clocks))]
        assert list(found[9:13]) == pytest.approx(clocks[0], abs=1e-5)
        assert found[13] is None if len(clocks) == 1 else list(found[13:]) == pytest.approx(clocks[1], abs=1e-5)


def _same_loops(worked: duckdb.DuckDBPyConnection, expected: list[plain_log.Case]) -> None:
    sql = "select process_id, activity, repeats, is_redo from intermediate.int_bpr__selfloops order by all"
    loops = sorted((case.process_id, *loop) for case in expected for loop in case.loops())
    assert worked.execute(sql).fetchall() == loops


def _same_pairs(worked: duckdb.DuckDBPyConnection, completed: list[plain_log.Case]) -> None:
    figures = "times, cases, wait_p10, wait_p50, wait_p90"
    sql = f"select process_id, from_step_id, to_step_id, {figures} from intermediate.int_bpr__flows"
    found = {row[:3]: row[3:] for row in worked.execute(f"{sql} where org_unit_id = 'UZ'").fetchall()}
    pairs = plain_log.pairs(completed, CLOCK_OF)
    assert found.keys() == pairs.keys()
    for pair, (times, cases, *waits) in found.items():
        numbers, gaps = zip(*pairs[pair], strict=True)
        assert (times, cases) == (len(numbers), len(set(numbers)))
        assert waits == pytest.approx(list(np.quantile(gaps, [0.1, 0.5, 0.9])), abs=1e-5)


def _same_steps(worked: duckdb.DuckDBPyConnection, completed: list[plain_log.Case]) -> None:
    figures = "cases, instances, waits, cases_returned, touch_seconds_p50, wait_seconds_p50"
    sql = f"select process_id, step_id, {figures} from intermediate.int_bpr__log_steps where org_unit_id = 'UZ'"
    found = {row[:2]: row[2:] for row in worked.execute(sql).fetchall()}
    steps = plain_log.steps(completed, CLOCK_OF)
    assert found.keys() == steps.keys()
    for step, figures_of_step in found.items():
        is_known = step[0] == "letters"  # only its list says which step sends a case back
        assert figures_of_step[:3] == steps[step][:3]
        assert figures_of_step[3] == (steps[step][3] if is_known else 0)
        assert figures_of_step[4] == pytest.approx(steps[step][4], abs=1e-5)
        assert figures_of_step[5] == pytest.approx(steps[step][5], abs=1e-5)


def _same_variants(worked: duckdb.DuckDBPyConnection, completed: list[plain_log.Case]) -> None:
    """The most frequent first, ties by name."""
    sql = "select process_id, variant, cases from intermediate.int_bpr__variants where org_unit_id = 'UZ'"
    names = Counter((case.process_id, ">".join(work.activity for work in case.works)) for case in completed)
    ranked = sorted((process, -cases, variant) for (process, variant), cases in names.items())
    found = worked.execute(f"{sql} order by process_id, place").fetchall()
    assert found == [(process, variant, -cases) for process, cases, variant in ranked]


def _same_yields(worked: duckdb.DuckDBPyConnection, completed: list[plain_log.Case]) -> None:
    """A step sends back its share of all cases: one that few reach weighs as few."""
    letters = [case for case in completed if case.process_id == "letters"]
    steps = plain_log.steps(letters, CLOCK_OF).values()
    expected = [pytest.approx(prod(1 - returned / len(letters) for _, _, _, returned, *_ in steps))] if letters else []
    assert [found for (found,) in worked.execute(f"select rolled_yield {LETTERS_OF_ALL}").fetchall()] == expected


def test_cases_outside_the_calendar_count_as_the_others_do(any_log: AnyLog) -> None:
    """Two cases of two hours of work in January, two in December, which the calendar of the tests does not know."""
    days = (datetime(2026, 1, 5, 9), datetime(2026, 1, 6, 9), datetime(2025, 12, 1, 9), datetime(2025, 12, 2, 9))
    step = {"process_id": "letters", "activity": "draft", "is_case_closed": True}
    rows = [
        step | {"case_id": f"{number}", "started_at": day, "completed_at": day + timedelta(hours=2)}
        for number, day in enumerate(days)
    ]
    figures = "days_in_log, cases, cases_timed, touch_main, work_hours_year, labour_uzs_year / labour_uzs"
    with any_log.of(rows):
        found = any_log.figures().execute(f"select {figures} {LETTERS_OF_ALL}").fetchall()[0]
    known = 6  # days of January up to the last case, four of them worked; 37 days in all
    days_in_log = 4 * (37 / known)
    assert found == pytest.approx((days_in_log, 4, 2, 14_400, 8 * 252 / days_in_log, 2 * 252 / days_in_log))


@pytest.mark.fixtures
@pytest.mark.skipif(not PURCHASING.exists(), reason="the folder of real files is not beside the project")
def test_a_real_log_says_the_same_when_it_is_read_row_by_row(any_log: AnyLog) -> None:
    """The first cases of a public log of purchases, moved by whole weeks to where the golden calendar has office hours.

    Three other public logs (production, intervals, receipts; 727 cases) were compared the same way outside
    the suite: waits by case and step against pandas, office hours against pm4py's; none differed.
    """
    with gzip.open(PURCHASING, "rt", encoding="utf-8") as lines:
        rows = [_purchase(row, number) for number, row in enumerate(csv.DictReader(lines), 1)]
    first = {row["case_id"] for row in rows[:400]}
    chosen = [row for row in rows if row["case_id"] in first]
    late = {row["case_id"] for row in chosen if row["completed_at"] >= datetime(2026, 4, 1)}
    kept = [row for row in chosen if row["case_id"] not in late]
    assert len(kept) > 200
    with any_log.of(kept) as worked:
        expected = plain_log.cases(kept, ["letters"])
        _same_cases(worked, expected)
        _same_loops(worked, expected)
        _same_pairs(worked, expected)
        _same_steps(worked, expected)
        _same_variants(worked, expected)


def _purchase(row: dict[str, str], number: int) -> dict[str, Any]:
    """Return a row of the log, 783 weeks later (1 January 2011 is a Saturday, as is 3 January 2026)."""
    later = timedelta(weeks=783)
    return {
        "process_id": "letters",
        "case_id": row["case:concept:name"],
        "activity": row["concept:name"],
        "resource_key": row["org:resource"],
        "org_unit_id": None,
        "is_case_closed": True,
        "started_at": datetime.fromisoformat(row["start_timestamp"][:19]) + later,
        "completed_at": datetime.fromisoformat(row["time:timestamp"][:19]) + later,
        "sequence": number,
    }
