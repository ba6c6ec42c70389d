"""Reorganisations and careers that are awkward to count, each small enough to work out by hand.

Ministry DD: departments DD-1 and DD-2 become DD-3 and DD-4 on 1 February 2026 (DD-1 three fifths and two fifths, DD-2
as a whole to DD-4); DD-5 closes in the middle of January and goes to DD-3. Ministry EE: department EE-1 is split off as
ministry FF on 1 December 2025 and merged back, as EE-3, on 1 February 2026.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
DAY = timedelta(1)
SINCE, SPLIT, CLOSED, MERGED = date(2020, 1, 1), date(2025, 12, 1), date(2026, 1, 16), date(2026, 2, 1)
UNITS = (
    ("DD", "", "", "UZ"),
    ("DD-1", "", "2026-01-31", "DD"),
    ("DD-2", "", "2026-01-31", "DD"),
    ("DD-3", "2026-01-16", "", "DD"),
    ("DD-4", "2026-02-01", "", "DD"),
    ("DD-5", "", "2026-01-15", "DD"),
    ("DD-6", "", "", "DD"),
    ("EE", "", "", "UZ"),
    ("EE-1", "", "2025-11-30", "EE"),
    ("EE-2", "", "", "EE"),
    ("EE-3", "2026-02-01", "", "EE"),
    ("FF", "2025-12-01", "2026-01-31", "UZ"),
    ("FF-1", "2025-12-01", "2026-01-31", "FF"),
)
CHART = "".join(
    f"{unit},{since or '2000-01-01'},{until},{parent},{unit[:2]},{'ministry' if parent == 'UZ' else 'department'},,"
    f"{unit},{unit},{unit},{unit},\n"
    for unit, since, until, parent in UNITS
)
SUCCESSORS = (
    "DD-1,DD-3,2026-02-01,0.6,UP-3\nDD-1,DD-4,2026-02-01,0.4,UP-3\nDD-2,DD-4,2026-02-01,1,UP-3\n"
    "DD-5,DD-3,2026-01-16,1,UP-4\nEE-1,FF-1,2025-12-01,1,UP-5\nFF-1,EE-3,2026-02-01,1,UP-6\nFF,EE,2026-02-01,1,UP-6\n"
)


ABOVE = {unit: parent for unit, _, _, parent in UNITS if parent != "UZ"}
# Unit, view, month -> opening; hires, transfers in, moves in, exits, transfers out, moves out; unexplained; closing.
BRIDGE = {
    ("DD", "as_was", "2025-10"): (11, 1, 0, 0, 1, 0, 0, 0, 11),  # who quits and is back at once
    ("DD", "as_was", "2025-12"): (10, 0, 0, 0, 0, 1, 0, 0, 9),
    ("EE", "as_was", "2026-01"): (2, 0, 1, 0, 0, 0, 0, 0, 3),  # who left DD on 30 December came on 1 January
    ("DD-5", "as_was", "2026-01"): (1, 0, 0, 0, 0, 0, 1, 0, 0),  # closed on 15 January
    ("DD-3", "as_was", "2026-01"): (0, 0, 0, 1, 0, 0, 0, 0, 1),
    ("DD-3", "as_was", "2026-02"): (1, 0, 0, 3, 0, 0, 0, 0, 4),
    ("DD-4", "as_was", "2026-02"): (0, 0, 0, 4, 0, 0, 0, 0, 4),
    ("DD-3", "as_is", "2025-11"): (4, 0, 0, 0, 0, 0, 0, 0, 4),  # three fifths of five, and DD-5
    ("DD-4", "as_is", "2025-11"): (4, 0, 0, 0, 0, 0, 0, 0, 4),  # two fifths of five, and two
    ("EE", "as_was", "2025-12"): (6, 0, 0, 0, 0, 4, 0, 0, 2),  # FF is split off, and comes back in February
    ("FF", "as_was", "2025-12"): (0, 0, 4, 0, 0, 0, 0, 0, 4),
    ("FF", "as_was", "2026-02"): (4, 0, 0, 0, 0, 4, 0, 0, 0),
    ("EE", "as_was", "2026-02"): (3, 0, 4, 0, 0, 0, 0, 0, 7),
    ("EE", "as_was", "2026-03"): (7, 0, 0, 0, 0, 0, 0, 0, 7),  # nobody came in May or left in June
    ("EE-3", "as_is", "2025-11"): (4, 0, 0, 0, 0, 0, 0, 0, 4),
}
# Unit, month -> days in service: nine days away, and who was one day nowhere.
DAYS = {("DD", "2025-10"): 11 * 31 - 9, ("DD", "2025-11"): 10 * 30 + 10, ("EE", "2025-11"): 5 * 30 + 19}


def awkward_people() -> tuple[list[Row], list[Row], list[Row]]:
    """Posts held, posts approved for as long as they are held, and orders."""
    cases = (_shared_out, _split_off, _closed_in_mid_month, _come_back_at_once, _with_a_gap, _announced)
    rows = [row for case in cases for row in case()]
    held = [row for row in rows if "start_date" in row]
    return held, [*map(_approved, held)], [row for row in rows if "movement_class" in row]


def _approved(row: Row) -> Row:
    facts = {"position_group": "auxiliary", "position_category": "specialist", "is_managerial": False}
    days = {"valid_from": row["start_date"], "valid_to": row["end_date"]}
    return facts | days | {name: row[name] for name in ("position_id", "org_unit_id")} | {"approved_fte": 1.0}


def _held(person: str, unit: str, start: date, end: date | None = None) -> Row:
    return {
        "person_key": f"h1_w_{person}",
        "position_id": f"W-{person.upper()}",
        "org_unit_id": unit,
        "assignment_type": "main",
        "fte": 1.0,
        "sex": "female",
        "birth_month": date(1980, 1, 1),
        "civil_service_start_date": SINCE,
        "education_level": "master",
        "contract_type": "indefinite",
        "disability_flag": False,
        "start_date": start,
        "end_date": end,
    }


def _order(person: str, kind: str, day: date, unit: str, to: str | None = None) -> Row:
    facts = {"order_no": f"W-{kind}-{person}", "order_date": day, "effective_date": day, "movement_class": kind}
    return facts | {"person_key": f"h1_w_{person}", "org_unit_id": unit, "to_org_unit_id": to}


def _moved(person: str, old: str, new: str, day: date, kind: str = "internal_transfer_mass") -> Iterator[Row]:
    yield _held(person, old, SINCE, day - DAY)
    yield _held(person, new, day)
    yield _order(person, kind, day, old, new)


def _shared_out() -> Iterator[Row]:
    for person, old, new in (
        *((f"a{number}", "DD-1", "DD-3") for number in range(3)),
        *((f"b{number}", "DD-1", "DD-4") for number in range(2)),
        *((f"c{number}", "DD-2", "DD-4") for number in range(2)),
    ):
        yield from _moved(person, old, new, MERGED)


def _split_off() -> Iterator[Row]:
    for number in range(4):
        person = f"d{number}"
        yield _held(person, "EE-1", SINCE, SPLIT - DAY)
        yield _held(person, "FF-1", SPLIT, MERGED - DAY)
        yield _held(person, "EE-3", MERGED)
        for old, new, day in (("EE-1", "FF-1", SPLIT), ("FF-1", "EE-3", MERGED)):
            yield _order(person, "transfer_out_mass", day - DAY, old)
            yield _order(person, "transfer_in_mass", day, new)


def _closed_in_mid_month() -> Iterator[Row]:
    yield from _moved("e", "DD-5", "DD-3", CLOSED)


def _come_back_at_once() -> Iterator[Row]:
    """Quits on 10 October and is back on the 20th."""
    yield _held("f", "DD-6", SINCE, date(2025, 10, 10))
    yield _held("f", "DD-6", date(2025, 10, 20))
    yield _order("f", "quit", date(2025, 10, 10), "DD-6")
    yield _order("f", "rehire", date(2025, 10, 20), "DD-6")


def _with_a_gap() -> Iterator[Row]:
    """Transferred with a day between, in mid month and at the end of the year."""
    for person, last in (("g", date(2025, 11, 10)), ("h", date(2025, 12, 30))):
        yield _held(person, "DD-6", SINCE, last)
        yield _held(person, "EE-2", last + 2 * DAY)
        yield _order(person, "transfer_out", last, "DD-6")
        yield _order(person, "transfer_in", last + 2 * DAY, "EE-2")


def _announced() -> Iterator[Row]:
    """Comes after the day of the build; and goes after it."""
    yield _held("i", "EE-2", date(2026, 5, 4))
    yield _order("i", "new_hire", date(2026, 5, 4), "EE-2")
    yield _held("j", "EE-2", SINCE, date(2026, 6, 30))
    yield _order("j", "quit", date(2026, 6, 30), "EE-2")
