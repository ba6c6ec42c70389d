"""Secondary suppression: who adds and subtracts what is shown learns no small count. The attacker here is not ours."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from flows.release.protection.hidden import Hidden, hidden_figures, mass_withheld
from flows.release.protection.past import Past
from flows.release.protection.protect import Protected, protect
from flows.release.protection.rules import Protection, load_rules
from flows.release.protection.secondary import shield
from flows.release.protection.system import System
from flows.release.tables import Field, Table

UNITS = pl.DataFrame(
    {
        "org_unit_id": ["UZ", "A", "A-1", "A-2", "A-3", "B", "B-1", "B-2"],
        "parent_id": [None, "UZ", "A", "A", "A", "UZ", "B", "B"],
        "current_org_unit_id": ["UZ", "A", "A-1", "A-2", "A-3", "B", "B-1", "B-2"],
    }
)
LEAVES = ("A-1", "A-2", "A-3", "B-1", "B-2")
SEXES = ("all", "male", "female")
KEY = ("indicator_id", "org_unit_id", "org_view", "period_start", "period_end", "category_1")
WHOLE = {"dimension_2": "all", "category_2": "all"}
NUMBERS = ("numerator", "denominator", "value", "n")
SECOND = load_rules()
FIRST = replace(SECOND, protection=Protection(second_cells=()))
PEOPLE = {"A-1": (40, 3), "A-2": (30, 20), "A-3": (60, 50), "B-1": (25, 12), "B-2": (33, 21)}


def test_a_lone_small_count_takes_another_of_its_sum_with_it() -> None:
    shown = status(protect_people(PEOPLE))
    assert shown["A-1", "female"] == "C"
    assert shown["A-1", "male"] == "C"
    assert [unit for unit in LEAVES if unit != "A-1" and shown[unit, "female"] == "C"] == ["A-2"]
    assert {shown[unit, "all"] for unit in ("UZ", "A", "B")} == {"F"}


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    assert set(status(protect_people(dict.fromkeys(LEAVES, (30, 20)))).values()) == {"F"}


def test_two_small_counts_that_are_known_together_take_a_third() -> None:
    """Women of A-1 and A-2 are 2 and 2; their sum of 4 would be the women of A less those of A-3."""
    people = {**PEOPLE, "A-1": (40, 2), "A-2": (30, 2)}
    assert status(protect_people(people))["A-3", "female"] == "C"
    assert not exposed_by_stranger(protect_people(people), people)


def test_without_secondary_suppression_the_stranger_finds_the_count() -> None:
    done = protect_people(PEOPLE, secondary=False)
    assert ("A-1", "female") in exposed_by_stranger(done, PEOPLE)


def test_each_second_cell_is_needed() -> None:
    """Shown again, each cell withheld for another gives it away."""
    done = protect_people(PEOPLE)
    frame = done.frames["hrm_indicators"]
    true = counts(PEOPLE)
    second = [key for key, code in status(done).items() if code == "C" and true[key] >= 5]
    assert len(second) == 3
    for unit, sex in second:
        again = (pl.col("org_unit_id") == unit) & (pl.col("category_1") == sex)
        mutant = replace(done, frames={"hrm_indicators": _shown_again(frame, again, true[unit, sex])})
        assert exposed_by_stranger(mutant, PEOPLE), (unit, sex)


def test_what_is_withheld_is_empty_in_every_column_of_the_row() -> None:
    frame = protect_people(PEOPLE).frames["hrm_indicators"].filter(pl.col("conf_status") != "F")
    assert frame.height
    assert all(frame[name].null_count() == frame.height for name in NUMBERS)


def test_the_same_people_give_the_same_mask_in_any_order_of_rows() -> None:
    done = protect_people(PEOPLE).frames["hrm_indicators"]
    turned = protect_people(PEOPLE, reverse=True).frames["hrm_indicators"]
    assert turned.sort(KEY).equals(done.sort(KEY))


def test_protecting_what_was_published_withholds_nothing_more() -> None:
    once = protect_people(PEOPLE)
    twice = protect(once.tables, once.frames, SECOND)
    assert twice.frames["hrm_indicators"].equals(once.frames["hrm_indicators"])


def test_no_code_tells_a_small_count_from_one_that_protects_it() -> None:
    done = protect_people(PEOPLE)
    assert set(status(done).values()) == {"F", "C"}
    assert set(done.hidden["hrm_indicators"].by_reason) == {"C"}


def test_the_share_withheld_is_one_of_rows_as_any_reader_counts_them() -> None:
    """Of 24 rows two hold small counts; a row is one figure, whatever number of columns it has."""
    done = protect_people(PEOPLE)
    hidden, rows = done.hidden["hrm_indicators"], done.frames["hrm_indicators"]
    dark = rows.filter(pl.col("conf_status") == "C").height
    assert (hidden.counted, hidden.figures, hidden.withheld) == ("rows", rows.height, dark)
    assert hidden.share_withheld == pytest.approx(dark / rows.height, abs=1e-4)
    assert hidden.share_of_mass is None  # too few persons to say it safely


def test_an_empty_cell_is_no_figure() -> None:
    """Of four cells one is shown, one withheld, two are empty; a row of figures that are all empty is none."""
    cells = pl.DataFrame(
        {"a": [5, None], "b": [None, None], "conf_status": ["C", "F"], "withheld": ["b", None]},
        schema_overrides={"a": pl.Int64, "b": pl.Int64},
    )
    assert hidden_figures(cells, ["a", "b"]) == Hidden("cells", 2, {"C": 1}, 0.5)
    rows = cells.drop("withheld").with_columns(a=pl.lit(None, pl.Int64))
    assert hidden_figures(rows, ["a", "b"]) == Hidden("rows", 1, {"C": 1}, 1.0)
    assert hidden_figures(rows.drop("conf_status"), []) == Hidden("rows", 0, {}, None)


@pytest.mark.parametrize(("small", "is_told"), [([300], False), ([9], True), ([1] * 9, False), ([1] * 9 + [300], True)])
def test_the_share_of_persons_withheld_leaves_each_row_open(small: list[int], *, is_told: bool) -> None:
    """Of 2,600 persons nine rows of one are told as 0 %, so at most 13: no row could have more than five of them."""
    frame = pl.DataFrame({"n": [2_600, *small]})
    mask = pl.DataFrame({"n": [None, *["C"] * len(small)]}, schema={"n": pl.String})
    assert (mass_withheld(frame, mask, ["n"], by_cell=False) is not None) == is_told


def test_the_codes_alone_can_pin_a_count_and_the_coded_width_forbids_it() -> None:
    """15 = 1 + 5 + 9, the first two withheld as C and D: whoever knows that D is 5 or more has C = 1."""
    loose = shield(one_sum([15, 1, 5, 9]), Protection(coded_width=0)).withheld
    strict = shield(one_sum([15, 1, 5, 9]), Protection(coded_width=1)).withheld
    assert loose.tolist() == [False, True, True, False]
    assert strict.tolist() == [False, True, False, True]  # 9 serves alone: with 10 together, C may be 1 to 4


people = st.fixed_dictionaries({unit: st.tuples(st.integers(0, 30), st.integers(0, 14)) for unit in LEAVES})


@settings(max_examples=25, deadline=None)
@given(people)
def test_no_stranger_bounds_a_small_count_of_a_random_hierarchy(people: dict[str, tuple[int, int]]) -> None:
    done = protect_people(people)
    assert not exposed_by_stranger(done, people)


def exposed_by_stranger(done: Protected, people: dict[str, tuple[int, int]]) -> list[tuple[str, str]]:
    """Return the small counts that a plain linear program over the published rows bounds too tightly."""
    rows = done.frames["hrm_indicators"].filter(pl.col("indicator_id") == "headcount_end")
    known = {(r["org_unit_id"], r["category_1"]): r["numerator"] for r in rows.iter_rows(named=True)}
    names, truth = list(known), counts(people)
    sums = [[(u, "all"), (u, "male"), (u, "female")] for u in UNITS["org_unit_id"]]
    children = {p: [u for u, q in UNITS.select("org_unit_id", "parent_id").rows() if q == p] for p in ("UZ", "A", "B")}
    sums += [[(p, s), *((c, s) for c in cs)] for p, cs in children.items() for s in SEXES]
    matrix = np.zeros((len(sums), len(names)))
    for line, (whole, *parts) in enumerate(sums):
        matrix[line, names.index(whole)] = -1
        matrix[line, [names.index(part) for part in parts]] = 1
    bounds = [(0, None) if known[name] is None else (known[name], known[name]) for name in names]
    found = []
    for at, name in enumerate(names):
        if known[name] is None and 0 < truth[name] < 5:
            cost = np.eye(len(names))[at]
            low = linprog(cost, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds)
            high = linprog(-cost, A_eq=matrix, b_eq=np.zeros(len(sums)), bounds=bounds)
            wide = high.status == 3 or -high.fun >= 5 - 1e-6
            if not (wide and low.fun <= max(0, truth[name] - max(2, truth[name] // 2)) + 1e-6):
                found.append(name)
    return found


def counts(people: dict[str, tuple[int, int]]) -> dict[tuple[str, str], int]:
    """Return headcount by unit and sex, summed over the tree."""
    found = {}
    for unit in UNITS["org_unit_id"]:
        below = [leaf for leaf in LEAVES if unit in ("UZ", leaf, leaf[:1])]
        male, female = (sum(people[leaf][at] for leaf in below) for at in (0, 1))
        found |= {(unit, "all"): male + female, (unit, "male"): male, (unit, "female"): female}
    return found


def protect_people(
    people: dict[str, tuple[int, int]], *, secondary: bool = True, reverse: bool = False, past: Sequence[Past] = ()
) -> Protected:
    """Publish headcounts by unit and sex of one month."""
    rows = [
        {**dict(zip(KEY, ("headcount_end", unit, "as_was", date(2026, 9, 1), date(2026, 9, 30), sex), strict=True))}
        | {"dimension_1": "all" if sex == "all" else "sex", **WHOLE, "n": n, **dict.fromkeys(NUMBERS[:3], float(n))}
        for (unit, sex), n in counts(people).items()
    ]
    kinds = {
        **dict.fromkeys((*KEY, "dimension_1", *WHOLE), pl.String),
        **dict.fromkeys(("period_start", "period_end"), pl.Date),
        **dict.fromkeys(NUMBERS[:3], pl.Float64),
        "n": pl.Int64,
    }
    names = {pl.String: "VARCHAR", pl.Int64: "BIGINT", pl.Float64: "DOUBLE", pl.Date: "DATE"}
    fields = tuple(Field(name, names[kind], name) for name, kind in kinds.items())
    table = Table("hrm_indicators", "", "One row.", fields, KEY, "headcount", ("n",), NUMBERS)
    units = Table("dim_org_units", "", "One row.", tuple(Field(name, "VARCHAR", name) for name in UNITS.columns))
    rules = SECOND if secondary else FIRST
    frames = {"hrm_indicators": pl.DataFrame(rows[::-1] if reverse else rows, schema=kinds), "dim_org_units": UNITS}
    return protect({table.name: table, units.name: units}, frames, rules, past)


def status(done: Protected) -> dict[tuple[str, str], str]:
    """Return conf_status by unit and sex."""
    rows = done.frames["hrm_indicators"].iter_rows(named=True)
    return {(row["org_unit_id"], row["category_1"]): row["conf_status"] for row in rows}


def _shown_again(frame: pl.DataFrame, again: pl.Expr, count: int) -> pl.DataFrame:
    return frame.with_columns(pl.when(again).then(pl.lit(float(count))).otherwise("numerator").alias("numerator"))


def one_sum(value: list[int]) -> System:
    """Return a whole and its parts, of which those under 5 are withheld."""
    size = len(value)
    whole = np.array(value, float)
    small = (whole > 0) & (whole < 5)
    return System(
        value=whole,
        least=np.full(size, 5.0),
        hidden=small,
        sensitive=small,
        signed=np.zeros(size, bool),
        cost=whole + 1,
        relation=np.zeros(size, np.int64),
        cell=np.arange(size),
        coefficient=np.array([-1.0, *[1.0] * (size - 1)]),
    )
