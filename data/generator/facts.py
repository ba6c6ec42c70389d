"""What is drawn about persons beside their posts comes from draws of its own, so that their posts stay as they are."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from data.generator.defects import Defect, plant
from data.generator.histories import LAST_DAY, ONE_DAY, History, Spell, month_end
from data.generator.house_styles import HouseStyle, Line, SampleFile, read_style
from data.generator.organisation import CALENDAR, SEEDS
from data.generator.writers import Cell

SEED = 20260930
KNOWN_FROM = date(2026, 10, 5)
SERVICE = "UZ"
IN_POST = ("main", "seconded_out")
Career = list[Spell]


def draws(kind: str, place: str) -> Random:
    """Return the draws for one kind of file of one body; nobody else draws from them."""
    return Random(f"{SEED} {kind} {place}")


def careers(history: History, ministry: str = "") -> list[Career]:
    """Return the main posts of each person in a ministry, or in all of them, first post first."""
    found: dict[int, Career] = defaultdict(list)
    for spell in history.spells:
        if spell.assignment_type in IN_POST and ministry in ("", spell.post.ministry):
            found[spell.person.number].append(spell)
    return [sorted(found[number], key=lambda one: (one.start, one.end or date.max)) for number in sorted(found)]


def spell_on(career: Career, day: date) -> Spell | None:
    """Return the post in which a person counts on a day: of two, the one entered later."""
    begun = [spell for spell in career if spell.start <= day]
    return begun[-1] if begun and (begun[-1].end is None or begun[-1].end >= day) else None


def is_absent(spell: Spell, day: date) -> bool:
    """Whether a person is on long leave on a day."""
    return spell.leave_start is not None and spell.leave_start <= day <= (spell.leave_end or date.max)


def months(first: date, last: date) -> Iterator[date]:
    """Yield the first day of each month from `first` to `last`."""
    while first <= last:
        yield first
        first = month_end(first) + ONE_DAY


def months_later(day: date, number: int) -> date:
    """Return the day some months later, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    last = month_end(date(year, month + 1, 1))
    return last.replace(day=min(day.day, last.day))


@cache
def working_days() -> frozenset[date]:
    """Return the working days of the national calendar."""
    with (SEEDS.parent / "calendars" / "work_days.csv").open(encoding="utf-8", newline="") as lines:
        return frozenset(
            date.fromisoformat(row["day"])
            for row in csv.DictReader(lines)
            if row["calendar_id"] == CALENDAR and row["day_type"] != "off"
        )


def is_working(day: date) -> bool:
    """Whether a day is a working day; beyond the calendar, whether it is no weekend."""
    return day in working_days() if day.year in _calendar_years() else day.weekday() < 5


@cache
def _calendar_years() -> frozenset[int]:
    return frozenset(day.year for day in working_days())


def work_between(first: date, last: date) -> int:
    """Count the working days between two days, both included."""
    return sum(is_working(first + timedelta(days=offset)) for offset in range((last - first).days + 1))


def next_work_day(day: date) -> date:
    """Return a day itself if it is a working day, else the next one that is."""
    while not is_working(day):
        day += ONE_DAY
    return day


def facts_file(kind: str, place: str, records: Sequence[Any], defects: Sequence[Defect], title: str) -> SampleFile:
    """Return the file of a body: each record a row, a few of them spoiled.

    Args:
        kind: Kind of table.
        place: Ministry, or UZ for a file about the whole service.
        records: Objects whose attributes are canonical columns; `person` gives the personal number.
        defects: What to plant.
        title: Title above the table, for a workbook.
    """
    style = read_style(kind, place)
    lines = plant([Line(cells(style, record), record) for record in records], defects, lambda line: not line.code)
    name = style.file_name(LAST_DAY, KNOWN_FROM)
    return SampleFile(style, name, KNOWN_FROM, lines, f"{title}, {LAST_DAY:%d.%m.%Y} holatiga")


def cells(style: HouseStyle, record: Any) -> dict[str, Cell]:
    """Return the cells of a record in the style of its file."""
    return {
        column: record.person.pinfl if column == "pinfl" else _cell(style, column, getattr(record, column))
        for column in style.headers
    }


def _cell(style: HouseStyle, column: str, value: object) -> Cell:
    match value:
        case None | "":
            return None
        case bool():
            return style.truth(value=value)
        case datetime() | date():
            return style.day(value)
        case int():
            return value if style.is_workbook else str(value)
        case float():
            return style.number(value)
        case _:
            return style.code(column, str(value)) if column in style.words else str(value)
