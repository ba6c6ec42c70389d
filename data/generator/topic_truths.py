"""What the rows of each kind beside posts and orders add up to, by ministry; from the landed rows alone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from data.generator.facts import work_between
from data.generator.histories import LAST_DAY, ONE_DAY, month_end
from data.generator.house_styles import SampleFile
from data.generator.hrm_truths import Landed
from data.generator.register_truths import of_registers

YEAR_START = date(LAST_DAY.year - 1, LAST_DAY.month + 1, 1)  # of the twelve months that end on the last day
ACADEMIC_HOUR = 0.75
TOP = ("five_excellent", "four_a")
Figure = tuple[str, str, str, date, str]  # indicator, ministry, kind and end of the period, part of the formula


def figures(files: Sequence[SampleFile], landed: Landed) -> list[dict[str, Any]]:
    """Return numerators and denominators of the ministries, sorted; months for pay, twelve months for the rest."""
    sums: defaultdict[Figure, float] = defaultdict(float)
    serving = {spell.person.pinfl for spell in landed.spells}
    for indicator, ministry, kind, part, amount in of_registers(files, landed):
        sums[indicator, ministry, kind, LAST_DAY, part] += amount
    for file in files:
        kind = file.style.source.partition("_")[0]
        for record in file.landed if kind in _TOLD else ():
            if kind == "leave" and record.person.pinfl not in serving:
                continue  # of whom the personnel file knows nothing, nothing is said
            for indicator, period, end, part, amount in _TOLD[kind](record):
                sums[indicator, record.org_unit_id.partition("-")[0], period, end, part] += amount
    names = ("indicator_id", "org_unit_id", "period_kind", "period_end", "part")
    rows = (
        {**dict(zip(names, key, strict=True)), "period_end": key[3].isoformat(), "amount": float(amount)}
        for key, amount in sorted(sums.items())
    )
    return list(rows)


def _pay(record: Any) -> Iterator[tuple[str, str, date, str, float]]:
    if record.pay_kind != "one_off":
        end = month_end(record.month)
        yield "pay_per_fte", "month", end, "numerator", record.gross
        yield "variable_pay_share", "month", end, "numerator", (record.allowances or 0) + (record.bonus or 0)


def _training(record: Any) -> Iterator[tuple[str, str, date, str, float]]:
    if record.result == "completed" and record.end_date >= YEAR_START:
        hours = record.hours * (ACADEMIC_HOUR if record.hours_unit == "academic" else 1)
        yield "training_hours_per_fte", "r12", LAST_DAY, "numerator", hours


def _sanction(record: Any) -> Iterator[tuple[str, str, date, str, float]]:
    stands = not record.cancelled_date or record.cancelled_date > LAST_DAY
    if record.sanction_code and stands and YEAR_START <= record.decided_date <= LAST_DAY:
        yield "discipline_mix_reprimand", "r12", LAST_DAY, "denominator", 1


def _declaration(record: Any) -> Iterator[tuple[str, str, date, str, float]]:
    if record.declaration_kind == "income" and YEAR_START <= record.due_date <= LAST_DAY:
        on_time = record.filed_date is not None and record.filed_date <= record.due_date
        yield "declaration_compliance", "r12", LAST_DAY, "denominator", 1
        yield "declaration_compliance", "r12", LAST_DAY, "numerator", on_time


def _appraisal(record: Any) -> Iterator[tuple[str, str, date, str, float]]:
    """Both cycles are due, and all that was done is done, within the twelve months."""
    yield "appraisal_timeliness", "r12", LAST_DAY, "denominator", 1
    if record.completed_date:
        is_on_time = record.completed_date <= record.due_date
        yield "appraisal_timeliness", "r12", LAST_DAY, "numerator", is_on_time
        yield "top_rating_share", "r12", LAST_DAY, "denominator", 1
        yield "top_rating_share", "r12", LAST_DAY, "numerator", record.rating_code in TOP
        yield "kpi_attainment_mean", "r12", LAST_DAY, "denominator", 1
        yield "kpi_attainment_mean", "r12", LAST_DAY, "numerator", record.kpi_score


def _absence(record: Any) -> Iterator[tuple[str, str, date, str, float]]:
    """A person has one absence at a time: working days of sickness, calendar days of annual leave."""
    first, last = max(record.start_date, YEAR_START), min(record.end_date or LAST_DAY, LAST_DAY)
    if record.type == "sick" and first <= last:
        yield "sickness_absence_rate", "r12", LAST_DAY, "numerator", work_between(first, last)
    if record.type == "annual" and first <= last:
        yield "leave_utilisation", "r12", LAST_DAY, "numerator", (last - first + ONE_DAY).days


_TOLD = {
    "pay": _pay,
    "trainings": _training,
    "discipline": _sanction,
    "declarations": _declaration,
    "appraisals": _appraisal,
    "leave": _absence,
}
