"""The process questionnaire of one wave, as a KoboToolbox export with its repeat sheet and planted defects."""

import csv
import random
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from data.generator.organisation import SEEDS
from data.generator.surveys.codebook import Question, cells, headers, read_questions
from data.generator.surveys.kobo import REPEAT_TAIL, TAIL, local_text, new_uuid, tail, times, utc_text
from data.generator.surveys.records import REFUSED, Delivery, Planter, Record, Table
from data.generator.writers import Cell, Sheet, write_xlsx

SOURCE, WAVE, SENT = "bpr_questionnaire", "2026-06", date(2026, 6, 29)
FIELDWORK = datetime(2026, 6, 1)
# Process -> units of its respondents: 9, 7 and 4 of them.
RESPONDENTS = {
    "correspondence": ("MOA-STR", "MOA-HR", "MOA-LEG", "MOA-STR", "MOA-FIN", "MOA-AN", "MOC-DIG", "MOC-LEG", "MHE-DIG"),
    "recruitment": ("MOA-HR", "MOC-HR", "MHE-HR", "MOC-FIN", "MHE-LEG", "MOA-HR", "MOC-HR"),
    "leave": ("MHE-HR", "MHE-FIN", "MOC-HR", "MOA-HR"),
}
# Typical lead time in working days, returns and late cases out of 100, documents, applicant's minutes.
PROFILES = {
    "correspondence": (14, 35, 30, 2, 20),
    "recruitment": (42, 25, 45, 9, 240),
    "leave": (8, 15, 40, 1, 15),
}
STEP_TYPES = {"clerk": "register", "deputy_minister": "approve", "minister": "approve", "head_unit": "approve"} | {
    "legal": "check",
    "checker": "check",
    "finance": "check",
    "executor": "draft",
    "external": "external_wait",
}
MEAN_BY_P50 = 0.3 * 0.5 + 0.4 + 0.3 * 2.5  # of answers whose P10 is half and P90 two and a half times the typical one
YEAR_DAYS = 252
WEEKS_OF_MONTH = YEAR_DAYS / 5 / 12
ROUND = (1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 40, 45, 60, 90, 120, 150, 180, 240, 300, 360, 480)


@dataclass(frozen=True)
class Step:
    """A step of a process with typical minutes of work, hours of waiting, sign-offs and returns."""

    step: str
    role: str
    touch: float
    wait: float
    signoffs: int
    returned: int


@cache
def read_steps(process: str) -> tuple[Step, ...]:
    """Read the designed steps of a process from the project's seed; steps of return are not asked about."""
    with (SEEDS.parent / "processes" / "process_steps.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["process_id"] == process and row["is_return"] == "false"]
    return tuple(
        Step(
            row["step_id"],
            row["role"],
            float(row["touch_p50_min"]),
            float(row["wait_p50_wh"]),
            int(row["signoffs"]),
            int(row["return_pct"]),
        )
        for row in rows
    )


def questionnaire_delivery(rng: random.Random) -> Delivery:
    """Return the submissions and their steps."""
    people = [(process, unit) for process, units in RESPONDENTS.items() for unit in units]
    submissions = [Record(_values(process, unit, rng)) for process, unit in people]
    submissions.sort(key=lambda one: one.values["submitted"])
    steps = [Record(step) for one in submissions for step in _steps(one.values, rng)]
    _plant(submissions, steps, rng)
    tables = {"rows": Table(submissions), "step": Table(steps)}
    return Delivery(SOURCE, f"bpr_wave{WAVE}_sent{SENT}.xlsx", tables)


def write_questionnaire(delivery: Delivery, inbox: Path) -> None:
    """Write the export: one sheet for submissions, one for their steps."""
    questions = read_questions("bpr")
    main = [question for question in questions if question.repeat == "none"]
    repeated = [question for question in questions if question.repeat == "step"]
    submissions, steps = delivery.tables["rows"].records, delivery.tables["step"].records
    places = {one.values["uuid"]: place for place, one in enumerate(submissions, start=1)}
    sheet = [["start", "end", *_header(main), *TAIL], *(_row(one, main, places) for one in submissions)]
    rows = [_step_row(one, repeated, place, places) for place, one in enumerate(steps, start=1)]
    step_sheet = [[*_header(repeated), *REPEAT_TAIL], *rows]
    write_xlsx(inbox / SOURCE / delivery.file, [Sheet("bpr", sheet), Sheet("step", step_sheet)])


def _header(questions: list[Question]) -> list[Cell]:
    return [text for question in questions for text in headers(question)]


def _values(process: str, unit: str, rng: random.Random) -> dict[str, Any]:
    uuid, steps = new_uuid(rng), read_steps(process)
    values = {
        **times(rng, FIELDWORK, 18),
        "uuid": uuid,
        "root": uuid,
        "validation_status": rng.choice((None, "Approved")),
        "form_version": "vB3nQ8rLt5WzK1xY",
        "a01_consent": "yes",
        "a02_ministry": unit[:3],
        "a03_unit": unit,
        "a04_role": rng.choice(("executor", "clerk", "checker", "head_unit")),
        "a05_tenure_years": rng.randrange(1, 15),
        "b01_process": process,
        "d00_n_steps": len(steps),
    }
    told = {**values, **_profile(process, rng), **_whole(process, rng), **_views(rng)}
    return told | {"e03_cases_month": _cases_of(told)}


def _cases_of(told: dict[str, Any]) -> int:
    """Return as many cases a month as fill the hours told with the steps of the respondent's role."""
    hours = (
        MEAN_BY_P50 * sum(step.touch for step in read_steps(told["b01_process"]) if step.role == told["a04_role"]) / 60
    )
    return max(1, round(told["e02_hours_process"] * WEEKS_OF_MONTH / hours)) if hours else told["e03_cases_month"]


def _profile(process: str, rng: random.Random) -> dict[str, Any]:
    cases = rng.randrange(8, 60) * 10
    open_cases = round(cases * PROFILES[process][0] / YEAR_DAYS)  # who knows the process tells what fits (Little's law)
    return {
        "b02_trigger": rng.choice(("superior_order", "internal", "citizen")),
        "b03_has_deadline": "yes",
        "b04_deadline_value": {"correspondence": 10, "recruitment": 40, "leave": 5}[process],
        "b05_deadline_unit": "work_day",
        "b06_annual_cases": cases,
        "b07_volume_source": rng.choice(("edms_report", "register", "estimate")),
        "b08_open_cases": open_cases,
        "b09_overdue_cases": open_cases // 4,
    }


def _whole(process: str, rng: random.Random) -> dict[str, Any]:
    lead, returned, late, documents, minutes = PROFILES[process]
    typical = _rounded(lead * rng.lognormvariate(0, 0.25))
    reasons = rng.sample(
        ("missing_doc", "wrong_data", "format", "superior_opinion", "legal_basis"), rng.randrange(1, 4)
    )
    return {
        "c01_lead_p50": typical,
        "c02_lead_p10": round(typical * 0.4, 1),
        "c03_lead_p90": round(typical * 2.2),
        "c04_return_pct": _percent(returned, rng),
        "c05_return_reasons": " ".join(reasons),
        "c06_error_pct": _percent(6, rng),
        "c07_late_pct": _percent(late, rng),
        "c08_docs_required": documents,
        "c09_docs_already_held": documents // 2,
        "c10_applicant_minutes": minutes,
        "c11_applicant_cost_uzs": rng.randrange(0, 5) * 10_000,
    }


def _views(rng: random.Random) -> dict[str, Any]:
    hours = rng.randrange(36, 56)
    maturity = ("f01_design", "f02_performers", "f03_owner", "f04_infrastructure", "f05_metrics")
    return {
        "e01_hours_total": hours,
        "e02_hours_process": rng.randrange(4, 20),
        "e03_cases_month": rng.randrange(5, 60),
        "e04_staff_unit": rng.randrange(2, 12),
        **{item: str(rng.randrange(1, 6)) for item in maturity},
        "g01_impact": str(rng.randrange(3, 6)),
        "g02_feasibility": str(rng.randrange(2, 6)),
        "g03_barriers": " ".join(rng.sample(("law", "budget", "it", "habit", "leadership"), 2)),
        "g04_suggestion": rng.choice((None, None, "Vizalar sonini kamaytirish", "Убрать бумажный журнал")),
        "g05_confidence": str(rng.randrange(2, 6)),
    }


def _steps(submission: dict[str, Any], rng: random.Random) -> list[dict[str, Any]]:
    """Describe the steps as one respondent remembers them: with an own bias, rounded."""
    bias = rng.lognormvariate(0, 0.3)
    return [_step(step, submission, bias, rng) for step in read_steps(submission["b01_process"])]


def _step(step: Step, submission: dict[str, Any], bias: float, rng: random.Random) -> dict[str, Any]:
    touch = _rounded(step.touch * bias * rng.lognormvariate(0, 0.25))
    wait = _rounded(step.wait * bias * rng.lognormvariate(0, 0.3)) if step.wait else 0
    return {
        "uuid": submission["uuid"],
        "submitted": submission["submitted"],
        "validation_status": submission["validation_status"],
        "d01_step": step.step,
        "d02_step_other": None,
        "d03_step_type": STEP_TYPES[step.role],
        "d04_step_role": step.role,
        "d05_step_place": _place(step.role, rng),
        "d06_reach_pct": min(100, _percent(96, rng)),
        "d07_touch_p50": touch,
        "d08_touch_p10": touch / 2,
        "d09_touch_p90": touch * 2.5,
        "d10_wait_p50": wait,
        "d11_wait_reason": rng.choice(("queue", "priority", "absent", "batch")) if wait else None,
        "d12_signoffs": step.signoffs,
        "d13_signoff_effect": rng.choice(("never", "rarely", "often")) if step.signoffs else None,
        "d14_systems": "edms excel" if rng.random() < 0.4 else "edms",
        "d15_rekey_fields": rng.randrange(0, 9),
        "d16_medium": str(rng.randrange(1, 4)),
        "d17_rule_based": str(rng.randrange(2, 6)),
        "d18_step_return_pct": step.returned,
        "d19_value_class": "applicant" if step.role == "executor" else "organisation",
        "d20_legal_required": rng.choice(("yes", "no", "dk")),
        "d21_ecrs": rng.choice(("keep", "simplify", "automate", "eliminate automate")),
    }


def _place(role: str, rng: random.Random) -> str:
    if role == "external":
        return "other_body"
    return "same_unit" if rng.random() < 0.6 else "other_unit"


def _percent(typical: int, rng: random.Random) -> int:
    return max(0, min(100, round(rng.gauss(typical, 6) / 5) * 5))


def _rounded(value: float) -> float:
    """Return the nearest of the numbers that people say."""
    return min(ROUND, key=lambda number: abs(number - value))


def _plant(submissions: list[Record], steps: list[Record], rng: random.Random) -> None:
    """Plant what real questionnaires hold; the steps of a refused submission are refused with it."""
    planter = Planter(submissions, rng, may=lambda values: values["b01_process"] != "leave")
    lost = planter.wrong("The unit is not in the organisation chart.", ["E-303", "E-309"], {"a03_unit": "MOC-ZZ"})
    out = planter.odd("The survey team did not approve the submission.", [], {})
    out.values["validation_status"] = "Not approved"
    for step in steps:
        if step.values["uuid"] == lost.values["uuid"]:
            step.codes, step.fate, step.note = ("E-309",), REFUSED, "The submission of the step was refused."
    _plant_steps(Planter(steps, rng), submissions)


def _plant_steps(planter: Planter, submissions: list[Record]) -> None:
    planter.wrong("More than 100 cases of 100 reach the step.", ["E-304"], {"d06_reach_pct": 110})
    planter.wrong("The answer is a label instead of a code.", ["E-303"], {"d16_medium": "Только бумага"})
    note = "The system is in no code list."
    planter.wrong(note, ["E-303"], {"d14_systems": "edms lotus"})
    swapped = planter.odd("The quantiles stand in the wrong order.", [], {})
    swapped.values["d08_touch_p10"], swapped.values["d09_touch_p90"] = 60.0, 2.0
    blank = planter.odd("One of three quantiles is blank.", [], {})
    blank.values["d09_touch_p90"] = None
    hasty = next(one for one in submissions if one.values["b01_process"] == "recruitment" and not one.note)
    hasty.values["c01_lead_p50"] = hasty.values["c01_lead_p50"] * 8


def _row(record: Record, questions: list[Question], places: dict[str, int]) -> list[Cell]:
    values = record.values
    row: list[Cell] = [local_text(values["start"]), local_text(values["end"])]
    for question in questions:
        row += cells(question, record.cells.get(question.item_id, values[question.item_id]))
    return [*row, *tail(values, places[values["uuid"]])]


def _step_row(record: Record, questions: list[Question], place: int, places: dict[str, int]) -> list[Cell]:
    values, row = record.values, []
    for question in questions:
        row += cells(question, record.cells.get(question.item_id, values[question.item_id]))
    parent = places[values["uuid"]]
    moment, status = utc_text(values["submitted"]), values["validation_status"]
    return [*row, place, "bpr", parent, 700_000 + parent, values["uuid"], moment, status]
