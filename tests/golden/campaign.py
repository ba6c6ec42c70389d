"""Thirty posts of May 2024 in AA-2: enough persons for what is said of ten or more, and gone before the other cases."""

from typing import Any

from tests.golden.topics import application, competition, pay
from tests.warehouse.lake import Lake, day

FIRST, LAST = "2024-05-01", "2024-05-31"
# Ten women with 110, 120, ... 200, ten men with 155, 165, ... 245, and ten men who lead with 400 each.
PERSONS = (
    *(("female", "specialist", 100 + 10 * n) for n in range(1, 11)),
    *(("male", "specialist", 145 + 10 * n) for n in range(1, 11)),
    *(("male", "department_head", 400) for _ in range(10)),
)
# Ten competitions: five won by one of twenty women, five by one of ten men.
APPLIED = (*(("female", number % 4 == 0) for number in range(20)), *(("male", number % 2 == 0) for number in range(10)))


def campaign() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each kind."""
    numbered = list(enumerate(PERSONS, 1))
    applied = list(enumerate(APPLIED))
    return {
        "personnel": [_post(number, sex) for number, (sex, _, _) in numbered],
        "staffing": [_approved(number, category) for number, (_, category, _) in numbered],
        "pay": [
            pay(f"may{number}", "AA-2", f"M-{number}", FIRST, "regular", FIRST, 1.0, 20, amount, 0)
            for number, (_, _, amount) in numbered
        ],
        "competitions": [
            competition(f"M-V{n}", f"M-{n}", "AA-2", "2024-05-02", "2024-05-20", "2024-05-21", f"may{n}", "filled")
            for n in range(1, 11)
        ],
        "applications": [
            application(f"M-P{number}", f"M-V{1 + number % 10}", sex, selected) for number, (sex, selected) in applied
        ],
    }


def _post(number: int, sex: str) -> dict[str, Any]:
    return {
        "person_key": f"h1_may{number}",
        "birth_month": day("1980-01-01"),
        "sex": sex,
        "civil_service_start_date": day(FIRST),
        "position_id": f"M-{number}",
        "org_unit_id": "AA-2",
        "assignment_type": "main",
        "fte": 1.0,
        "start_date": day(FIRST),
        "end_date": day(LAST),
    }


def _approved(number: int, category: str) -> dict[str, Any]:
    return {
        "position_id": f"M-{number}",
        "org_unit_id": "AA-2",
        "position_group": "auxiliary",
        "position_category": category,
        "is_managerial": category == "department_head",
        "approved_fte": 1.0,
        "valid_from": day(FIRST),
        "valid_to": day(LAST),
    }


def deliver_campaign(lake: Lake) -> None:
    """Land the rows, each kind as a source of its own that was known in 2025."""
    for kind, rows in campaign().items():
        lake.source(f"{kind}_may", kind, organisation="AA")
        lake.deliver(f"{kind}_may", rows, known_from="2025-12-01")
