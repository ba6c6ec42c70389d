"""Personnel as it really comes: doubled and conflicting rows, several posts, gaps, tiny departments, orders that err.

Ministries BB and CC send it; department CC-2 has hardly anybody. Nobody of them stands in ministry AA.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
UNITS = ("BB-1", "BB-1", "BB-1", "CC-1", "CC-1", "CC-2")
CHART = (
    "CC,2000-01-01,,UZ,CC,ministry,,CC,CC,CC,CC,\n"
    "CC-1,2000-01-01,,CC,CC,department,,CC-1,CC-1,CC-1,CC-1,\n"
    "CC-2,2000-01-01,,CC,CC,department,,CC-2,CC-2,CC-2,CC-2,\n"
)
PERSONS = 220


def messy_people(rng: random.Random) -> tuple[list[Row], list[Row], list[Row]]:
    """Posts held, posts approved and orders of persons of whom each shows one mess or none."""
    held: list[Row] = []
    orders: list[Row] = []
    for number in range(PERSONS):
        person = _person(f"h1_m{number:03d}", rng)
        mess = rng.choice(MESSES)
        for row in mess(person, rng):
            (orders if "movement_class" in row else held).append(row)
    return held, list(_posts({(row["position_id"], row["org_unit_id"]) for row in held}, rng)), orders


def _person(key: str, rng: random.Random) -> Row:
    served = date(1995, 1, 1) + timedelta(rng.randrange(10_000))
    return {
        "person_key": key,
        "sex": rng.choice(("female", "male")),
        "birth_month": date(rng.randrange(1955, 2003), rng.randrange(1, 13), 1),
        "civil_service_start_date": rng.choice((served, served, None)),
        "prior_service_days": rng.choice((None, None, 900, 4000)),
        "pension_service_start_date": rng.choice((None, None, None, date(1990, 1, 1))),
        "education_level": rng.choice(("secondary", "bachelor", "master", None)),
        "contract_type": rng.choice(("indefinite", "fixed_term", "first_year", None)),
        "disability_flag": rng.choice((True, False, False, None)),
    }


def _post(person: Row, rng: random.Random, start: date, end: date | None = None, **more: Any) -> Row:
    unit = more.pop("org_unit_id", None) or rng.choice(UNITS)
    facts = {
        "position_id": f"M-{unit}-{rng.randrange(60):02d}",
        "org_unit_id": unit,
        "assignment_type": "main",
        "fte": rng.choice((0.25, 0.5, 1.0, 1.0, 1.0)),
        "start_date": start,
        "end_date": end,
    }
    return {**person, **facts, **more}


def _order(row: Row, kind: str, day: date, **more: Any) -> Row:
    number = f"{kind.upper().replace('_', '-')}-{row['person_key'][3:].upper()}"
    facts = {"order_no": number, "order_date": day, "effective_date": day, "movement_class": kind}
    return {"person_key": row["person_key"], "org_unit_id": row["org_unit_id"], **facts, **more}


def _day(rng: random.Random, first: date = date(2023, 6, 1), days: int = 1000) -> date:
    return first + timedelta(rng.randrange(days))


def _clean(person: Row, rng: random.Random) -> Iterator[Row]:
    start = _day(rng, date(2020, 1, 1), 2200)
    end = rng.choice((None, start + timedelta(rng.randrange(20, 900))))
    row = _post(person, rng, start, end)
    yield row
    yield _order(row, rng.choice(("new_hire", "rehire")), start)
    if end:
        yield _order(row, rng.choice(("quit", "agreement", "retirement_voluntary", "reduction", "death")), end)


def _doubled(person: Row, rng: random.Random) -> Iterator[Row]:
    """One spell in two rows that disagree about its start, its rate and the person's sex."""
    start = _day(rng)
    row = _post(person, rng, start)
    yield row
    yield row | {
        "start_date": start + timedelta(rng.randrange(1, 60)),
        "fte": 1.0,
        "sex": rng.choice(("female", "male")),
    }


def _nested(person: Row, rng: random.Random) -> Iterator[Row]:
    """A second main post that ends while the first goes on; the file may say which is the primary one."""
    start = _day(rng, date(2022, 1, 1), 700)
    inner = start + timedelta(rng.randrange(60, 600))
    flags = rng.choice(((None, None), (True, False), (False, True), (True, None)))
    unit = rng.choice(UNITS)
    yield _post(person, rng, start, org_unit_id=unit, is_primary=flags[0])
    end = inner + timedelta(rng.randrange(10, 400))
    yield _post(person, rng, inner, end, org_unit_id=rng.choice((unit, "BB-1")), is_primary=flags[1])


def _cut(person: Row, rng: random.Random) -> Iterator[Row]:
    """Two main posts; the row of that entered first is cut where its rate changes, and begins no new post there."""
    start = _day(rng, date(2022, 1, 1), 700)
    cut = start + timedelta(rng.randrange(300, 900))
    first = _post(person, rng, start, cut - timedelta(1))
    yield first
    yield first | {"start_date": cut, "end_date": None, "fte": rng.choice((0.5, 1.0))}
    yield _post(person, rng, start + timedelta(rng.choice((0, 40))), org_unit_id=rng.choice(("BB-1", "CC-2")))


def _combining(person: Row, rng: random.Random) -> Iterator[Row]:
    """Part of a rate here, part of a rate there, and perhaps acting besides."""
    start = _day(rng, date(2021, 1, 1), 1400)
    yield _post(person, rng, start, fte=0.5)
    kind = rng.choice(("internal_combination", "external_combination", "acting", "seconded_in"))
    yield _post(person, rng, start + timedelta(90), assignment_type=kind, fte=0.25)


def _in_two_ministries(person: Row, rng: random.Random) -> Iterator[Row]:
    """A main post in each of two ministries; one is given up in the end."""
    start, end = _day(rng, date(2021, 1, 1), 900), _day(rng, date(2025, 2, 1), 380)
    left = _post(person, rng, start, end, org_unit_id="BB-1")
    kept = _post(person, rng, start + timedelta(rng.randrange(1, 500)), org_unit_id="CC-1")
    yield from (left, kept)
    yield _order(left, "quit", end)
    yield _order(kept, "new_hire", kept["start_date"])


def _transferred(person: Row, rng: random.Random) -> Iterator[Row]:
    """From one ministry to the other, as quitting and hiring; with a gap, at once, or overlapping; orders may lack."""
    end = _day(rng, date(2024, 6, 1), 500)
    start = end + timedelta(rng.choice((-20, 1, 15, 30, 31, 60)))
    left = _post(person, rng, date(2019, 1, 1), end, org_unit_id="BB-1")
    entered = _post(person, rng, start, org_unit_id=rng.choice(("CC-1", "CC-2")))
    yield from (left, entered)
    which = rng.randrange(3)
    if which != 1:
        yield _order(left, rng.choice(("quit", "transfer_out")), end)
    if which != 2:
        yield _order(entered, rng.choice(("new_hire", "transfer_in")), start)


def _come_back(person: Row, rng: random.Random) -> Iterator[Row]:
    """Gone for months, and back in the same body."""
    end = _day(rng, date(2024, 1, 1), 300)
    back = end + timedelta(rng.randrange(40, 300))
    left = _post(person, rng, date(2020, 5, 1), end)
    yield from (left, _post(person, rng, back, org_unit_id=left["org_unit_id"]))
    yield _order(left, "quit", end)
    yield _order(left, "rehire", back)


def _away(person: Row, rng: random.Random) -> Iterator[Row]:
    """On long leave, or seconded to another body."""
    start = _day(rng, date(2020, 1, 1), 1500)
    leave = start + timedelta(rng.randrange(30, 500))
    back = rng.choice((None, leave + timedelta(rng.randrange(20, 500))))
    yield _post(person, rng, start, long_leave_start=leave, long_leave_end=back)
    if rng.random() < 0.3:
        yield _post(person, rng, leave, assignment_type="seconded_out")


def _contradicted(person: Row, rng: random.Random) -> Iterator[Row]:
    """Two orders for one exit that name different grounds and units, and a promotion told twice."""
    end = _day(rng, date(2024, 5, 1), 650)
    row = _post(person, rng, date(2018, 3, 1), end, org_unit_id="CC-1")
    yield row
    yield _order(row, "quit", end)
    yield _order(row, "retirement_voluntary", end, org_unit_id="CC-2", order_no="B-2", order_date=end + timedelta(9))
    for later, kind in enumerate(("promotion", "promotion", "internal_transfer", "rotation")):
        day = end - timedelta(70 - later)
        yield _order(row, kind, day, order_no=f"P-{later}", to_org_unit_id="CC-1")


def _only_ordered(person: Row, rng: random.Random) -> Iterator[Row]:
    """Orders about a person whom no file knows, and a post that begins after the day of the build."""
    row = _post(person, rng, date(2026, 5, 1))
    yield row
    yield _order(row, "new_hire", _day(rng, date(2024, 4, 1), 700))


def _posts(held: set[tuple[str, str]], rng: random.Random) -> Iterator[Row]:
    """Most posts stand in the staffing table, in one version or in two; two versions may overlap."""
    for position, unit in sorted(held):
        if rng.random() < 0.15:
            continue
        facts = {
            "position_id": position,
            "org_unit_id": unit,
            "position_group": rng.choice(("managerial", "auxiliary")),
            "position_category": rng.choice(("division_head", "specialist")),
            "is_managerial": rng.random() < 0.4,
            "approved_fte": rng.choice((0.5, 1.0, 2.0)),
            "job_family": rng.choice(("hr", "legal", None)),
            "valid_from": date(2018, 1, 1),
            "valid_to": rng.choice((None, None, date(2025, 9, 30))),
        }
        yield facts
        if rng.random() < 0.3:
            yield facts | {
                "valid_from": date(2025, 3, 10),
                "is_managerial": True,
                "approved_fte": 1.5,
                "valid_to": None,
            }


Mess = Callable[[Row, random.Random], Iterator[Row]]
MESSES: tuple[Mess, ...] = (
    _clean,
    _doubled,
    _nested,
    _cut,
    _combining,
    _in_two_ministries,
    _transferred,
    _come_back,
    _away,
    _contradicted,
    _only_ordered,
)
