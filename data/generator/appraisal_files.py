"""Each ministry sends two cycles of appraisal: the year 2025 in five classes, the first half of 2026 in four."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from data.generator.defects import Defect, put
from data.generator.facts import Career, careers, draws, facts_file, next_work_day, spell_on
from data.generator.histories import ONE_DAY, History, Spell
from data.generator.house_styles import Line, SampleFile
from data.generator.organisation import MINISTRIES
from data.generator.people import Person

DAYS_NEEDED = 90  # of service in the cycle
FIVE = ("five_excellent", "five_good", "five_satisfactory", "five_weak", "five_poor")
FOUR = ("four_a", "four_b", "four_c", "four_d")
# Share of classes: agriculture rates nearly all alike, construction spreads them.
WEIGHTS = {
    "MOA": {"2025": (70, 26, 3, 1, 0), "2026-H1": (48, 44, 7, 1)},
    "MOC": {"2025": (24, 44, 24, 6, 2), "2026-H1": (20, 45, 28, 7)},
    "MHE": {"2025": (45, 42, 10, 2, 1), "2026-H1": (30, 48, 18, 4)},
}
DONE = {"MOA": 0.97, "MOC": 0.92, "MHE": 0.84}


@dataclass(frozen=True)
class Cycle:
    """A cycle of appraisal, its scale, and the version of the indicators looked at."""

    name: str
    start: date
    end: date
    due: date
    scale: tuple[str, ...]
    kpi_version: str


CYCLES = (
    Cycle("2025", date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 31), FIVE, "v1"),
    Cycle("2026-H1", date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 31), FOUR, "v2"),
)


@dataclass(frozen=True)
class Appraisal:
    """One person in one cycle."""

    person: Person
    cycle: str
    org_unit_id: str
    cycle_start: date
    cycle_end: date
    due_date: date
    completed_date: date | None
    rating_code: str
    score: float | None
    kpi_score: float | None
    kpi_version: str


def appraisal_files(history: History) -> list[SampleFile]:
    """Return the appraisals of each ministry."""
    return [
        facts_file("appraisals", ministry, _records(history, ministry), _PLANTED[ministry], "Xodimlarni baholash")
        for ministry in MINISTRIES
    ]


def served(career: Career, first: date, last: date) -> int:
    """Count the days between two days on which a person was in post; a post entered later ends the one before."""
    ends = [*(later.start - ONE_DAY for later in career[1:]), last]
    spans = (
        (max(spell.start, first), min(spell.end or last, end, last)) for spell, end in zip(career, ends, strict=True)
    )
    return sum(max((until - since).days + 1, 0) for since, until in spans)


def _records(history: History, ministry: str) -> list[Appraisal]:
    random = draws("appraisals", ministry)
    people = careers(history, ministry)
    return [one for cycle in CYCLES for career in people for one in _of_person(random, career, cycle)]


def _of_person(random: Random, career: Career, cycle: Cycle) -> Iterator[Appraisal]:
    """Yield the appraisal of who is there when the cycle ends and has served long enough."""
    spell = spell_on(career, cycle.end)
    if spell and served(career, cycle.start, cycle.end) >= DAYS_NEEDED:
        yield _appraised(random, spell, cycle)


def _appraised(random: Random, spell: Spell, cycle: Cycle) -> Appraisal:
    ministry, person, unit = spell.post.ministry, spell.person, spell.post.org_unit_id
    days = (cycle.start, cycle.end, cycle.due)
    if random.random() >= DONE[ministry]:
        return Appraisal(person, cycle.name, unit, *days, None, "", None, None, cycle.kpi_version)
    rating = random.choices(cycle.scale, WEIGHTS[ministry][cycle.name])[0]
    score = round(max(5.0, 96 - 14 * cycle.scale.index(rating) + random.uniform(-6, 4)), 1)
    kpi = round(min(100.0, max(0.0, score + random.gauss(-6, 5))), 1)
    late = random.random() < 0.1
    completed = next_work_day(cycle.end + timedelta(days=random.randint(33, 50) if late else random.randint(5, 26)))
    return Appraisal(person, cycle.name, unit, *days, completed, rating, score, kpi, cycle.kpi_version)


def _is_rated(line: Line) -> bool:
    return line.record.completed_date is not None


_PLANTED = {
    "MOA": (Defect("E-308", put("completed_date", None), _is_rated), Defect("E-304", put("score", "512"), _is_rated)),
    "MOC": (Defect("E-303", put("rating_code", "oʻrtacha"), _is_rated), Defect("E-305", put("cycle", "2026/1"))),
    "MHE": (Defect("E-307", put("completed_date", "01/12/2024"), _is_rated),),
}
