"""The evidence checklists of two waves, one sheet a ministry, as KoboToolbox exports."""

import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

from data.generator.surveys.codebook import cells, headers, read_questions
from data.generator.surveys.kobo import TAIL, local_text, new_uuid, tail, times
from data.generator.surveys.records import Delivery, Record, Table
from data.generator.writers import Cell, Sheet, write_xlsx

SOURCE = "checklist"
# Wave -> first day of the field work and day of sending.
WAVES = {
    "2025-12": (datetime(2025, 12, 8), date(2025, 12, 22)),
    "2026-09": (datetime(2026, 9, 14), date(2026, 9, 28)),
}
MINISTRIES = ("MOA", "MOC", "MHE")
HEAD = ("start", "end", "about/language", "about/ministry")
FIELDWORK_DAYS = 4
RISE_SHARE = 0.25  # of what is not yet there, this share is a step further a wave later
STEP_UP = {"no": "partly", "partly": "yes"}


def checklist_deliveries(rng: random.Random) -> list[Delivery]:
    """Return a delivery for each wave; in the second some of what was missing has come."""
    answers: dict[str, dict[str, str | None]] = {ministry: {} for ministry in MINISTRIES}
    deliveries = []
    for wave, (first_day, sent) in WAVES.items():
        answers = {ministry: _answers(given, rng) for ministry, given in answers.items()}
        records = [Record(_values(ministry, first_day, given, rng)) for ministry, given in answers.items()]
        name = f"{SOURCE}_wave{wave}_sent{sent}.xlsx"
        deliveries.append(Delivery(SOURCE, name, {"rows": Table(records)}))
    return deliveries


def write_checklists(deliveries: list[Delivery], inbox: Path) -> None:
    """Write the exports."""
    questions = read_questions(SOURCE)
    header: list[Cell] = [*HEAD, *(text for question in questions for text in headers(question)), *TAIL]
    for delivery in deliveries:
        records = delivery.tables["rows"].records
        rows = [_row(record.values, place) for place, record in enumerate(records, start=1)]
        write_xlsx(inbox / SOURCE / delivery.file, [Sheet(SOURCE, [header, *rows])])


def _answers(before: dict[str, str | None], rng: random.Random) -> dict[str, str | None]:
    """Answer for the first time, or answer anew: what is there stays, some of what is not has come."""
    given: dict[str, str | None] = {}
    for question in read_questions(SOURCE):
        name = question.item_id
        if question.type == "text":
            shown = given[name.removesuffix("_link")] in ("yes", "partly")
            given[name] = f"https://hujjat.example.uz/{name.removesuffix('_link')}" if shown else None
        elif before:
            old = before[name] or "no"
            given[name] = STEP_UP.get(old, old) if rng.random() < RISE_SHARE else old
        else:
            given[name] = rng.choices(("yes", "partly", "no"), (5, 3, 3))[0]
    return given


def _values(ministry: str, first_day: datetime, given: dict[str, str | None], rng: random.Random) -> dict[str, Any]:
    uuid = new_uuid(rng)
    sheet = {"uuid": uuid, "root": uuid, "language": "uz", "ministry_id": ministry}
    server = {"validation_status": "Approved", "form_version": "vChecklist1"}
    return {**times(rng, first_day, FIELDWORK_DAYS), **sheet, **server, **given}


def _row(values: dict[str, Any], place: int) -> list[Cell]:
    row: list[Cell] = [
        local_text(values["start"]),
        local_text(values["end"]),
        values["language"],
        values["ministry_id"],
    ]
    for question in read_questions(SOURCE):
        row += cells(question, values[question.item_id])
    return [*row, *tail(values, place)]
