"""Periods follow each other without gap or overlap, and names are those of the contract."""

from datetime import date
from itertools import pairwise

import pytest

from flows.pull.naming import periods


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
