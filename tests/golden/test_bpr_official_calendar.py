"""Office hours with decreed days off and working Saturdays are those that numpy counts.

Days by the library `holidays` (0.109), which cites the decree of each year on lex.uz; numpy knows neither slots nor our
table: it counts whole days by its own business-day functions.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from flows.settings import ROOT
from tests.golden.any_log import AnyLog

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden")]

CALENDAR = "uz_5day_official"
# fmt: off
DAYS_OFF = [
    "2024-01-01", "2024-01-02", "2024-03-08", "2024-03-21", "2024-03-22", "2024-04-10", "2024-04-11", "2024-04-12",
    "2024-05-09", "2024-06-17", "2024-06-18", "2024-09-02", "2024-09-03", "2024-10-01", "2024-12-09", "2024-12-30",
    "2024-12-31", "2025-01-01", "2025-01-02", "2025-03-10", "2025-03-21", "2025-03-31", "2025-05-09", "2025-06-06",
    "2025-09-01", "2025-10-01", "2025-12-08", "2025-12-31",
]
# fmt: on
WORKING_SATURDAYS = ["2024-01-06", "2024-04-13", "2024-12-14", "2025-01-04"]
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
CASES = 300


def test_office_hours_of_two_years_are_those_that_numpy_counts(official: AnyLog) -> None:
    draw = random.Random(6)
    spans = [sorted((_moment(draw), _moment(draw))) for _ in range(CASES)]
    spans += [
        [datetime(2024, 1, 5, 17, 0), datetime(2024, 1, 6, 9, 30)],
        [datetime(2024, 4, 10), datetime(2024, 4, 14)],
    ]
    rows = [
        {"process_id": "dated", "case_id": f"{n:03}", "activity": "a", "started_at": start, "completed_at": end}
        for n, (start, end) in enumerate(spans)
    ]
    with official.of(rows) as worked:
        query = "select lead_work from intermediate.int_bpr__cases order by case_number"
        found = [seconds for (seconds,) in worked.execute(query).fetchall()]
    assert found == [_worked(end) - _worked(start) for start, end in spans]


@pytest.fixture
def official(any_log: AnyLog) -> Iterator[AnyLog]:
    """A process that keeps the official calendar, for the time of the test."""
    run, seeds = any_log.connection.execute, ROOT / "dbt_project" / "seeds" / "calendars"
    days, slots = (f"read_csv('{seeds / name}', all_varchar = true)" for name in ("work_days.csv", "work_slots.csv"))
    run(f"insert into seeds.work_days by name from {days} where calendar_id = '{CALENDAR}'")
    run(f"insert into seeds.work_slots by name from {slots} where calendar_id = '{CALENDAR}'")
    made = f"from ({any_log.sql['int_bpr__work_days']}) where calendar_id = '{CALENDAR}'"
    run(f"insert into intermediate.int_bpr__work_days by name {made}")
    run(f"insert into seeds.processes (process_id, calendar_id) values ('dated', '{CALENDAR}')")
    yield any_log
    for table in ("seeds.work_days", "seeds.work_slots", "seeds.processes", "intermediate.int_bpr__work_days"):
        run(f"delete from {table} where calendar_id = '{CALENDAR}'")


def _moment(draw: random.Random) -> datetime:
    span = int((LAST - FIRST).total_seconds())
    return datetime.combine(FIRST, datetime.min.time()) + timedelta(seconds=draw.randrange(span))


def _worked(moment: datetime) -> float:
    """Return the seconds at work from the first day to a moment."""
    day, clock = moment.date(), moment.hour * 3600 + moment.minute * 60 + moment.second
    saturdays = sum(saturday < str(day) for saturday in WORKING_SATURDAYS)
    days = int(np.busday_count(FIRST, day, holidays=DAYS_OFF)) + saturdays
    works = str(day) in WORKING_SATURDAYS or bool(np.is_busday(day, holidays=DAYS_OFF))
    return 3600.0 * 8 * days + works * (min(max(clock - 32400, 0), 14400) + min(max(clock - 50400, 0), 14400))
