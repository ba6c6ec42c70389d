"""Fifteen indicators drawn by lot, worked out once more with pandas from the landed rows of the sample.

`random.Random(20261129).sample` over those that no other test works out from many rows. It follows the cards, shares
nothing with the SQL and knows of ministries as a whole only.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd

Figure = tuple[float | None, float | None, float | None]  # numerator, denominator, value
Key = tuple[str, str, str, str]  # indicator, ministry, kind of period, its last day
AS_OF = pd.Timestamp("2026-09-30")
YEAR, A_YEAR_AGO = pd.Timestamp("2025-10-01"), pd.Timestamp("2024-10-01")
INDUCTION_SINCE, INDUCTION_DAYS, ELIGIBLE_DAYS, CHAIN_DAYS, IN_TIME_DAYS = "2025-07-01", 180, 90, 180, 31
DAY, OPEN = pd.Timedelta(days=1), pd.Timestamp("2100-01-01")
HIRES, ENTRIES = ["new_hire", "rehire"], ["new_hire", "rehire", "transfer_in"]
EXITS = ["quit", "agreement", "reduction", "termination_expired", "death", "other"]
EXITS += [f"retirement_{kind}" for kind in ("voluntary", "early", "disability", "other")]
LEAVING = [*EXITS, "transfer_out", "transfer_out_mass"]  # these name the last day worked, not the first day away
SENIORITY = ["minister", "deputy_minister", "department_head", "division_head"]
SENIORITY += ["chief_specialist", "leading_specialist", "specialist"]
LEADING = SENIORITY[:4]
PAY_PARTS = ["base_pay", "rank_supplement", "tenure_supplement", "allowances", "bonus"]
FULL_DAYS = 15  # of a month, below which its pay is not compared
LEAST = 10  # persons of each sex or category below which pay is not compared


@dataclass(frozen=True)
class Landed:
    """The rows of the newest delivery of each source, and what its manifests say of rows that did not land."""

    lake: Path

    @cached_property
    def manifests(self) -> pd.DataFrame:
        """One row a delivery."""
        files = [*self.lake.glob("*/*/manifest.json")]
        return pd.DataFrame([json.loads(file.read_text(encoding="utf-8")) | {"folder": file.parent} for file in files])

    def rows(self, kind: str, ministry: str = "") -> pd.DataFrame:
        """Rows of a kind with the ministry that their unit belongs to."""
        rows = self._read(kind)
        return rows[rows.ministry == ministry] if ministry else rows

    @cache  # noqa: B019 - one lake is looked at
    def _read(self, kind: str) -> pd.DataFrame:
        landed = self.manifests[(self.manifests.kind == kind) & (self.manifests.verdict == "landed")]
        newest = landed.sort_values("known_from").groupby("source").tail(1)
        rows = pd.concat([pd.read_parquet(folder / "rows.parquet") for folder in newest.folder], ignore_index=True)
        dates = [name for name in rows.columns if name.endswith(("_date", "_start", "_end")) or name == "month"]
        rows[dates] = rows[dates].apply(pd.to_datetime)
        if "org_unit_id" in rows:
            rows["ministry"] = rows.org_unit_id.str.partition("-")[0]
        return rows

    @cached_property
    def posts(self) -> pd.DataFrame:
        """Posts as approved on the last day."""
        posts = self.rows("staffing")
        starts, ends = (pd.to_datetime(posts[name]) for name in ("valid_from", "valid_to"))
        return posts[(starts <= AS_OF) & (ends.isna() | (ends >= AS_OF))]

    @cached_property
    def held(self) -> pd.DataFrame:
        """Posts in which somebody may count, with the last day."""
        held = self.rows("personnel")
        held = held[held.assignment_type.isin(["main", "seconded_out"])]
        return held.assign(until=held.end_date.fillna(OPEN))

    def counted(self, ministry: str, day: pd.Timestamp = AS_OF) -> pd.DataFrame:
        """The row in which each person counts on a day: of several posts that entered last."""
        here = self.held[self.held.ministry == ministry]
        here = here[(here.start_date <= day) & (here.until >= day)]
        return here.sort_values(["start_date", "until"]).groupby("person_key").tail(1)

    def days(self, ministry: str, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
        """Days between two days, both included, on which each person counts in a ministry; no day counts twice."""
        here = self.held[self.held.ministry == ministry]
        here = here[(here.start_date <= last) & (here.until >= first)].sort_values("start_date")
        seen, found = dict[str, pd.Timestamp](), Counter[str]()
        for person, start, end in zip(here.person_key, here.start_date, here.until, strict=True):
            begin, stop = max(start, first, seen.get(person, first)), min(end, last) + DAY
            found[person] += max((stop - begin).days, 0)
            seen[person] = max(stop, seen.get(person, first))
        return pd.Series(found)

    def orders(self, ministry: str, classes: list[str], first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
        """Orders of some classes by which the headcount changed between two days, each person once a day."""
        orders = self.rows("orders", ministry)
        away = orders.movement_class.isin(LEAVING)
        orders = orders.assign(day=orders.effective_date + away.map({True: DAY, False: pd.Timedelta(0)}))
        orders = orders[orders.movement_class.isin(classes) & orders.day.between(first, last)]
        return orders.drop_duplicates(["person_key", "day", "movement_class"])


def ministries(landed: Landed, work: "dict[str, Work]") -> dict[Key, Figure]:
    """Return the figures of the three ministries."""
    found: dict[Key, Figure] = {}
    for indicator, make in work.items():
        for ministry in ("MOA", "MOC", "MHE"):
            for kind, end, figure in make(landed, ministry):
                found[indicator, ministry, kind, end] = figure
    return found


Told = Iterator[tuple[str, str, Figure]]  # kind of period, its last day, figure
Work = Callable[[Landed, str], Told]


def ratio(numerator: float, denominator: float) -> Figure:
    """Return a rate with its parts; null where its base is empty."""
    return float(numerator), float(denominator), numerator / denominator if denominator else None


def _appraisal_coverage(landed: Landed, ministry: str) -> Told:
    rows, done, due = landed.rows("appraisals", ministry), 0, 0
    for _, cycle in rows.groupby("cycle"):
        if YEAR <= cycle.due_date.min() <= AS_OF:
            served = landed.days(ministry, cycle.cycle_start.min(), cycle.cycle_end.max())
            eligible = served[served >= ELIGIBLE_DAYS].index
            due += len(eligible)
            done += cycle[cycle.completed_date <= AS_OF].person_key.isin(eligible).sum()
    yield "r12", "2026-09-30", ratio(done, due)


def _pinfl_valid_share(landed: Landed, ministry: str) -> Told:
    told = landed.manifests
    told = told[(told.kind == "personnel") & (told.organisation == ministry) & (told.period == "2026-09-30")]
    rows = _rows_delivered(told)
    yield "month", "2026-09-30", ratio(rows - _failed(told, "E-310", "E-311", "W-311"), rows)


def _code_unmapped_share(landed: Landed, ministry: str) -> Told:
    told = landed.manifests
    told = told[(told.organisation == ministry) & (told.period == "2026-09-30")]
    yield "month", "2026-09-30", ratio(_failed(told, "E-303"), _rows_delivered(told))


def _failed(told: pd.DataFrame, *codes: str) -> int:
    return sum(rule["failed"] for rules in told.rules for rule in rules if rule["code"] in codes)


def _rows_delivered(told: pd.DataFrame) -> int:
    """Rows read, without totals below a table."""
    return told.read.sum() - _failed(told, "I-390")


def _induction_completion(landed: Landed, ministry: str) -> Told:
    courses = landed.rows("trainings")
    courses = courses[(courses.type == "induction") & (courses.result == "completed")]
    for first, last in (("2025-07-01", "2025-09-30"), ("2025-10-01", "2025-12-31"), ("2026-01-01", "2026-03-31")):
        came = landed.orders(ministry, ["new_hire"], pd.Timestamp(first), pd.Timestamp(last))
        both = came.merge(courses, on="person_key")
        ended = both.end_date.between(both.day, both.day + INDUCTION_DAYS * DAY)
        yield "quarter", last, ratio(both[ended].person_key.nunique(), len(came))


def _early_attrition_rate(landed: Landed, ministry: str) -> Told:
    came = landed.orders(ministry, HIRES, A_YEAR_AGO, YEAR - DAY)
    left = pd.concat([landed.orders(one, EXITS, A_YEAR_AGO, AS_OF) for one in ("MOA", "MOC", "MHE")])
    both = came.merge(left, on="person_key", suffixes=("", "_left"))
    soon = (both.day_left > both.day) & (both.day_left <= both.day + 365 * DAY)
    yield "r12", "2025-09-30", ratio(both[soon].person_key.nunique(), len(came))


def _late_correction_rate(landed: Landed, ministry: str) -> Told:
    known = pd.Timestamp("2026-10-05")
    orders = landed.orders(ministry, [*landed.rows("orders").movement_class.unique()], AS_OF.replace(day=1), AS_OF)
    in_time = orders[orders.effective_date >= known - IN_TIME_DAYS * DAY]  # of an exit the last day worked
    yield "month", "2026-09-30", ratio(0, len(in_time))


def _time_to_fill(landed: Landed, ministry: str, share: float) -> Told:
    """Kaplan-Meier by hand: the share still open after each day on which some were filled."""
    told = [chain for chain in chains(landed, ministry) if YEAR <= chain[0].opened_date <= AS_OF]
    filled = np.array([chain[-1].filled_date <= AS_OF for chain in told])
    ends = [chain[-1].filled_date if done else AS_OF for chain, done in zip(told, filled, strict=True)]
    days = np.array([(end - chain[0].opened_date).days for chain, end in zip(told, ends, strict=True)])
    still, reached = 1.0, None
    for day in sorted(set(days)):
        still *= 1 - sum((days == day) & filled) / sum(days >= day)
        if reached is None and still <= 1 - share + 1e-9:
            reached = float(day)
    yield "r12", "2026-09-30", (None, None, reached)


def chains(landed: Landed, ministry: str) -> Iterator[list]:
    """Yield competitions for posts of the State Register; one announced again soon after it failed is the same."""
    rows, posts = landed.rows("competitions", ministry), landed.rows("staffing", ministry)
    posts = posts[posts.position_group != "technical"]
    rows = rows[rows.position_id.isin(posts.position_id) & (rows.opened_date <= AS_OF)]
    for _, post in rows.sort_values(["opened_date", "vacancy_id"]).groupby("position_id"):
        chain: list = []
        for one in post.itertuples():
            if chain and not (
                pd.isna(chain[-1].filled_date) and one.opened_date <= _closed(chain[-1]) + CHAIN_DAYS * DAY
            ):
                yield chain
                chain = []
            chain.append(one)
        yield chain


def _closed(one) -> pd.Timestamp:  # noqa: ANN001 - a row of pandas
    return one.closed_date if pd.notna(one.closed_date) and one.closed_date <= AS_OF else A_YEAR_AGO


def discipline_mix(landed: Landed, ministry: str, sanction: str) -> Told:
    """Yield the share of a class of sanctions in those that stand."""
    if not (landed.manifests.source.str.startswith("discipline") & (landed.manifests.organisation == ministry)).any():
        return
    rows = landed.rows("discipline", ministry)
    stands = rows.sanction_code.notna() & (rows.cancelled_date.isna() | (rows.cancelled_date > AS_OF))
    rows = rows[stands & rows.decided_date.between(YEAR, AS_OF)]
    yield "r12", "2026-09-30", ratio((rows.sanction_code == sanction).sum(), len(rows))


def _leadership_gap(landed: Landed, ministry: str) -> Told:
    here = landed.counted(ministry)
    posts = landed.posts[landed.posts.ministry == ministry]
    leads = here[here.position_id.isin(posts[posts.is_managerial].position_id)]
    share = (here.sex == "female").mean() - (leads.sex == "female").mean()
    yield "month", "2026-09-30", (None, None, share)


def _accession_rate(landed: Landed, ministry: str) -> Told:
    years = landed.days(ministry, YEAR, AS_OF).sum() / 365
    yield "r12", "2026-09-30", ratio(len(landed.orders(ministry, ENTRIES, YEAR, AS_OF)), years)


def comparable_pay(landed: Landed, ministry: str) -> pd.DataFrame:
    """Pay earned in the last month, at the full rate, of those with 15 paid days or more, by the post paid for."""
    pay = landed.rows("pay", ministry)
    pay = pay[(pay.month == AS_OF.replace(day=1)) & pay.pay_kind.isin(["regular", "back_pay"])]
    pay = pay.assign(gross=pay[PAY_PARTS].fillna(0).sum(axis=1), is_regular=pay.pay_kind == "regular")
    regular = (
        pay[pay.is_regular]
        .groupby("person_key")
        .agg(fte=("fte", "sum"), days=("paid_days", "min"), position_id=("position_id", "max"))
    )
    regular = regular.assign(full=pay.groupby("person_key").gross.sum() / regular.fte)
    posts = landed.posts[landed.posts.ministry == ministry][["position_id", "position_category"]]
    sexes = landed.rows("personnel").groupby("person_key").sex.max()
    return regular[regular.days >= FULL_DAYS].join(sexes).merge(posts, on="position_id", how="left")


def _pay_gap_coverage(landed: Landed, ministry: str) -> Told:
    if ministry == "MHE":
        return  # sends no pay
    paid = comparable_pay(landed, ministry)
    sexes = paid.pivot_table(index="position_category", columns="sex", values="full", aggfunc="size", fill_value=0)
    fit = sexes[(sexes.female >= LEAST) & (sexes.male >= LEAST)].index
    yield "month", "2026-09-30", (None, None, paid.position_category.isin(fit).mean())


def _grade_compression(landed: Landed, ministry: str) -> Told:
    if ministry == "MHE":
        return
    paid = comparable_pay(landed, ministry).groupby("position_category").full.agg(["median", "size"])
    many = [name for name in SENIORITY if name in paid.index and paid["size"][name] >= LEAST]
    yield "month", "2026-09-30", (None, None, paid["median"][many[0]] / paid["median"][many[-1]])


def _training_coverage_1y(landed: Landed, ministry: str) -> Told:
    courses = landed.rows("trainings")
    courses = courses[(courses.result == "completed") & courses.end_date.between(YEAR, AS_OF)]
    days = landed.days(ministry, YEAR, AS_OF)
    trained = courses[courses.ministry == ministry].person_key.nunique()
    yield "r12", "2026-09-30", ratio(trained, days.sum() / 365)


WORK: dict[str, Work] = {
    "accession_rate": _accession_rate,
    "appraisal_coverage": _appraisal_coverage,
    "code_unmapped_share": _code_unmapped_share,
    "discipline_mix_dismissal": lambda landed, ministry: discipline_mix(landed, ministry, "dismissal"),
    "discipline_mix_post_lowered": lambda landed, ministry: discipline_mix(landed, ministry, "post_lowered"),
    "early_attrition_rate": _early_attrition_rate,
    "grade_compression": _grade_compression,
    "induction_completion": _induction_completion,
    "late_correction_rate": _late_correction_rate,
    "leadership_gap": _leadership_gap,
    "pay_gap_coverage": _pay_gap_coverage,
    "pinfl_valid_share": _pinfl_valid_share,
    "time_to_fill_median": lambda landed, ministry: _time_to_fill(landed, ministry, 0.5),
    "time_to_fill_p90": lambda landed, ministry: _time_to_fill(landed, ministry, 0.9),
    "training_coverage_1y": _training_coverage_1y,
}
