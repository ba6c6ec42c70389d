"""Ten more indicators drawn by lot, worked out once more with pandas from the landed rows of the sample.

`random.Random(20261201).sample` over the 14 that were left of all 98: neither a truth nor the two lots before work
them out from many rows.
"""

from collections.abc import Callable, Hashable

import pandas as pd

from tests.warehouse.recomputed_topics import (
    A_YEAR_AGO,
    AS_OF,
    DAY,
    HIRES,
    OPEN,
    PAY_PARTS,
    YEAR,
    Landed,
    Told,
    Work,
    chains,
    comparable_pay,
    ratio,
)

LAST, A_YEAR_BEFORE = f"{AS_OF:%Y-%m-%d}", "2025-09-30"
APPOINTING = ["new_hire", "rehire", "transfer_in", "promotion", "internal_transfer", "rotation", "demotion"]
SELECTED_DAYS, LEAST_SELECTED, FTE_CAP = 31, 5, 1.5
COMPETED = ["managerial", "auxiliary"]
LONG = ["parental", "unpaid_long", "military"]
WITHOUT_PAY, MOVED_AS_A_WHOLE = "MHE", "internal_transfer_mass"


def _sends(landed: Landed, kind: str, ministry: str) -> bool:
    told = landed.manifests
    return bool(((told.kind == kind) & (told.organisation == ministry) & (told.verdict == "landed")).any())


def _competitive_appointment_share(landed: Landed, ministry: str) -> Told:
    """By the number of the competition, or by the person selected within a month of the first day in the post."""
    orders, competitions = landed.rows("orders"), landed.rows("competitions")
    orders = orders.assign(to=orders.to_org_unit_id.fillna(orders.org_unit_id).str.partition("-")[0])
    orders = orders[(orders.to == ministry) & orders.movement_class.isin(APPOINTING)]
    orders = orders[orders.effective_date.between(YEAR, AS_OF)].sort_values(["order_date", "order_no"])
    orders = orders.groupby(["person_key", "effective_date"]).tail(1)
    held = landed.held[landed.held.ministry == ministry].merge(_versions(landed), on="position_id")
    fits = (held.start_date >= held.valid_from) & (held.start_date <= held.valid_to)
    entered = held[fits & held.position_group.isin(["managerial", "auxiliary"])].drop_duplicates(
        ["person_key", "start_date"]
    )
    day = orders.merge(entered, left_on=["person_key", "effective_date"], right_on=["person_key", "start_date"])
    real = competitions[competitions.competition_type.isin(["internal", "external"])]
    by_number = day.vacancy_id.isin(real.vacancy_id)
    chosen = real.dropna(subset=["selected_person_key", "filled_date"])
    both = day.reset_index().merge(chosen, left_on="person_key", right_on="selected_person_key")
    near = (both.effective_date - both.filled_date).abs() <= SELECTED_DAYS * DAY
    by_person = day.index.isin(both[near]["index"])
    yield "r12", LAST, ratio((by_number | by_person).sum(), len(day))


def _versions(landed: Landed) -> pd.DataFrame:
    """Posts of the staffing tables; a later version of a post ends the earlier one."""
    posts = landed.rows("staffing").sort_values(["position_id", "valid_from"])
    since, until = (pd.to_datetime(posts[name]) for name in ("valid_from", "valid_to"))
    following = since.groupby(posts.position_id).shift(-1) - DAY
    posts = posts.assign(valid_from=since, valid_to=pd.concat([until.fillna(OPEN), following], axis=1).min(axis=1))
    return posts[["position_id", "position_group", "position_category", "valid_from", "valid_to"]]


def _discipline_rate(landed: Landed, ministry: str) -> Told:
    if not _sends(landed, "discipline", ministry):
        return
    rows = landed.rows("discipline", ministry)
    stands = rows.sanction_code.notna() & (rows.cancelled_date.isna() | (rows.cancelled_date > AS_OF))
    sanctioned = rows[stands & rows.decided_date.between(YEAR, AS_OF)].person_key.nunique()
    yield "r12", LAST, ratio(sanctioned, landed.days(ministry, YEAR, AS_OF).sum() / 365)


def _first_year_retention(landed: Landed, ministry: str) -> Told:
    came = landed.orders(ministry, HIRES, A_YEAR_AGO, YEAR - DAY).reset_index()
    both = came.merge(landed.held, on="person_key")
    later = both.day + 365 * DAY
    there = (both.start_date_y if "start_date_y" in both else both.start_date) <= later
    yield "r12", A_YEAR_BEFORE, ratio(both[there & (both.until >= later)]["index"].nunique(), len(came))


def _fte_over_cap_share(landed: Landed, ministry: str) -> Told:
    rows = landed.rows("personnel", ministry)
    rows = rows[(rows.start_date <= AS_OF) & (rows.end_date.fillna(OPEN) >= AS_OF)]
    away = (rows.long_leave_start <= AS_OF) & (rows.long_leave_end.fillna(OPEN) >= AS_OF)
    rates = rows[~away].groupby("person_key").fte.sum()
    yield "month", LAST, ratio((rates > FTE_CAP).sum(), len(landed.counted(ministry)))


def _long_leave_share(landed: Landed, ministry: str) -> Told:
    here, leave = landed.counted(ministry), landed.rows("leave")
    leave = leave[leave.type.isin(LONG) & (leave.start_date <= AS_OF) & (leave.end_date.fillna(OPEN) >= AS_OF)]
    in_file = (here.long_leave_start <= AS_OF) & (here.long_leave_end.fillna(OPEN) >= AS_OF)
    yield "month", LAST, ratio((in_file | here.person_key.isin(leave.person_key)).sum(), len(here))


def _pay_compression(landed: Landed, ministry: str) -> Told:
    if ministry != WITHOUT_PAY:
        full = comparable_pay(landed, ministry).full
        yield "month", LAST, (None, None, full.quantile(0.9) / full.quantile(0.1))


def _selection_parity_ratio(landed: Landed, ministry: str) -> Told:
    """A competition announced again is the same one, so that all who applied for the post count when it ends."""
    real = [one for one in chains(landed, ministry) if one[-1].competition_type in ("internal", "external")]
    closed = [one.vacancy_id for chain in real if YEAR <= chain[-1].closed_date <= AS_OF for one in chain]
    applications = landed.rows("applications")
    applied = applications[applications.vacancy_id.isin(closed)].groupby("sex").selected.agg(["sum", "size"])
    chances = applied["sum"] / applied["size"]
    many = applied["sum"].reindex(["female", "male"]).min() >= LEAST_SELECTED
    yield "r12", LAST, (None, None, chances.female / chances.male if many else None)


def _since(landed: Landed, ministry: str, same: Callable[[pd.Series, pd.Series], bool]) -> pd.Series:
    """Return the first day of the unbroken run of spells that ends in the one of the last day, for each person."""
    held = landed.held[landed.held.ministry == ministry].sort_values(["start_date", "until"])
    spells: dict[Hashable, list[pd.Series]] = {}
    for _, row in held[held.person_key.isin(landed.counted(ministry).person_key)].iterrows():
        spells.setdefault(row.person_key, []).append(row)
    found = {}
    for person, rows in spells.items():
        now = [row for row in rows if row.start_date <= AS_OF <= row.until][-1]
        first = now
        for before in reversed(rows[: [id(row) for row in rows].index(id(now))]):
            if before.until + DAY != first.start_date or not same(before, first):
                break
            first = before
        found[person] = first.start_date
    return pd.Series(found)


def _time_in_grade_median(landed: Landed, ministry: str) -> Told:
    versions = dict(iter(_versions(landed).groupby("position_id")))

    def category(spell: pd.Series) -> str:
        rows = versions.get(spell.position_id)
        told = [] if rows is None else rows[rows.valid_from.le(spell.start_date) & rows.valid_to.ge(spell.start_date)]
        return told.position_category.iloc[0] if len(told) else "unknown"

    since = _since(landed, ministry, lambda before, after: category(before) == category(after))
    yield "month", LAST, (None, None, (AS_OF - since).dt.days.median())


def _time_in_post_median(landed: Landed, ministry: str) -> Told:
    orders = landed.rows("orders")
    moved = orders[orders.movement_class == MOVED_AS_A_WHOLE]
    with_unit = {*zip(moved.person_key, moved.effective_date, strict=True)}

    def stays(before: pd.Series, after: pd.Series) -> bool:
        return before.position_id == after.position_id or (after.person_key, after.start_date) in with_unit

    since = _since(landed, ministry, stays)
    yield "month", LAST, (None, None, (AS_OF - since).dt.days.median() / 365.25)


def _training_cost_share(landed: Landed, ministry: str) -> Told:
    if ministry == WITHOUT_PAY:
        return
    courses, pay = landed.rows("trainings", ministry), landed.rows("pay", ministry)
    ended = courses[(courses.result == "completed") & courses.end_date.between(YEAR, AS_OF)]
    pay = pay[pay.pay_kind.isin(["regular", "back_pay"]) & pay.month.between(YEAR, AS_OF)]
    pay = pay[pd.to_datetime(pay.paid_month).fillna(pay.month) <= AS_OF]
    yield "r12", LAST, ratio(ended.cost.sum(), pay[PAY_PARTS].fillna(0).to_numpy().sum())


WORK: dict[str, Work] = {
    "competitive_appointment_share": _competitive_appointment_share,
    "discipline_rate": _discipline_rate,
    "first_year_retention": _first_year_retention,
    "fte_over_cap_share": _fte_over_cap_share,
    "long_leave_share": _long_leave_share,
    "pay_compression_p90p10": _pay_compression,
    "selection_parity_ratio": _selection_parity_ratio,
    "time_in_grade_median": _time_in_grade_median,
    "time_in_post_median": _time_in_post_median,
    "training_cost_share": _training_cost_share,
}
