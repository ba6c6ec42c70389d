"""What holds for every log, whatever stands in it: drawn by Hypothesis, worked out by the models of the project."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.warehouse.build import Build
from tests.golden.any_log import AnyLog

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

MONDAY = datetime(2026, 1, 5, 8)
FRACTIONS = (0, 0, 123_457, 688_001)
few = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def any_log(golden_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnyLog]:
    log = AnyLog(golden_build, tmp_path_factory.mktemp("any_log"))
    yield log
    log.connection.close()


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


logs = st.lists(rows(), min_size=6, max_size=16)


@given(logs)
@few
def test_a_case_is_worked_on_or_waits(any_log: AnyLog, rows: list[dict[str, Any]]) -> None:
    with any_log.of(rows) as worked:
        times = "lead_cal, busy_cal, wait_cal, lead_work, busy_work, wait_work, touch_cal"
        found = worked.execute(f"select {times} from intermediate.int_bpr__cases").fetchall()
    for lead, busy, wait, work, busy_work, wait_work, touch in found:
        assert lead == pytest.approx(busy + wait)
        assert work is None or work == pytest.approx(busy_work + wait_work)
        assert 0 <= wait <= lead  # to the last bit: a share of 1.0000000001 would stop the build
        assert touch >= 0


@given(logs, st.randoms(use_true_random=False))
@few
def test_the_order_of_rows_changes_nothing_but_ties_that_it_declares(
    any_log: AnyLog, rows: list[dict[str, Any]], chance: Any
) -> None:
    declared = [row | {"sequence": number} for number, row in enumerate(rows)]
    shuffled = chance.sample(declared, len(declared))
    assert _everything(any_log, declared) == _everything(any_log, shuffled)


def _everything(any_log: AnyLog, rows: list[dict[str, Any]]) -> list[list[tuple]]:
    tables = ("cases", "selfloops", "variants", "flows", "log_steps", "log_windows")
    with any_log.of(rows) as worked:
        return [worked.execute(f"from intermediate.int_bpr__{table} order by all").fetchall() for table in tables]


@given(logs)
@few
def test_shares_of_variants_and_of_what_follows_sum_to_one(any_log: AnyLog, rows: list[dict[str, Any]]) -> None:
    variants = "select sum(cases), max(cases_in_all), max(cases_so_far) from intermediate.int_bpr__variants group by {}"
    pairs = "select sum(times) from intermediate.int_bpr__flows where org_unit_id = 'UZ'"
    followed = "select sum(n_rows - 1) from intermediate.int_bpr__cases where is_completed"
    with any_log.of(rows) as worked:
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
