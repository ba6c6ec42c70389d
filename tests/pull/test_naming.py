"""Periods follow each other without gap or overlap, and names are those of the contract."""

from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from pulling import make

from flows.intake.manifest import scope_of
from flows.pull.naming import file_name, periods
from flows.pull.received import Received


@pytest.mark.parametrize(
    ("every", "first", "names"),
    [
        ("month", "2025-12", ["2025-12", "2026-01", "2026-02"]),
        ("month", "2026-02-14", ["2026-02"]),
        ("year", "2025", ["2025", "2026"]),
        ("day", "2026-02-27", ["2026-02-27", "2026-02-28"]),
        ("month", "2027", []),
    ],
)
def test_periods_run_from_the_first_to_the_one_of_today(every: str, first: str, names: list[str]) -> None:
    found = list(periods(every, first, date(2026, 2, 28)))
    assert [one.name for one in found] == names
    assert all(before.end == after.start for before, after in pairwise(found))


def test_a_period_begins_and_ends_at_midnight_of_its_zone() -> None:
    month = next(periods("month", "2026-09", date(2026, 9, 1)))
    start, end = month.bounds("Asia/Tashkent")
    assert (start.isoformat(), end.isoformat()) == ("2026-09-01T00:00:00+05:00", "2026-10-01T00:00:00+05:00")


@pytest.mark.parametrize("every", ["day", "month", "year"])
def test_intake_understands_the_period_in_the_name_that_a_pull_gives(tmp_path: Path, every: str) -> None:
    pattern = r"far_(?P<period>\d{4}(-\d{2}){0,2})_.*\.csv"
    block = {
        "connector": "https",
        "url": "https://x.example.uz/{period}.csv",
        "window": {"every": every, "first": "2026"},
    }
    far = make(tmp_path, block, file={"name": pattern, "format": "csv"}, scope="period")
    for period in periods(every, "2026", date(2026, 2, 2)):
        name = file_name(far.contract, period, date(2026, 2, 2))
        received = Received("far", tmp_path, name, 0, "", "", datetime(2026, 2, 2, tzinfo=UTC))
        assert scope_of(received, far.contract).period == period.start
