"""Each ministry sends three years of courses: that of entrants, the one due every three years, and others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from data.generator.defects import Defect, put
from data.generator.facts import Career, careers, draws, facts_file, is_absent, months, next_work_day, spell_on
from data.generator.histories import LAST_DAY, History, Spell
from data.generator.house_styles import Line, SampleFile
from data.generator.organisation import MINISTRIES
from data.generator.people import Person

FIRST_MONTH = date(2023, 10, 1)  # 36 months before the last day
INDUCTION_SINCE = date(2025, 6, 19)  # UP-95
INDUCTED = {"MOA": 0.75, "MOC": 0.9, "MHE": 0.6}
IN_A_MONTH = {"MOA": 0.02, "MOC": 0.028, "MHE": 0.024}
HOURS = {"development": 72, "retraining": 216, "leadership": 144, "integrity": 8, "digital": 36, "language": 60}
WEIGHTS = (60, 4, 4, 16, 12, 4)
COST = {"development": 900_000, "retraining": 2_700_000, "leadership": 3_500_000, "digital": 450_000}
ACADEMY_RENAMED = date(2025, 5, 5)


@dataclass(frozen=True)
class Attendance:
    """One person in one course."""

    person: Person
    training_id: str
    org_unit_id: str
    type: str
    mandatory_flag: bool | None
    start_date: date
    end_date: date | None
    hours: int
    hours_unit: str
    provider: str
    result: str
    cost: int
    cost_payer: str


def training_files(history: History) -> list[SampleFile]:
    """Return the courses of each ministry."""
    return [
        facts_file("trainings", ministry, _records(history, ministry), _PLANTED[ministry], "Malaka oshirish kurslari")
        for ministry in MINISTRIES
    ]


def _records(history: History, ministry: str) -> list[Attendance]:
    random = draws("trainings", ministry)
    found = [one for career in careers(history, ministry) for one in _of_person(random, career)]
    return sorted(found, key=lambda one: (one.start_date, one.training_id, one.person.number))


def _of_person(random: Random, career: Career) -> Iterator[Attendance]:
    entry = career[0]
    served_before = entry.person.service_start is None or entry.person.service_start < entry.start
    if entry.start >= INDUCTION_SINCE and not served_before and random.random() < INDUCTED[entry.post.ministry]:
        start = next_work_day(entry.start + timedelta(days=random.randint(20, 150)))
        spell = spell_on(career, start)
        if start <= LAST_DAY and spell:
            yield _attended(random, spell, "induction", start, 10)
    busy_until = FIRST_MONTH
    for first in months(FIRST_MONTH, LAST_DAY):
        start = next_work_day(first + timedelta(days=random.choice((2, 9, 16))))
        spell = spell_on(career, start)
        is_sent = random.random() < IN_A_MONTH[entry.post.ministry]
        if is_sent and spell and start > busy_until and start <= LAST_DAY and not is_absent(spell, start):
            kind = random.choices([*HOURS], WEIGHTS)[0]
            busy_until = start + timedelta(days=HOURS[kind] // 6)
            yield _attended(random, spell, kind, start, HOURS[kind] // 6)


def _attended(random: Random, spell: Spell, kind: str, start: date, days: int) -> Attendance:
    """Return a course with its result; one that runs on the last day has none yet."""
    end = start + timedelta(days=days)
    has_ended = end <= LAST_DAY
    result = random.choices(("completed", "failed", "left"), (93, 4, 3))[0] if has_ended else ""
    payer = random.choices(("ministry", "central", "donor"), (6, 3, 1))[0]
    provider = _provider(random, kind, start)
    unit = "clock" if provider == "online" else "academic"
    return Attendance(
        spell.person,
        f"{spell.post.ministry}-{kind[:3].upper()}-{start:%y%m%d}",
        spell.post.org_unit_id,
        kind,
        True if kind == "induction" else None,
        start,
        end if has_ended else None,
        HOURS.get(kind, 40),
        unit,
        provider,
        result,
        COST.get(kind, 0) if payer == "ministry" else 0,
        payer,
    )


def _provider(random: Random, kind: str, start: date) -> str:
    if kind in ("induction", "development", "leadership"):
        return "state_policy_academy" if start >= ACADEMY_RENAMED else "public_administration_academy"
    return random.choice(("ministry_centre", "university", "online"))


def _has_ended(line: Line) -> bool:
    return line.record.end_date is not None


_PLANTED = {
    "MOA": (
        Defect("E-302", put("start_date", "весна 2025"), _has_ended),
        Defect("E-303", put("type", "семинар"), _has_ended),
    ),
    "MOC": (Defect("E-308", put("end_date", None), _has_ended), Defect("E-304", put("hours", 7200), _has_ended)),
    "MHE": (
        Defect("E-307", put("end_date", "01/09/2023"), _has_ended),
        Defect("E-311", put("pinfl", "3101019900015"), _has_ended),
    ),
}
