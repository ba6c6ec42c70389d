"""Snapshots become stays: what happened in between is dated by the file, or else in the middle of both."""

from datetime import date

import duckdb
import pytest

from flows.contracts.model import Panel
from flows.warehouse.stays import stays_query

COLUMNS = ("person_key", "org_unit_id", "fte", "start_date", "end_date", "seen_on", "_source", "_delivery_id", "_row")
Row = tuple[str, str, int, float, date | None, date | None]  # person, unit, month seen, rate, since, until
SEEN: list[Row] = [
    ("1", "U", 1, 1.0, None, None),  # others are seen in each month from January to May: five snapshots
    ("1", "U", 2, 1.0, None, None),
    ("1", "U", 3, 0.5, None, None),
    ("1", "U", 4, 0.5, None, None),
    ("1", "U", 5, 0.5, None, None),
]


def test_who_is_seen_each_month_has_one_stay_until_something_changes() -> None:
    """Seen on 29 February at one rate and on 31 March, 31 days later, at another: from 16 March on, the middle day."""
    assert _stays([]) == [
        ("1", "U", 1.0, date(2024, 1, 1), date(2024, 3, 15)),
        ("1", "U", 0.5, date(2024, 3, 16), None),
    ]


def test_a_date_of_the_file_counts_where_it_lies_between_the_snapshots() -> None:
    rows: list[Row] = [
        ("2", "U", 3, 1.0, date(2024, 3, 5), None),
        ("2", "U", 4, 1.0, date(2024, 3, 5), date(2024, 4, 10)),
        ("3", "U", 2, 1.0, date(2010, 1, 1), None),  # was not seen in January, whatever it says
        ("4", "U", 5, 1.0, date(2024, 5, 3), date(2024, 5, 20)),
    ]
    assert _stays(rows)[2:] == [
        ("2", "U", 1.0, date(2024, 3, 5), date(2024, 4, 10)),
        ("3", "U", 1.0, date(2024, 2, 15), date(2024, 3, 15)),
        ("4", "U", 1.0, date(2024, 5, 3), date(2024, 5, 20)),
    ]


def test_who_misses_a_snapshot_has_left_unless_it_is_bridged() -> None:
    rows: list[Row] = [
        ("2", "U", 1, 1.0, None, None),
        ("2", "U", 3, 1.0, None, None),
        ("2", "V", 4, 1.0, None, None),
        ("2", "V", 5, 1.0, None, None),
    ]
    moved = ("2", "V", 1.0, date(2024, 4, 16), None)
    assert _stays(rows)[2:] == [
        ("2", "U", 1.0, date(2024, 1, 1), date(2024, 2, 14)),
        ("2", "U", 1.0, date(2024, 3, 16), date(2024, 4, 15)),
        moved,
    ]
    assert _stays(rows, bridges=1)[2:] == [("2", "U", 1.0, date(2024, 1, 1), date(2024, 4, 15)), moved]


def test_two_rows_of_one_day_are_two_stays() -> None:
    rows: list[Row] = [("2", "U", 2, 0.5, None, None), ("2", "V", 2, 0.25, None, None)]
    days = (date(2024, 2, 15), date(2024, 3, 15))
    assert _stays(rows)[2:] == [("2", "U", 0.5, *days), ("2", "V", 0.25, *days)]


@pytest.mark.parametrize(("span", "first"), [("quarter", date(2024, 1, 1)), ("year", date(2024, 1, 1))])
def test_a_series_begins_with_the_first_day_of_its_span(span: str, first: date) -> None:
    assert _stays([], span=span)[0][3] == first


def _stays(rows: list[Row], span: str = "month", bridges: int = 0) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("create schema lake")
        connection.execute("create table lake.deliveries (delivery_id varchar, period date, known_from date)")
        connection.execute(
            "create table lake.personnel__of_days (person_key varchar, org_unit_id varchar, fte double,"
            " start_date date, end_date date, seen_on date, _source varchar, _delivery_id varchar, _row bigint)"
        )
        for month in range(1, 6):
            days = [date(2024, month, 1), date(2024, month + 1, 5)]
            connection.execute("insert into lake.deliveries values (?, ?, ?)", [f"d{month}", *days])
        for number, (person, unit, month, rate, since, until) in enumerate(SEEN + rows):
            row = [person, unit, rate, since, until, None, "s", f"d{month}", number]
            connection.execute(f"insert into lake.personnel__of_days values ({', '.join('?' * 9)})", row)
        panels = {"s": Panel(span, bridges)}  # ty: ignore[invalid-argument-type] - drawn from its words
        told = f"select person_key, org_unit_id, fte, start_date, end_date from ({stays_query(panels, COLUMNS)})"
        return connection.execute(f"{told} order by 1, 4, 2").fetchall()
