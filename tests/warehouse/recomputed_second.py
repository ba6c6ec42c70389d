"""Ten more indicators drawn by lot, worked out once more with pandas from the landed rows of the sample.

`random.Random(20261130).sample` over the 24 that neither a truth nor the first lot works out from many rows.
"""

import numpy as np
import pandas as pd

from tests.warehouse.recomputed_topics import (
    AS_OF,
    DAY,
    EXITS,
    LEAST,
    OPEN,
    YEAR,
    Landed,
    Told,
    Work,
    comparable_pay,
    discipline_mix,
    ratio,
)

LAST = f"{AS_OF:%Y-%m-%d}"
CLASSES = {"five": 5, "four": 4}  # of the scale that a rating belongs to
TOP = ["five_excellent", "four_a"]
FIRST_CONTRACTS, CONTRACT_DAYS, GRACE_DAYS = pd.Timestamp("2026-01-01"), 365, 31
SERVED_DAYS = 1096  # three years
DEVELOPMENT = ["development", "retraining", "leadership", "digital"]
WITHOUT_PAY = "MHE"


def _duplicate_person_rate(landed: Landed, ministry: str) -> Told:
    """Names and birth dates stand in the vault as hashes; each file is held against those of all bodies."""
    told = landed.manifests
    told = told[(told.kind == "personnel") & (told.verdict == "landed")]
    newest = told.sort_values("known_from").groupby("source").tail(1)
    files = [(one.organisation, [*_vault(landed, one).glob("persons*.parquet")]) for one in newest.itertuples()]
    persons = pd.concat([pd.read_parquet(file).assign(ministry=body) for body, named in files for file in named])
    numbers = persons.dropna(subset="name_key").groupby("name_key").person_key.nunique()
    here = persons[persons.ministry == ministry]
    suspected = here[here.name_key.isin(numbers[numbers > 1].index)]
    yield "month", LAST, ratio(suspected.person_key.nunique(), here.person_key.nunique())


def _vault(landed: Landed, one):  # noqa: ANN001, ANN202 - a row of pandas, a folder
    return landed.lake.parent / "vault" / one.source / one.delivery_id


def _rating_entropy(landed: Landed, ministry: str) -> Told:
    """Each scale by itself, weighted by its persons."""
    rows = landed.rows("appraisals", ministry)
    rated = rows[rows.rating_code.notna() & (rows.completed_date <= AS_OF) & rows.due_date.between(YEAR, AS_OF)]
    total = 0.0
    for scale, ratings in rated.rating_code.groupby(rated.rating_code.str.partition("_")[0]):
        shares = ratings.value_counts(normalize=True)
        total -= len(ratings) * (shares * np.log(shares)).sum() / np.log(CLASSES[scale])
    yield "r12", LAST, (None, None, total / len(rated))


def _headcount_reconciliation(landed: Landed, ministry: str) -> Told:
    if ministry == WITHOUT_PAY:
        return
    here, pay = landed.counted(ministry), landed.rows("pay", ministry)
    here, known = {*here.person_key}, {*landed.rows("personnel", ministry).person_key}
    paid = {*pay[(pay.month == AS_OF.replace(day=1)) & (pay.pay_kind == "regular")].person_key}
    yield "month", LAST, ratio(len(here & paid), len(here | (paid - known)))


def _high_performer_exit_rate(landed: Landed, ministry: str) -> Told:
    top = _top_rated(landed)
    held = landed.held[landed.held.ministry == ministry].merge(top, on="person_key")
    first = held[["start_date", "since", "year"]].max(axis=1)
    last = held[["until_x", "until_y", "as_of"]].min(axis=1)
    days = {
        (person, day)
        for person, start, end in zip(held.person_key, first, last, strict=True)
        for day in range(start.toordinal(), end.toordinal() + 1)
    }
    left = landed.orders(ministry, EXITS, YEAR, AS_OF).merge(top, on="person_key")
    yield "r12", LAST, ratio(left.day.between(left.since, left.until).sum(), len(days) / 365)


def _top_rated(landed: Landed) -> pd.DataFrame:
    """Days from a rating of the top class until the next rating, of whatever ministry."""
    rated = landed.rows("appraisals")
    rated = rated[rated.rating_code.notna() & (rated.completed_date <= AS_OF)].sort_values("completed_date")
    until = rated.groupby("person_key").completed_date.shift(-1) - DAY
    rated = rated.assign(since=rated.completed_date, until=until.fillna(OPEN), year=YEAR, as_of=AS_OF)
    return rated[rated.rating_code.isin(TOP)][["person_key", "since", "until", "year", "as_of"]]


def _gender_pay_gap_within(landed: Landed, ministry: str) -> Told:
    if ministry == WITHOUT_PAY:
        return
    gaps = persons = 0.0
    for _, paid in comparable_pay(landed, ministry).groupby("position_category"):
        women, men = (paid[paid.sex == sex].full for sex in ("female", "male"))
        if min(len(women), len(men)) >= LEAST:
            persons += len(paid)
            gaps += len(paid) * (men.median() - women.median()) / men.median()
    yield "month", LAST, (None, None, gaps / persons)


def _first_contract_conversion(landed: Landed, ministry: str) -> Told:
    rows, orders = landed.rows("personnel"), landed.rows("orders")
    here = rows[(rows.ministry == ministry) & (rows.contract_type == "first_year")]
    here = here[here.start_date >= FIRST_CONTRACTS]
    first = here.groupby("person_key").agg(start=("start_date", "min"), due=("contract_end_date", "max"))
    first["due"] = first.due.fillna(first.start + (CONTRACT_DAYS - 1) * DAY)
    unlimited = rows[rows.contract_type == "indefinite"][["person_key", "start_date"]]
    ordered = orders[orders.movement_class == "contract_conversion"][["person_key", "effective_date"]]
    turned = pd.concat([one.set_axis(["person_key", "turned"], axis=1) for one in (unlimited, ordered)])
    turned = first.merge(turned, on="person_key")
    in_time = (turned.turned <= turned.due + GRACE_DAYS * DAY) & (turned.turned <= AS_OF)
    fits = (turned.turned > turned.start) & in_time
    first["turned"] = turned[fits].groupby("person_key").turned.min()
    first["left"] = landed.held[landed.held.ministry == ministry].groupby("person_key").until.max()
    first["ended"] = first.assign(before=first.turned - DAY)[["due", "before", "left"]].min(axis=1)
    ended = first[first.ended.between(FIRST_CONTRACTS, AS_OF)]
    yield "ytd", LAST, ratio(ended.turned.notna().sum(), len(ended))


def _training_compliance_3y(landed: Landed, ministry: str) -> Told:
    here, courses = landed.counted(ministry), landed.rows("trainings")
    served = here[(AS_OF - pd.to_datetime(here.civil_service_start_date)).dt.days >= SERVED_DAYS]
    courses = courses[(courses.result == "completed") & courses.type.isin(DEVELOPMENT)]
    courses = courses[(courses.end_date > AS_OF - pd.DateOffset(months=36)) & (courses.end_date <= AS_OF)]
    yield "month", LAST, ratio(served.person_key.isin(courses.person_key).sum(), len(served))


def _overlap_rate(landed: Landed, ministry: str) -> Told:
    rows = landed.rows("personnel", ministry)
    rows = rows[(rows.assignment_type == "main") & (rows.start_date <= AS_OF) & (rows.end_date.fillna(OPEN) >= AS_OF)]
    posts = rows.groupby("person_key").position_id.nunique()
    yield "month", LAST, ratio((posts > 1).sum(), len(landed.counted(ministry)))


WORK: dict[str, Work] = {
    "discipline_mix_fine": lambda landed, ministry: discipline_mix(landed, ministry, "fine"),
    "discipline_mix_rank_lowered": lambda landed, ministry: discipline_mix(landed, ministry, "rank_lowered"),
    "duplicate_person_rate": _duplicate_person_rate,
    "first_contract_conversion": _first_contract_conversion,
    "gender_pay_gap_within": _gender_pay_gap_within,
    "headcount_reconciliation": _headcount_reconciliation,
    "high_performer_exit_rate": _high_performer_exit_rate,
    "overlap_rate": _overlap_rate,
    "rating_entropy": _rating_entropy,
    "training_compliance_3y": _training_compliance_3y,
}
