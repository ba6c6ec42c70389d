"""The engagement survey of one wave, as a KoboToolbox export with planted defects."""

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from data.generator.surveys.codebook import cells, headers, read_questions
from data.generator.surveys.kobo import TAIL, local_text, new_uuid, tail, times
from data.generator.surveys.records import REFUSED, Delivery, Planter, Record, Table
from data.generator.writers import Cell, Sheet, write_xlsx

SOURCE, WAVE, SENT = "engagement", "2026-05", date(2026, 6, 10)
Headcounts = dict[tuple[str, str], int]
FIELDWORK = datetime(2026, 5, 4)
FIELDWORK_DAYS = 24
RESPONSE_SHARE = 0.51
INDEX_ITEMS = ("e01_proud", "e02_recommend", "e03_belong", "e04_effort", "e05_leave")
REVERSED = ("e05_leave",)
ASKED = ("consent", "language", "ministry", "unit", "sex", "position_group")
HEAD = ("start", "end", *(f"about/{name}" for name in ASKED))
ABOUT = ("language", "ministry_id", "org_unit_id", "sex", "position_group")
GROUPS = {"auxiliary": 88, "managerial": 9, None: 3}  # what respondents say they are; a few do not
COMMENTS = ("Ish sharoiti yaxshilansin", "Нужно больше обучения", "Hammasi yaxshi", "Меньше отчётов")


def engagement_delivery(headcounts: Headcounts, rng: random.Random) -> Delivery:
    """Return the submissions of those who answered, among all who were in post at the end of the fieldwork.

    Args:
        headcounts: (unit, sex) -> persons in post; of ministries only their departments and offices answer.
        rng: Where chance comes from.
    """
    mood = {unit: rng.gauss(0, 0.35) for unit, sex in sorted(headcounts) if sex == "female"}
    frame = [(unit, sex) for (unit, sex), n in sorted(headcounts.items()) if "-" in unit for _ in range(n)]
    records = [Record(_values(unit, sex, mood[unit], rng)) for unit, sex in frame if rng.random() < RESPONSE_SHARE]
    records.sort(key=lambda one: one.values["submitted"])
    _plant(records, rng)
    return Delivery(SOURCE, f"engagement_wave{WAVE}_sent{SENT}.xlsx", {"rows": Table(records)})


def write_engagement(delivery: Delivery, inbox: Path) -> None:
    """Write the export: form columns with their groups, one column per option, and the server's columns."""
    questions = read_questions("engagement")
    header: list[Cell] = [*HEAD, *(text for question in questions for text in headers(question)), *TAIL]
    rows = [_row(record, place) for place, record in enumerate(delivery.tables["rows"].records, start=1)]
    write_xlsx(inbox / SOURCE / delivery.file, [Sheet("engagement", [header, *rows])])


def _values(unit: str, sex: str, mood: float, rng: random.Random) -> dict[str, Any]:
    uuid, moments = new_uuid(rng), times(rng, FIELDWORK, FIELDWORK_DAYS)
    return {
        **moments,
        "uuid": uuid,
        "root": uuid,
        "language": rng.choices(("uz", "ru"), (7, 3))[0],
        "ministry_id": unit[:3],
        "org_unit_id": unit,
        "sex": sex,
        # chance of its own, so that all other answers stay as they were
        "position_group": random.Random(uuid).choices(list(GROUPS), list(GROUPS.values()))[0],
        "validation_status": rng.choices((None, "Approved", "Not approved"), (70, 29, 1))[0],
        "form_version": "v8kQ2mYpXz4rT6nB",
        **_answers(mood + rng.gauss(0, 0.7), rng),
    }


def _answers(mood: float, rng: random.Random) -> dict[str, str | None]:
    """Draw the answers of one person; a few leave several questions out."""
    is_sparing = rng.random() < 0.02
    answers: dict[str, str | None] = {}
    for question in read_questions("engagement"):
        if question.type == "select_multiple":
            chosen = sorted(rng.sample(range(len(question.choices)), rng.randrange(1, 4)))
            answers[question.item_id] = " ".join(question.choices[place] for place in chosen)
        elif question.type == "text":
            answers[question.item_id] = rng.choice(COMMENTS) if rng.random() < 0.15 else None
        elif question.item_id == "t01_tenure":
            answers[question.item_id] = rng.choices(question.choices, (1, 4, 5, 3))[0]
        elif rng.random() < (0.5 if is_sparing else 0.02):
            answers[question.item_id] = rng.choice((None, "dk"))
        else:
            sign = -1 if question.item_id in REVERSED else 1
            answers[question.item_id] = str(min(5, max(1, round(3.3 + sign * mood + rng.gauss(0, 0.8)))))
    return answers


def _plant(records: list[Record], rng: random.Random) -> None:
    _stay_up(records)
    for _ in range(3):
        _edit(records, rng)
    planter = Planter(records, rng)
    planter.wrong("The unit is not in the organisation chart.", ["E-309"], {"org_unit_id": "MOC-ZZ"})
    planter.wrong("The sex is in no code list.", ["E-303"], {"sex": "3"})
    planter.wrong("The answer is not on the scale.", ["E-303"], {"e02_recommend": "7"})
    planter.wrong("An option is neither chosen nor not.", ["E-302"], {"s01_needs/it": 2})
    note = "The unit is written with Cyrillic look-alikes."
    planter.odd(note, ["W-320"], {"org_unit_id": lambda text: text.replace("M", "М")})
    note = "A no-break space stands behind an answer."
    planter.odd(note, [], {"e01_proud": lambda text: f"{text}\u00a0"}, lambda values: values["e01_proud"] is not None)


def _stay_up(records: list[Record]) -> None:
    """Let the last of three days, the fieldwork's last among them, send after midnight; in UTC it is the day before."""
    last_of_day = {one.values["submitted"].date(): one for one in records}
    for day, one in sorted(last_of_day.items())[-3:]:
        midnight = datetime.combine(day + timedelta(days=1), time(0, 0))
        one.values["start"] = midnight - timedelta(minutes=9)
        one.values["end"] = midnight + timedelta(minutes=8)
        one.values["submitted"] = midnight + timedelta(minutes=8, seconds=20)


def _edit(records: list[Record], rng: random.Random) -> None:
    """Let a respondent edit a submission: it has a new id, the same root, a later time; the earlier one is refused."""
    early = rng.choice([one for one in records if not one.note and one.values["submitted"].day < 20])
    moved = early.values["submitted"] + timedelta(days=2)
    edited = {"uuid": new_uuid(rng), "submitted": moved, "e03_belong": "5", "e05_leave": "1"}
    late = replace(early, values=early.values | edited)
    late.note = " "
    early.codes, early.fate, early.note = ("E-313",), REFUSED, "The submission was edited later; the later one counts."
    records.append(late)


def _row(record: Record, place: int) -> list[Cell]:
    values, planted = record.values, record.cells
    row: list[Cell] = [local_text(values["start"]), local_text(values["end"]), "yes"]
    row += [planted.get(name, values[name]) for name in ABOUT]
    for question in read_questions("engagement"):
        written = cells(question, values[question.item_id])
        names = headers(question)
        row += [planted.get(name.split("/", 1)[-1], cell) for name, cell in zip(names, written, strict=True)]
    return [*row, *tail(values, place)]
