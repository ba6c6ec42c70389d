"""Two ministries send disciplinary cases, some cancelled or undecided; the service sends declarations, some late."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from data.generator.defects import Defect, put
from data.generator.facts import SERVICE, Career, careers, draws, facts_file, is_absent, months, next_work_day, spell_on
from data.generator.histories import LAST_DAY, History
from data.generator.house_styles import Line, SampleFile
from data.generator.people import Person

SENDERS = ("MOA", "MHE")
FIRST_MONTH = date(2024, 11, 1)
IN_A_MONTH = {"MOA": 0.0026, "MHE": 0.0018}
BREACHES = {"late_absence": 45, "neglect": 35, "ethics": 10, "conflict_of_interest": 4, "finance": 3, "other": 3}
SANCTIONS = {"reprimand": 62, "fine": 22, "rank_lowered": 5, "post_lowered": 3, "": 8}
CANCELLED, A_YEAR = 0.1, timedelta(days=365)
DECLARED_YEARS = (2024, 2025)
FILED_LATE, NEVER_FILED = 0.06, 0.025


@dataclass(frozen=True)
class Case:
    """One disciplinary case."""

    person: Person
    record_id: str
    org_unit_id: str
    breach_code: str
    sanction_code: str
    opened_date: date
    decided_date: date | None
    expired_date: date | None
    cancelled_date: date | None


@dataclass(frozen=True)
class Declaration:
    """One duty to declare, and when it was met."""

    person: Person
    declaration_kind: str
    declared_year: int
    org_unit_id: str
    obliged_from: date
    due_date: date
    filed_date: date | None


def integrity_files(history: History) -> list[SampleFile]:
    """Return the cases of the two ministries that send them, and the declarations of the service."""
    cases = [
        facts_file("discipline", ministry, _cases(history, ministry), _PLANTED[ministry], "Intizomiy ishlar")
        for ministry in SENDERS
    ]
    declarations = _declarations(history)
    return [*cases, facts_file("declarations", SERVICE, declarations, _PLANTED[SERVICE], "Deklaratsiyalar")]


def _cases(history: History, ministry: str) -> list[Case]:
    random = draws("discipline", ministry)
    found = [case for career in careers(history, ministry) for case in _of_person(random, career, ministry)]
    found.sort(key=lambda one: (one.opened_date, one.person.number))
    return [replace(one, record_id=f"I-{one.opened_date:%Y}/{number:03d}") for number, one in enumerate(found, start=1)]


def _of_person(random: Random, career: Career, ministry: str) -> Iterator[Case]:
    for first in months(FIRST_MONTH, LAST_DAY):
        opened = next_work_day(first + timedelta(days=random.randint(0, 24)))
        spell, is_accused = spell_on(career, opened), random.random() < IN_A_MONTH[ministry]
        if is_accused and spell and opened <= LAST_DAY and not is_absent(spell, opened):
            yield _case(random, spell.person, spell.post.org_unit_id, opened)


def _case(random: Random, person: Person, unit: str, opened: date) -> Case:
    """Return a case: decided within two months, expired after a year, now and then cancelled by a court."""
    breach = random.choices([*BREACHES], [*BREACHES.values()])[0]
    decided = next_work_day(opened + timedelta(days=random.randint(10, 60)))
    if decided > LAST_DAY:
        return Case(person, "", unit, breach, "", opened, None, None, None)
    sanction = random.choices([*SANCTIONS], [*SANCTIONS.values()])[0]
    cancelled = next_work_day(decided + timedelta(days=random.randint(20, 90)))
    is_cancelled = bool(sanction) and random.random() < CANCELLED and cancelled <= LAST_DAY
    expired = decided + A_YEAR if sanction and not is_cancelled and decided + A_YEAR <= LAST_DAY else None
    return Case(person, "", unit, breach, sanction, opened, decided, expired, cancelled if is_cancelled else None)


def _declarations(history: History) -> list[Declaration]:
    """Return the declarations: of income by heads and chief specialists, of interests by heads alone."""
    random = draws("declarations", SERVICE)
    found = []
    for year in DECLARED_YEARS:
        obliged_from, due = date(year + 1, 1, 1), date(year + 1, 4, 1)
        for career in careers(history):
            spell = spell_on(career, obliged_from)
            if spell is None or not (spell.post.is_managerial or spell.post.category == "chief_specialist"):
                continue
            kinds = ("income", "conflict_of_interest") if spell.post.is_managerial else ("income",)
            for kind in kinds:
                filed = _filed(random, obliged_from, due)
                duty = (year, spell.post.org_unit_id, obliged_from, due)
                found.append(Declaration(spell.person, kind, *duty, filed))
    return found


def _filed(random: Random, obliged_from: date, due: date) -> date | None:
    chance = random.random()
    if chance < NEVER_FILED:
        return None
    if chance < NEVER_FILED + FILED_LATE:
        return due + timedelta(days=random.randint(1, 60))
    return obliged_from + timedelta(days=random.randint(10, (due - obliged_from).days))


def _is_decided(line: Line) -> bool:
    return bool(line.record.sanction_code)


def _is_filed(line: Line) -> bool:
    return line.record.filed_date is not None


_PLANTED: dict[str, Sequence[Defect]] = {
    "MOA": (Defect("E-303", put("sanction_code", "замечание"), _is_decided),),
    "MHE": (Defect("E-302", put("opened_date", "2025 йил"), _is_decided),),
    SERVICE: (
        Defect("E-307", put("due_date", "2024-04-01"), _is_filed),
        Defect("E-303", put("declaration_kind", "boshqa"), _is_filed),
        Defect("E-304", put("declared_year", "25"), _is_filed),
    ),
}
