"""Two ministries send twelve months of pay: by grade and service; women get less of what heads may decide."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from random import Random

from data.generator.defects import Defect, put
from data.generator.facts import Career, careers, draws, facts_file, is_absent, is_working, months, spell_on
from data.generator.histories import LAST_DAY, ONE_DAY, History, Spell, month_end
from data.generator.house_styles import Line, SampleFile
from data.generator.organisation import CATEGORIES
from data.generator.people import YEAR, Person

SENDERS = ("MOA", "MOC")
FIRST_MONTH = date(2025, 10, 1)
RAISED_ON, PAID_LATER = date(2026, 1, 1), date(2026, 3, 1)  # the raise of January was paid in March to some
GRADES = (*CATEGORIES, "technical_staff")
BASE = dict(zip(GRADES, (25_000, 20_000, 14_000, 11_000, 8_500, 7_000, 5_500, 4_000), strict=True))  # thousand UZS
ALLOWANCE = {"male": 0.15, "female": 0.09}
BONUS = {"male": 0.5, "female": 0.38}
BONUS_MONTHS = (3, 6, 9, 12)
TAX = 0.13


@dataclass(frozen=True)
class Pay:
    """What one person earned in one month, in UZS."""

    person: Person
    month: date
    pay_kind: str
    paid_month: date | None
    org_unit_id: str
    position_id: str
    fte: float
    base_pay: int
    tenure_supplement: int | None
    allowances: int | None
    bonus: int | None
    deductions: int | None
    paid_days: int | None
    currency: str = "UZS"

    @property
    def gross(self) -> int:
        """Gross pay."""
        return self.base_pay + (self.tenure_supplement or 0) + (self.allowances or 0) + (self.bonus or 0)


def pay_files(history: History) -> list[SampleFile]:
    """Return the payroll of the two ministries that send one."""
    return [
        facts_file("pay", ministry, _records(history, ministry), _PLANTED[ministry], "Mehnatga haq toʻlash")
        for ministry in SENDERS
    ]


def _records(history: History, ministry: str) -> list[Pay]:
    random = draws("pay", ministry)
    return [one for career in careers(history, ministry) for one in _of_person(random, career)]


def _of_person(random: Random, career: Career) -> Iterator[Pay]:
    merit, is_back_paid = random.uniform(0.9, 1.1), random.random() < 0.05
    for first in months(FIRST_MONTH, LAST_DAY):
        days = [day for day in _working_days(first) if _is_paid(spell_on(career, day), day)]
        spell = spell_on(career, days[-1]) if days else None
        if spell is None:
            continue
        regular = _regular(spell, first, len(days), merit)
        yield regular
        if is_back_paid and first == RAISED_ON:
            yield _extra(regular, "back_pay", round(regular.base_pay * 0.07), PAID_LATER)
        if random.random() < 0.004:
            yield _extra(regular, "one_off", 3_000_000, first)


@cache
def _working_days(first: date) -> list[date]:
    days = ((first + ONE_DAY * offset) for offset in range((month_end(first) - first).days + 1))
    return [day for day in days if is_working(day)]


def _is_paid(spell: Spell | None, day: date) -> bool:
    return spell is not None and spell.assignment_type == "main" and not is_absent(spell, day)


def _regular(spell: Spell, first: date, paid_days: int, merit: float) -> Pay:
    """Return the pay of a month; for part of a month, that part of it."""
    sex, part = spell.person.sex, paid_days / len(_working_days(first))
    since = spell.person.service_start or spell.start
    served = max(0, int((first - since).days / YEAR))
    raised = 1.07 if first >= RAISED_ON else 1.0
    base = BASE[spell.post.grade] * spell.fte * raised * part
    share = BONUS[sex] * merit if first.month in BONUS_MONTHS else 0
    amounts = [base, base * min(0.02 * served, 0.3), base * ALLOWANCE[sex] * merit, base * share]
    rounded = [round(one) * 1000 for one in amounts]
    return Pay(
        spell.person, first, "regular", first, spell.post.org_unit_id, spell.post.position_id, spell.fte,
        *rounded, deductions=round(sum(rounded) * TAX / 1000) * 1000, paid_days=paid_days,
    )  # fmt: skip


def _extra(regular: Pay, kind: str, amount: int, paid: date) -> Pay:
    none = dict.fromkeys(("tenure_supplement", "allowances", "bonus", "deductions", "paid_days"))
    return replace(regular, pay_kind=kind, base_pay=amount, paid_month=paid, **none)


def _is_regular(line: Line) -> bool:
    return line.record.pay_kind == "regular"


_PLANTED = {
    "MOA": (
        Defect("E-305", put("month", "15.09.2025"), _is_regular),
        Defect("E-304", put("base_pay", "-5500000"), _is_regular),
        Defect("E-303", put("currency", "USD"), _is_regular, rows=2),
        Defect("E-304", put("fte", "10"), _is_regular),
    ),
    "MOC": (
        Defect("E-301", put("base_pay", None), _is_regular),
        Defect("E-309", put("org_unit_id", "MOC-ZZ"), _is_regular),
        Defect("E-302", put("month", "mart"), _is_regular),
    ),
}
