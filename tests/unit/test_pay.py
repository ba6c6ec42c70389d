"""A withheld sum of pay follows neither from a total and its sisters, nor from other months, nor from a linked row."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from flows.release.protection.protect import STEPS, Protected, money_cells, protect
from flows.release.protection.rules import load_rules
from flows.release.tables import Field, Table

SHIPPED = load_rules()
UNITS = {"UZ": None, "A": "UZ", "A-1": "A", "A-2": "A", "A-3": "A", "B": "UZ", "B-1": "B", "B-2": "B"}
LEAVES = ("A-1", "A-2", "A-3", "B-1", "B-2")
KEY = ("indicator_id", "org_unit_id", "org_view", "period_kind", "period_start", "period_end")
PARTS = ("dimension_1", "category_1", "dimension_2", "category_2")
NUMBERS = ("numerator", "denominator", "value", "largest_share")
PLAIN = tuple(step for step in STEPS if step is not money_cells)


@dataclass(frozen=True)
class Paid:
    """Persons of a unit, their pay of a month in millions, the share of the best paid, and what part of it varies."""

    n: int
    pay: float
    share: float = 0.05
    varies: float = 0.2


SERVICE = {
    "A-1": Paid(40, 200),
    "A-2": Paid(30, 190, share=0.6),
    "A-3": Paid(60, 390),
    "B-1": Paid(25, 150),
    "B-2": Paid(33, 210),
}


def test_a_dominated_sum_takes_another_of_its_unit_with_it() -> None:
    """Of 780 million of A, 200 and 390 shown to three figures leave 190 of A-2 within 1.5, and 19 are asked for."""
    alone = dark(published(SERVICE, PLAIN))
    assert alone == {"A-2"}
    assert exposed(published(SERVICE, PLAIN), SERVICE) == ["A-2"]
    gone = dark(published(SERVICE))
    assert gone == {"A-2", "A-1"}  # the cheapest sister
    assert exposed(published(SERVICE), SERVICE) == []


def test_nothing_is_withheld_where_nobody_dominates() -> None:
    assert dark(published({**SERVICE, "A-2": Paid(30, 190)})) == set()


def test_a_small_sister_is_no_protection() -> None:
    """A-1 pays 12: known from the pay scale to 7 to 18, it leaves A-2 within 6 of its 190, and 19 are asked for."""
    service = {**SERVICE, "A-1": Paid(10, 12)}
    assert "A-3" in dark(published(service))
    assert exposed(published(service), service) == []


def test_a_row_whose_denominator_is_the_withheld_pay_goes_with_it() -> None:
    done = published(SERVICE).frames["hrm_indicators"].filter(pl.col("org_unit_id") == "A-2")
    assert dict(done.select("indicator_id", "conf_status").rows()) == {"pay_per_fte": "C", "variable_pay_share": "C"}
    assert dark(published(SERVICE, PLAIN), "variable_pay_share") == set()


def test_a_month_does_not_follow_from_its_quarter() -> None:
    """One unit, March dominated by one bonus: a quarter of 310 less two months of 100 each leaves 110 to the half."""
    months = {1: Paid(40, 100), 2: Paid(40, 100), 3: Paid(40, 110, share=0.6)}
    rows = [row("B", "month", (m, m), paid) for m, paid in months.items()]
    rows.append(row("B", "quarter", (1, 3), Paid(40, 310, share=0.2)))
    shown = protect_rows(rows).frames["hrm_indicators"]
    told = {tuple(one) for one in shown.filter(pl.col("conf_status") == "F").select("period_kind", "period_end").rows()}
    assert ("month", date(2026, 3, 31)) not in told
    assert len(told) == 2  # one of the other months, or the quarter, is withheld too
    plain = protect_rows(rows, PLAIN).frames["hrm_indicators"]
    assert plain.filter(pl.col("conf_status") == "F").height == 3


@pytest.mark.parametrize("seed", range(6))
def test_no_stranger_comes_nearer_to_an_unsafe_sum_than_the_rules_allow(seed: int) -> None:
    service = at_random(seed)
    assert exposed(published(service), service) == []


def test_without_the_step_the_stranger_comes_nearer() -> None:
    found = [exposed(published(service, PLAIN), service) for service in map(at_random, range(6))]
    assert sum(map(bool, found)) >= 4


def at_random(seed: int) -> dict[str, Paid]:
    """Return units of 12 to 80 persons, one or two of which one person dominates."""
    chance = np.random.default_rng(seed)
    service = {
        unit: Paid(int(n), float(n * chance.uniform(4, 9)))
        for unit, n in zip(LEAVES, chance.integers(12, 80, 5), strict=True)
    }
    for unit in chance.choice(LEAVES, 1 + seed % 2, replace=False):
        service[str(unit)] = replace(service[str(unit)], share=float(chance.uniform(0.45, 0.9)))
    return service


def whole(service: Mapping[str, Paid], unit: str) -> Paid:
    """Add up the leaves of a unit."""
    own = [service[leaf] for leaf in LEAVES if unit in (leaf, leaf[0], "UZ")]
    pay = sum(one.pay for one in own)
    best = max(one.share * one.pay for one in own) / pay
    return Paid(sum(one.n for one in own), pay, best, sum(one.varies * one.pay for one in own) / pay)


def row(unit: str, kind: str, months: tuple[int, int], paid: Paid, *, varies: bool = False) -> dict[str, object]:
    """Return one row of the tidy table."""
    first, last = months
    sums = (paid.pay * paid.varies, paid.pay) if varies else (paid.pay, None)
    top, below = sums[0] * 1e6, (sums[1] * 1e6 if sums[1] else float(paid.n))
    return {
        "indicator_id": "variable_pay_share" if varies else "pay_per_fte",
        **dict.fromkeys(PARTS, "all"),
        "org_unit_id": unit,
        "org_view": "as_was",
        "period_kind": kind,
        "period_start": date(2026, first, 1),
        "period_end": date(2026, last, calendar.monthrange(2026, last)[1]),
        "numerator": top,
        "denominator": below,
        "value": top / below,
        "n": paid.n,
        "largest_share": 0.05 if varies else paid.share,
    }


def published(service: Mapping[str, Paid], steps: tuple = STEPS) -> Protected:
    """Publish pay and its variable part of one month of the whole service."""
    wholes = {unit: whole(service, unit) for unit in UNITS}
    rows = [row(unit, "month", (9, 9), paid, varies=v) for unit, paid in wholes.items() for v in (False, True)]
    return protect_rows(rows, steps)


def protect_rows(rows: list[dict[str, object]], steps: tuple = STEPS) -> Protected:
    """Protect rows of the tidy table with the table of units beside them."""
    days = dict.fromkeys(("period_start", "period_end"), pl.Date)
    texts = dict.fromkeys((*KEY, *PARTS), pl.String)
    kinds = {**texts, **days, **dict.fromkeys(NUMBERS, pl.Float64), "n": pl.Int64}
    names = {pl.String: "VARCHAR", pl.Int64: "BIGINT", pl.Float64: "DOUBLE", pl.Date: "DATE"}
    fields = tuple(Field(name, names[kind], name) for name, kind in kinds.items())
    hide = (*NUMBERS[:3], "n")
    table = Table(
        "hrm_indicators", "", "One row.", fields, (*KEY, *PARTS), "headcount", ("n",), hide, inner=("largest_share",)
    )
    units = pl.DataFrame(
        {"org_unit_id": [*UNITS], "parent_id": [*UNITS.values()], "current_org_unit_id": [*UNITS]},
        schema=dict.fromkeys(("org_unit_id", "parent_id", "current_org_unit_id"), pl.String),
    )
    tree = Table("dim_org_units", "", "One row.", tuple(Field(name, "VARCHAR", name) for name in units.columns))
    frames = {"hrm_indicators": pl.DataFrame(rows, schema=kinds), "dim_org_units": units}
    return protect({"hrm_indicators": table, "dim_org_units": tree}, frames, SHIPPED, steps=steps)


def dark(done: Protected, indicator: str = "pay_per_fte") -> set[str]:
    """Return the units of which an indicator is withheld."""
    rows = done.frames["hrm_indicators"].filter(pl.col("indicator_id") == indicator, pl.col("conf_status") != "F")
    return set(rows["org_unit_id"])


def exposed(done: Protected, service: Mapping[str, Paid]) -> list[str]:
    """Return the unsafe units whose pay a plain linear program over the published rows brings too near."""
    rows = done.frames["hrm_indicators"]
    true = {unit: whole(service, unit) for unit in UNITS}
    names = list(UNITS)
    bounds = []
    for unit in names:
        low, high = 0.6 * true[unit].pay, 1.5 * true[unit].pay
        own = {one["indicator_id"]: one for one in rows.filter(pl.col("org_unit_id") == unit).iter_rows(named=True)}
        pay, varies = own["pay_per_fte"], own["variable_pay_share"]
        figures = 2 if true[unit].n < 100 else 3
        told = [one for one in (pay["numerator"], varies["denominator"]) if one is not None]
        for one in told:
            half = 0.5 * 10 ** (np.floor(np.log10(one)) - figures + 1)
            low, high = max(low, (one - half) / 1e6), min(high, (one + half) / 1e6)
        if pay["value"] is not None:
            sides = [(x, 0.5 * 10 ** (np.floor(np.log10(x)) - figures + 1)) for x in (pay["value"], pay["denominator"])]
            (v, dv), (f, df) = sides
            low, high = max(low, (v - dv) * (f - df) / 1e6), min(high, (v + dv) * (f + df) / 1e6)
        bounds.append((low, high))
    sums = [[p, *(u for u, q in UNITS.items() if q == p)] for p in ("UZ", "A", "B")]
    matrix = np.zeros((len(sums), len(names)))
    for line, (total, *below) in enumerate(sums):
        matrix[line, names.index(total)] = -1
        matrix[line, [names.index(unit) for unit in below]] = 1
    found = []
    for at, unit in enumerate(names):
        paid = true[unit]
        if paid.share > 1 / 2.1 or 2 * paid.share > 0.85:
            cost = np.eye(len(names))[at]
            ends = [linprog(sign * cost, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds).fun for sign in (1, -1)]
            more = max(0.1, min(2 * paid.share, 1) / 0.85 - 1)
            if ends[0] > paid.pay * 0.9 + 1e-6 or -ends[1] < paid.pay * (1 + more) - 1e-6:
                found.append(unit)
    return found
