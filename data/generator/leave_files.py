"""Each ministry sends the absences of 2025 and 2026: annual and sick leave, courses of study, and long leave."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from data.generator.defects import Defect, put
from data.generator.facts import (
    Career,
    careers,
    draws,
    facts_file,
    is_absent,
    months,
    next_work_day,
    spell_on,
    work_between,
)
from data.generator.histories import LAST_DAY, History, Spell
from data.generator.house_styles import Line, SampleFile
from data.generator.organisation import MINISTRIES
from data.generator.people import Person

FIRST_MONTH = date(2025, 1, 1)
SICK = {"male": 0.045, "female": 0.06}  # chance in a month
ANNUAL_MONTHS = {5: 0.08, 6: 0.2, 7: 0.32, 8: 0.36, 9: 0.16}
OTHERS = {"study": (0.004, 14), "unpaid_short": (0.006, 5), "social": (0.004, 3)}  # chance in a month, days


@dataclass(frozen=True)
class Absence:
    """One unbroken absence; `end_date` is None while it lasts."""

    person: Person
    record_id: str
    org_unit_id: str
    type: str
    start_date: date
    end_date: date | None
    working_days: int | None
    paid_flag: bool | None = None


def leave_files(history: History) -> list[SampleFile]:
    """Return the absences of each ministry."""
    return [
        facts_file("leave", ministry, _records(history, ministry), _PLANTED[ministry], "Taʼtillar va ishda boʻlmaslik")
        for ministry in MINISTRIES
    ]


def _records(history: History, ministry: str) -> list[Absence]:
    random = draws("leave", ministry)
    found = [one for career in careers(history, ministry) for one in _of_person(random, career)]
    found.sort(key=lambda one: (one.start_date, one.person.number))
    return [replace(one, record_id=f"T-{one.start_date:%Y}/{number:05d}") for number, one in enumerate(found, start=1)]


def _of_person(random: Random, career: Career) -> Iterator[Absence]:
    long = {spell.leave_start: spell for spell in career if spell.leave_start}
    for start, spell in long.items():
        if FIRST_MONTH <= start <= LAST_DAY:
            end = spell.leave_end if spell.leave_end and spell.leave_end <= LAST_DAY else None
            yield Absence(spell.person, "", spell.post.org_unit_id, _long_type(spell), start, end, None)
    free_from, annual = FIRST_MONTH, dict.fromkeys((2025, 2026), 0)
    for first in months(FIRST_MONTH, LAST_DAY):
        kind, days = _drawn(random, career, first, annual[first.year])
        start = next_work_day(max(free_from, first + timedelta(days=random.randint(0, 20))))
        spell = spell_on(career, start)
        end = start + timedelta(days=days - 1)
        if not kind or not spell or not _is_there(career, start, end):
            continue
        annual[first.year] += days if kind == "annual" else 0
        free_from = end + timedelta(days=1)
        is_over = end <= LAST_DAY
        work = work_between(start, end) if is_over else None
        yield Absence(spell.person, "", spell.post.org_unit_id, kind, start, end if is_over else None, work)


def _drawn(random: Random, career: Career, first: date, taken: int) -> tuple[str, int]:
    """Return kind and calendar days of the absence that begins in a month; no kind where none does."""
    if taken < 27 and random.random() < ANNUAL_MONTHS.get(first.month, 0.03):
        return "annual", min(27 - taken, random.choice((13, 14, 27, 27)))
    if random.random() < SICK[career[0].person.sex]:
        return "sick", random.choice((3, 5, 5, 7, 10, 14, 21))
    for kind, (chance, days) in OTHERS.items():
        if random.random() < chance:
            return kind, days
    return "", 0


def _is_there(career: Career, start: date, end: date) -> bool:
    """Whether a person is in post and not on long leave from the first day of an absence to its last."""
    for day in (start, end):
        spell = spell_on(career, day)
        if spell is None or is_absent(spell, day) or spell.assignment_type != "main":
            return False
    return True


def _long_type(spell: Spell) -> str:
    return "parental" if spell.person.sex == "female" else "unpaid_long"


def _is_over(line: Line) -> bool:
    return line.record.end_date is not None and line.record.working_days is not None


def _ends_too_early(line: Line) -> Line:
    return put("end_date", "31/12/2024")(put("working_days", None)(line))


_PLANTED = {
    "MOA": (
        Defect("E-308", put("working_days", "200"), _is_over, rows=2),
        Defect("E-302", put("start_date", "30.02.2026"), _is_over),
    ),
    "MOC": (Defect("E-303", put("type", "izoh"), _is_over), Defect("E-309", put("org_unit_id", "MOC-QQ"), _is_over)),
    "MHE": (Defect("E-307", _ends_too_early, _is_over), Defect("E-301", put("type", None), _is_over)),
}
