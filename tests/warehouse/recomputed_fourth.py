"""The eleven indicators that no test had worked out from many rows, once more with pandas from the landed rows."""

import csv

import pandas as pd

from flows.settings import ROOT
from tests.warehouse.recomputed_second import WITHOUT_PAY
from tests.warehouse.recomputed_third import LAST, LONG, _versions
from tests.warehouse.recomputed_topics import (
    AS_OF,
    DAY,
    LEAST,
    OPEN,
    PAY_PARTS,
    YEAR,
    Landed,
    Told,
    Work,
    _failed,
    _rows_delivered,
    chains,
    comparable_pay,
    discipline_mix,
    ratio,
)

MONTH = AS_OF.replace(day=1)
CLOCK_HOURS = {"academic": 0.75, "clock": 1.0}
BY_GRADE = {"index": "position_category", "columns": "sex", "fill_value": 0}
ENTITLED, OUTSIDE = 27, 21  # calendar days of a year; of staff outside the State Register
CALENDAR = ROOT / "dbt_project" / "seeds" / "calendars" / "work_days.csv"


def _work_days() -> pd.Series:
    """Whether each day of the year is a working day."""
    with CALENDAR.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["calendar_id"] == "uz_5day"]
    days = pd.Series({pd.Timestamp(row["day"]): row["day_type"] != "off" for row in rows})
    return days[(days.index >= YEAR) & (days.index <= AS_OF)]


def _gender_pay_gap_median(landed: Landed, ministry: str) -> Told:
    if ministry != WITHOUT_PAY:
        paid = comparable_pay(landed, ministry)
        women, men = (paid[paid.sex == sex].full for sex in ("female", "male"))
        assert min(len(women), len(men)) >= LEAST
        yield "month", LAST, (None, None, (men.median() - women.median()) / men.median())


def _orphan_assignment_rate(landed: Landed, ministry: str) -> Told:
    rows = landed.rows("personnel", ministry)
    active = rows[(rows.start_date <= AS_OF) & (rows.end_date.fillna(OPEN) >= AS_OF)]
    known = active.position_id.isin(landed.rows("staffing", ministry).position_id)
    yield "month", LAST, ratio((~known).sum(), len(active))


def _pinfl_birthdate_agreement(landed: Landed, ministry: str) -> Told:
    told = landed.manifests
    told = told[(told.kind == "personnel") & (told.organisation == ministry) & (told.period == LAST)]
    valid = _rows_delivered(told) - _failed(told, "E-310", "E-311", "W-311")
    yield "month", LAST, ratio(valid - _failed(told, "E-314"), valid)


def _promotion_parity_ratio(landed: Landed, ministry: str) -> Told:
    """Within each category the rate of women and of men, both weighted by the years that all serve in it."""
    held = _graded(landed, ministry)
    days = (held[["until", "as_of"]].min(axis=1) - held[["start_date", "year"]].max(axis=1)).dt.days + 1
    years = held.assign(years=days.clip(lower=0) / 365).pivot_table(**BY_GRADE, values="years", aggfunc="sum")
    orders = landed.orders(ministry, ["promotion"], YEAR, AS_OF).merge(held, on="person_key")
    before = (orders.start_date < orders.day) & (orders.until >= orders.day - DAY)
    rises = orders[before].pivot_table(**BY_GRADE, values="person_key", aggfunc="nunique")
    years = years[(years > 0).all(axis=1)]
    weighted = rises.reindex(years.index, fill_value=0) / years
    rates = weighted.mul(years.sum(axis=1), axis=0).sum()
    yield "r12", LAST, (None, None, rates.female / rates.male)


def _graded(landed: Landed, ministry: str) -> pd.DataFrame:
    """Posts held with their category; a post entered later ends the one before."""
    held = landed.held[landed.held.ministry == ministry].sort_values(["person_key", "start_date", "until"])
    following = held.groupby("person_key").start_date.shift(-1) - DAY
    held = held.assign(until=pd.concat([held.until, following], axis=1).min(axis=1), year=YEAR, as_of=AS_OF)
    held = held.reset_index(drop=True).reset_index()
    posts = held.assign(day=held[["until", "as_of"]].min(axis=1)).merge(_versions(landed), on="position_id")
    stands = (posts.day >= posts.valid_from) & (posts.day <= posts.valid_to)
    return held.join(posts[stands].set_index("index").position_category).fillna({"position_category": "unknown"})


def _applicants_per_vacancy(landed: Landed, ministry: str) -> Told:
    applied = landed.rows("applications").vacancy_id.value_counts()
    closed = [chain for chain in chains(landed, ministry) if YEAR <= chain[-1].closed_date <= AS_OF]
    yield "r12", LAST, ratio(sum(applied.get(one.vacancy_id, 0) for chain in closed for one in chain), len(closed))


def _served(landed: Landed, ministry: str) -> pd.DataFrame:
    """Each day of the year on which a person is counted in a ministry, once."""
    held = landed.held[landed.held.ministry == ministry]
    return _days(held.person_key, held.start_date, held.until).drop_duplicates()


def _days(persons: pd.Series, first: pd.Series, last: pd.Series) -> pd.DataFrame:
    """Each day of the year in spans of persons."""
    since, until = first.clip(lower=YEAR), last.fillna(OPEN).clip(upper=AS_OF)
    length = ((until - since).dt.days + 1).clip(lower=0).fillna(0).astype(int)
    rows = pd.DataFrame({"person_key": persons, "day": since}).loc[length.index.repeat(length)]
    return rows.assign(day=rows.day + pd.to_timedelta(rows.groupby(level=0).cumcount(), unit="D"))


def _absent(landed: Landed, ministry: str) -> pd.DataFrame:
    """Days away while counted, each told by the weightiest leave of the day: long or parental, sick, annual."""
    leave, file = landed.rows("leave", ministry).reset_index(drop=True), landed.rows("personnel", ministry)
    weight = leave.type.map({"annual": 3, "sick": 2} | dict.fromkeys(["maternity", *LONG], 1)).fillna(4)
    file = file[file.long_leave_start.notna()].reset_index(drop=True)
    until = file.long_leave_end.fillna(OPEN).clip(upper=file.end_date.fillna(OPEN))
    told = _days(leave.person_key, leave.start_date, leave.end_date).join(weight.rename("weight"))
    filed = _days(file.person_key, file.long_leave_start.clip(lower=file.start_date), until).assign(weight=1)
    days = pd.concat([told, filed]).groupby(["person_key", "day"], as_index=False).weight.min()
    return days.merge(_served(landed, ministry), on=["person_key", "day"])


def _leave_utilisation(landed: Landed, ministry: str) -> Told:
    taken = (_absent(landed, ministry).weight == 3).sum()
    held = _graded(landed, ministry)
    outside = held[held.position_category == "technical_staff"]
    outside = len(_days(outside.person_key, outside.start_date, outside.until))
    entitled = ENTITLED * landed.days(ministry, YEAR, AS_OF).sum() - (ENTITLED - OUTSIDE) * outside
    yield "r12", LAST, ratio(taken, entitled / 365)


def _sickness_absence_rate(landed: Landed, ministry: str) -> Told:
    works, absent = _work_days(), _absent(landed, ministry)
    worked = absent[absent.day.map(works)].weight
    served = _served(landed, ministry).day.map(works).sum()
    yield "r12", LAST, ratio((worked == 2).sum(), served - (worked == 1).sum())


def _rates(landed: Landed, ministry: str, first: pd.Timestamp) -> float:
    """Average rate of posts held from a day to the last, of those not on long leave."""
    rows = landed.rows("personnel", ministry)
    since, until = rows.start_date.clip(lower=first), rows.end_date.fillna(OPEN).clip(upper=AS_OF)
    days = ((until - since).dt.days + 1).clip(lower=0)
    since = rows.long_leave_start.clip(lower=since)
    until = rows.long_leave_end.fillna(OPEN).clip(upper=until)
    away = ((until - since).dt.days + 1).clip(lower=0).fillna(0)
    return float((rows.fte * (days - away)).sum()) / ((AS_OF - first).days + 1)


def _earned(landed: Landed, ministry: str) -> pd.DataFrame:
    pay = landed.rows("pay", ministry)
    pay = pay[(pay.month == MONTH) & pay.pay_kind.isin(["regular", "back_pay"])]
    return pay[pd.to_datetime(pay.paid_month).fillna(pay.month) <= AS_OF][PAY_PARTS].fillna(0)


def _pay_per_fte(landed: Landed, ministry: str) -> Told:
    if ministry != WITHOUT_PAY:
        yield "month", LAST, ratio(_earned(landed, ministry).to_numpy().sum(), _rates(landed, ministry, MONTH))


def _variable_pay_share(landed: Landed, ministry: str) -> Told:
    if ministry != WITHOUT_PAY:
        pay = _earned(landed, ministry)
        yield "month", LAST, ratio(pay[["allowances", "bonus"]].to_numpy().sum(), pay.to_numpy().sum())


def _training_hours_per_fte(landed: Landed, ministry: str) -> Told:
    courses = landed.rows("trainings", ministry)
    ended = courses[(courses.result == "completed") & courses.end_date.between(YEAR, AS_OF)]
    clock = ended.hours * ended.hours_unit.fillna("academic").map(CLOCK_HOURS)
    yield "r12", LAST, ratio(clock.sum(), _rates(landed, ministry, YEAR))


WORK: dict[str, Work] = {
    "applicants_per_vacancy": _applicants_per_vacancy,
    "discipline_mix_reprimand": lambda landed, ministry: discipline_mix(landed, ministry, "reprimand"),
    "gender_pay_gap_median": _gender_pay_gap_median,
    "leave_utilisation": _leave_utilisation,
    "orphan_assignment_rate": _orphan_assignment_rate,
    "pay_per_fte": _pay_per_fte,
    "pinfl_birthdate_agreement": _pinfl_birthdate_agreement,
    "promotion_parity_ratio": _promotion_parity_ratio,
    "sickness_absence_rate": _sickness_absence_rate,
    "training_hours_per_fte": _training_hours_per_fte,
    "variable_pay_share": _variable_pay_share,
}
