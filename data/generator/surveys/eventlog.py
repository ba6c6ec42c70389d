"""The event log of a document system over twelve months: some cases open, some returned, with planted defects."""

import csv
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from data.generator.house_styles import EXPECTATIONS
from data.generator.organisation import CALENDAR, SEEDS, read_units
from data.generator.person_names import FAMILIES, Name
from data.generator.surveys.questionnaire import Step, read_steps
from data.generator.surveys.records import Delivery, Planter, Record, Table
from data.generator.writers import Cell, write_csv

SOURCE, SENT = "document_log", date(2026, 10, 2)
CASES = 700
FIRST_DAY, LAST_DAY = date(2025, 10, 2), date(2026, 9, 29)
EXTRACTED = datetime(2026, 9, 30, 18, 0)
RETURNS, RETURN_STEP = {"cor_06": 0.12, "cor_07": 0.08, "cor_08": 0.05, "cor_11": 0.07}, "cor_12"
SKIPPED = {"cor_06": 0.35, "cor_07": 0.55, "cor_10": 0.4}
DEADLINES = (10, 15, 30, 30, 45)  # calendar days
LETTERS = "ABDFGIKLMNORSTU"
DUTIES = {"clerk": 6, "deputy_minister": 3, "head_unit": 14, "executor": 40, "legal": 4, "external": 5}
MISSING_START, LATE_WORK = 0.02, 0.03


@dataclass
class Case:
    """A document on its way."""

    number: str
    unit: str
    due: datetime
    now: datetime
    executor: str


def eventlog_delivery(rng: random.Random) -> Delivery:
    """Return the rows of all cases in the order in which they were completed."""
    staff = _staff(rng)
    days = sorted(day for day in work_days() if FIRST_DAY <= day <= LAST_DAY)
    events: list[dict[str, Any]] = []
    for number in range(1, CASES + 1):
        events += _known(list(_run(_open(number, rng.choice(days), staff, rng), staff, rng)))
    events.sort(key=lambda one: (one["completed_at"], one["case_id"], one["started_at"]))
    records = [Record(_seen(event, rng)) for event in events]
    _plant(records, rng)
    return Delivery(SOURCE, f"doclog_asof2026-09-30_sent{SENT}.csv", {"rows": Table(records)})


def write_eventlog(delivery: Delivery, inbox: Path) -> None:
    """Write the log as the document system exports it."""
    headers = _headers()
    rows = [_cells(record, headers) for record in delivery.tables["rows"].records]
    write_csv(inbox / SOURCE / delivery.file, [list(headers.values()), *rows], ";")


def _headers() -> dict[str, str]:
    """Return what the system calls its columns, in the order of the file."""
    with (EXPECTATIONS / "column_maps" / f"{SOURCE}.csv").open(encoding="utf-8", newline="") as lines:
        names = next(csv.DictReader(lines))
    return {name: text for name, text in names.items() if name != "version" and text}


def _cells(record: Record, headers: dict[str, str]) -> list[Cell]:
    """Return the cells of a row; a planted tuple fills several."""
    values, row = record.values | {"activity": _label(record)}, []
    for name in headers:
        cell = record.cells[name] if name in record.cells else _cell(values.get(name))
        row += cell if isinstance(cell, tuple) else [cell]
    return row


def _cell(value: Any) -> Cell:
    match value:
        case bool():
            return "ha" if value else "yoʻq"
        case datetime():
            return f"{value:%d.%m.%Y %H:%M}"
        case _:
            return value


@cache
def _labels() -> dict[str, tuple[str, ...]]:
    """Return what the system calls each step: Uzbek labels, some Russian ones from its older forms."""
    contract = yaml.safe_load((EXPECTATIONS / "sources" / f"{SOURCE}.yml").read_text(encoding="utf-8"))
    labels: dict[str, tuple[str, ...]] = {}
    for label, step in contract["values"]["activity"].items():
        labels[step] = (*labels.get(step, ()), label)
    return labels


def _label(record: Record) -> str:
    labels = _labels()[record.values["activity"]]
    is_old_form = record.values["case_id"].endswith(("3", "7"))
    return labels[-1] if is_old_form else labels[0]


def _staff(rng: random.Random) -> dict[str, list[str]]:
    names = [
        f"{Name(family).uzbek_latin} {first}.{second}."
        for family in FAMILIES.split()
        for first in LETTERS
        for second in "AB"
    ]
    rng.shuffle(names)
    return {role: [names.pop() for _ in range(count)] for role, count in DUTIES.items()}


def _open(number: int, day: date, staff: dict[str, list[str]], rng: random.Random) -> Case:
    units = sorted(one.org_unit_id for one in read_units().values() if one.parent_id == "MOA" and one.valid_to is None)
    minute = rng.choice((9 * 60, 14 * 60)) + rng.randrange(200)
    start = datetime.combine(day, time(minute // 60, minute % 60))
    due = datetime.combine(day + timedelta(days=rng.choice(DEADLINES)), time(18, 0))
    return Case(f"Q-{number:05d}", rng.choice(units), due, start, rng.choice(staff["executor"]))


def _run(case: Case, staff: dict[str, list[str]], rng: random.Random) -> Iterator[dict[str, Any]]:
    """Lead a case through its steps; after a return it is drafted anew."""
    steps = {step.step: step for step in read_steps("correspondence")}
    path, rounds = [step for step in steps if rng.random() >= SKIPPED.get(step, 0)], 0
    place = 0
    while place < len(path):
        step = steps[path[place]]
        copies = 2 if step.step == "cor_06" and rng.random() < 0.3 else 1
        yield from _perform(case, step, copies, staff, rng)
        place += 1
        if rounds < 2 and rng.random() < RETURNS.get(step.step, 0):
            rounds += 1
            yield from _perform(case, Step(RETURN_STEP, "head_unit", 4, 2, 1, 0), 1, staff, rng)
            place = path.index("cor_05")


def _perform(
    case: Case, step: Step, copies: int, staff: dict[str, list[str]], rng: random.Random
) -> Iterator[dict[str, Any]]:
    """Give the rows of a step; several visas are asked for side by side."""
    asked, latest = case.now, case.now
    for _ in range(copies):
        first = step.step == "cor_01"
        started = asked if first else later(asked, int(60 * step.wait * rng.lognormvariate(-0.3, 0.8)))
        completed = later(started, max(1, int(step.touch * rng.lognormvariate(0, 0.7))))
        if rng.random() < LATE_WORK:
            completed = max(completed, datetime.combine(completed.date(), time(19, rng.randrange(60))))
        latest = max(latest, completed)
        yield {
            "case_id": case.number,
            "activity": step.step,
            "started_at": started,
            "completed_at": completed,
            "resource": case.executor if step.role == "executor" else rng.choice(staff[step.role]),
            "role": step.role,
            "org_unit_id": _unit(case, step.role),
            "due_at": case.due,
        }
    case.now = latest


def _unit(case: Case, role: str) -> str | None:
    fixed = {"clerk": "MOA-HR", "legal": "MOA-LEG", "deputy_minister": "MOA", "external": None}
    return fixed.get(role, case.unit)


def _known(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was written before the extract; a case with more to come is open."""
    seen = [event for event in events if event["completed_at"] <= EXTRACTED]
    return [{**event, "is_case_closed": len(seen) == len(events)} for event in seen]


def _seen(event: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return an event as the system kept it: some starts are lost, some external steps have no person."""
    is_lost = event["activity"] != "cor_01" and rng.random() < MISSING_START
    is_unnamed = event["role"] == "external" and rng.random() < 0.3
    return {
        **event,
        "started_at": None if is_lost else event["started_at"],
        "resource": None if is_unnamed else event["resource"],
    }


@cache
def work_days() -> frozenset[date]:
    """Read the working days of the five-day calendar."""
    with (SEEDS.parent / "calendars" / "work_days.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset(
            date.fromisoformat(row["day"])
            for row in csv.DictReader(lines)
            if row["calendar_id"] == CALENDAR and row["day_type"] == "working"
        )


@cache
def slots() -> tuple[tuple[datetime, datetime], ...]:
    """Return all spans of working time in order."""
    with (SEEDS.parent / "calendars" / "work_slots.csv").open(encoding="utf-8", newline="") as lines:
        hours = [
            (time.fromisoformat(row["slot_start"]), time.fromisoformat(row["slot_end"]))
            for row in csv.DictReader(lines)
            if row["calendar_id"] == CALENDAR and row["day_type"] == "working"
        ]
    days = sorted(work_days())
    return tuple((datetime.combine(day, start), datetime.combine(day, end)) for day in days for start, end in hours)


def later(moment: datetime, minutes: int) -> datetime:
    """Return the moment when so many minutes of working time have passed."""
    left, spans = timedelta(minutes=minutes), slots()
    for start, end in spans[bisect_right(spans, (moment, moment)) - 1 :]:
        begin = max(start, moment)
        if begin >= end:
            continue
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise ValueError("the calendar ends before the case does")


def _plant(records: list[Record], rng: random.Random) -> None:
    planter = Planter(records, rng)
    planter.wrong("The activity is in no list of steps.", ["E-303"], {"activity": "Arxivga topshirish"})
    planter.wrong("The unit is not in the organisation chart.", ["E-309"], {"org_unit_id": "MOA-ZZ"})
    planter.wrong("The completion is a day without a time.", ["E-302"], {"completed_at": "15.03.2026"})
    planter.wrong("The completion is empty.", ["E-301"], {"completed_at": None})
    note = "The activity is completed before it starts."
    planter.wrong(
        note, ["E-307"], {"completed_at": "01.10.2025 09:00"}, lambda values: values["started_at"] is not None
    )
    planter.wrong("One cell too many: the row is shifted.", ["E-312"], {"resource": ("Karimov", "A.B.")})
    note = "The label is written with an ASCII apostrophe."
    planter.odd(note, ["W-321"], {"activity": "Ro'yxatga olish"}, lambda values: values["activity"] == "cor_01")
    note = "The label is written with a Latin look-alike."
    cells = {"activity": "Визиpование"}  # the fifth letter is Latin
    planter.odd(note, ["W-320"], cells, lambda values: values["activity"] == "cor_06")
    planter.odd("A no-break space stands behind the unit.", [], {"org_unit_id": "MOA-HR\u00a0"}, _is_registry)


def _is_registry(values: dict[str, Any]) -> bool:
    return values["org_unit_id"] == "MOA-HR"
