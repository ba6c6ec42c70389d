"""What the golden world sends of the kinds beside posts and orders. Ministry BB sends none of them."""

from itertools import starmap
from typing import Any

from tests.warehouse.lake import Lake, day

# course, person, unit, kind, first day, last day, hours, hours of, result
TRAININGS = (
    # the first course of the data: three years are known from March 2026 on
    ("T-1", "davron", "AA-2", "development", "2023-02-01", "2023-02-10", 40, "academic", "completed"),
    ("T-2", "aziza", "AA-1", "development", "2024-05-01", "2024-05-10", 40, "academic", "completed"),
    ("T-2", "elyor", "AA-2", "development", "2024-05-01", "2024-05-10", 40, "academic", "left"),
    ("T-3", "aziza", "AA-1", "integrity", "2026-01-20", "2026-01-20", 8, "clock", "completed"),
    # 24 academic hours of 45 minutes are 18
    ("T-4", "charos", "AA-21", "induction", "2026-03-02", "2026-03-06", 24, "academic", "completed"),
    # still running
    ("T-5", "aziza", "AA-2", "digital", "2026-03-30", None, 16, "clock", None),
)


def course(
    training: str,
    person: str,
    unit: str,
    kind: str,
    start: str,
    end: str | None,
    hours: int,
    of: str,
    result: str | None,
) -> dict[str, Any]:
    """One row of a list of trainings."""
    return {
        "training_id": training,
        "person_key": f"h1_{person}",
        "org_unit_id": unit,
        "type": kind,
        "start_date": day(start),
        "end_date": day(end) if end else None,
        "hours": hours,
        "hours_unit": of,
        "result": result,
        "cost": 47 if training == "T-3" else 0,
    }


# record, person, unit, kind, first day, last day
LEAVE = (
    ("L-1", "aziza", "AA-1", "annual", "2026-01-12", "2026-01-25"),
    # Thursday to Monday, and a second certificate that begins on that Monday: four working days
    ("L-2", "davron", "AA-2", "sick", "2026-03-05", "2026-03-09"),
    ("L-3", "davron", "AA-2", "sick", "2026-03-09", "2026-03-10"),
    ("L-4", "charos", "AA-21", "parental", "2026-03-23", None),
)

# record, person, unit, sanction, decided, cancelled
DISCIPLINE = (
    ("D-1", "davron", "AA-2", "reprimand", "2026-01-15", None),
    ("D-2", "davron", "AA-2", "fine", "2026-02-10", None),
    ("D-3", "aziza", "AA-2", "reprimand", "2026-02-12", "2026-03-01"),
    # as of 31 March it stands
    ("D-4", "bahrom", "AA-2", "dismissal", "2026-02-20", "2026-04-10"),
    ("D-5", "aziza", "AA-2", None, None, None),
)

# person, unit, kind, due, filed
DECLARATIONS = (
    ("aziza", "AA-2", "income", "2026-03-31", "2026-03-31"),
    ("davron", "AA-21", "income", "2026-03-31", "2026-04-01"),
    ("charos", "AA-21", "income", "2026-03-31", None),
    ("elyor", "AA-2", "conflict_of_interest", "2026-03-31", None),
)

# person, unit of the post, post, readiness, first day, last day
RESERVE = (
    ("davron", "AA-2", "A-1N", "ready_now", "2025-01-01", None),
    ("elyor", "AA-2", "A-1N", "ready_now", "2025-01-01", "2026-03-31"),
    ("davron", "AA-2", "A-2", "ready_1y", "2025-01-01", None),
    ("charos", "AA-2", "A-2", "ready_now", "2026-02-15", "2026-03-30"),
)

# person, unit, completed, rating, score of the key indicators; the cycle of 2025, due on 31 January
APPRAISALS = (
    ("aziza", "AA-1", "2026-01-31", "five_excellent", 90),
    ("bahrom", "AA-2", "2026-02-05", "five_good", 70),
    ("davron", "AA-2", None, None, None),
)


def leave(record: str, person: str, unit: str, kind: str, start: str, end: str | None) -> dict[str, Any]:
    """One row of a leave register."""
    row = {"record_id": record, "person_key": f"h1_{person}", "org_unit_id": unit, "type": kind}
    return {**row, "start_date": day(start), "end_date": day(end) if end else None}


def case(
    record: str, person: str, unit: str, sanction: str | None, decided: str | None, cancelled: str | None
) -> dict[str, Any]:
    """One row of a register of disciplinary cases."""
    return {
        "record_id": record,
        "person_key": f"h1_{person}",
        "org_unit_id": unit,
        "sanction_code": sanction,
        "opened_date": day("2026-01-02"),
        "decided_date": day(decided) if decided else None,
        "cancelled_date": day(cancelled) if cancelled else None,
    }


def declaration(person: str, unit: str, kind: str, due: str, filed: str | None) -> dict[str, Any]:
    """One row of a register of declarations."""
    return {
        "person_key": f"h1_{person}",
        "declaration_kind": kind,
        "declared_year": 2025,
        "org_unit_id": unit,
        "obliged_from": day("2025-01-01"),
        "due_date": day(due),
        "filed_date": day(filed) if filed else None,
    }


def member(person: str, unit: str, position: str, readiness: str, start: str, end: str | None) -> dict[str, Any]:
    """One row of a reserve register."""
    return {
        "person_key": f"h1_{person}",
        "target_position": position,
        "org_unit_id": unit,
        "reserve_type": "ministry",
        "readiness": readiness,
        "entered_date": day(start),
        "left_date": day(end) if end else None,
    }


def appraisal(person: str, unit: str, completed: str | None, rating: str | None, kpi: int | None) -> dict[str, Any]:
    """One row of a list of appraisals."""
    return {
        "person_key": f"h1_{person}",
        "cycle": "2025",
        "org_unit_id": unit,
        "cycle_start": day("2025-01-01"),
        "cycle_end": day("2025-12-31"),
        "due_date": day("2026-01-31"),
        "completed_date": day(completed) if completed else None,
        "rating_code": rating,
        "kpi_score": kpi,
    }


# vacancy, post, unit, opened, closed, first day in the post, who, outcome
COMPETITIONS = (
    # announced again after three weeks: one competition, which Charos won
    ("V-1", "A-3", "AA-21", "2025-12-01", "2025-12-20", None, None, "failed"),
    ("V-2", "A-3", "AA-21", "2026-01-10", "2026-02-10", "2026-02-15", "charos", "filled"),
    ("V-3", "A-2", "AA-2", "2026-03-02", "2026-03-20", None, None, "failed"),
    # still open, and no post of the staffing table
    ("V-4", "A-4", "AA-2", "2026-03-25", None, None, None, None),
    ("V-5", "X-9", "AA-2", "2026-01-25", "2026-02-25", None, None, "failed"),
)

# application, vacancy, sex, selected
APPLICATIONS = (
    ("P-1", "V-1", "male", False),
    ("P-2", "V-2", "male", False),
    ("P-3", "V-2", "female", True),
    ("P-4", "V-3", "male", False),
    ("P-5", "V-5", "male", False),
)


def competition(
    vacancy: str,
    position: str,
    unit: str,
    opened: str,
    closed: str | None,
    filled: str | None,
    who: str | None,
    outcome: str | None,
) -> dict[str, Any]:
    """One row of a list of competitions."""
    return {
        "vacancy_id": vacancy,
        "position_id": position,
        "org_unit_id": unit,
        "competition_type": "external",
        "opened_date": day(opened),
        "closed_date": day(closed) if closed else None,
        "filled_date": day(filled) if filled else None,
        "selected_person_key": f"h1_{who}" if who else None,
        "outcome": outcome,
    }


def application(number: str, vacancy: str, sex: str, selected: bool) -> dict[str, Any]:
    """One row of a list of applications."""
    stage = "selected" if selected else "test"
    row = {"application_id": number, "vacancy_id": vacancy, "applicant_key": f"h1_{number}", "sex": sex}
    return {**row, "stage_reached": stage, "selected": selected}


# person, unit, post, month, kind, month paid, rate, paid days, base pay, bonus
PAY = (
    ("aziza", "AA-1", "A-1", "2026-01-01", "regular", "2026-01-01", 1.0, 22, 1000, 200),
    ("aziza", "AA-2", "A-1N", "2026-02-01", "regular", "2026-02-01", 1.0, 20, 1000, 0),
    # for February, paid in March; what is paid once belongs to no month
    ("aziza", "AA-2", "A-1N", "2026-02-01", "back_pay", "2026-03-01", 1.0, 0, 300, 0),
    ("aziza", "AA-2", "A-1N", "2026-02-01", "one_off", "2026-02-01", 1.0, 0, 5000, 0),
    ("aziza", "AA-2", "A-1N", "2026-03-01", "regular", "2026-03-01", 1.0, 22, 1000, 0),
    ("davron", "AA-2", "A-4", "2026-03-01", "regular", "2026-03-01", 1.0, 10, 800, 0),
    # paid after the day of the build
    ("davron", "AA-2", "A-4", "2026-03-01", "back_pay", "2026-04-01", 1.0, 0, 900, 0),
    ("charos", "AA-21", "A-3", "2026-03-01", "regular", "2026-03-01", 0.5, 22, 400, 0),
)


def pay(
    person: str,
    unit: str,
    position: str,
    month: str,
    kind: str,
    paid_month: str,
    fte: float,
    paid_days: int,
    base: int,
    bonus: int,
) -> dict[str, Any]:
    """One row of a payroll."""
    return {
        "person_key": f"h1_{person}",
        "org_unit_id": unit,
        "position_id": position,
        "month": day(month),
        "pay_kind": kind,
        "paid_month": day(paid_month),
        "fte": fte,
        "paid_days": paid_days,
        "currency": "UZS",
        "base_pay": base,
        "bonus": bonus,
    }


TOPICS = {
    "pay": list(starmap(pay, PAY)),
    "competitions": list(starmap(competition, COMPETITIONS)),
    "applications": list(starmap(application, APPLICATIONS)),
    "trainings": list(starmap(course, TRAININGS)),
    "leave": list(starmap(leave, LEAVE)),
    "discipline": list(starmap(case, DISCIPLINE)),
    "declarations": list(starmap(declaration, DECLARATIONS)),
    "reserve": list(starmap(member, RESERVE)),
    "appraisals": list(starmap(appraisal, APPRAISALS)),
}


def deliver_topics(lake: Lake) -> None:
    """Land the rows of this file, each kind from ministry AA."""
    for kind, rows in TOPICS.items():
        lake.source(f"{kind}_aa", kind, organisation="AA")
        lake.deliver(f"{kind}_aa", rows)
