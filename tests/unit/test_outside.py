"""Time, the bridge and parts are asked together: by the engine, which withholds, and from outside, by verify."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from flows.release.protection.dark import Dark, few
from flows.release.protection.flowing import flowing
from flows.release.protection.movements import Movements, movements
from flows.release.protection.outside import given_away
from flows.release.protection.rules import Cube, Moved, Protection, Series, Tree
from flows.release.protection.series import STOCKS, Told
from flows.release.protection.spans import grain

RULE = Moved(to=10, exact_from=1_000, counts=("exits",))
CUBE = Cube(Tree("dim_org_units", "org_unit_id", "parent_id", "current_org_unit_id"), {}, {})
SERIES = Series("t", {}, stocks=("staff",), averages=(), opening=("opening", "staff"), came=("hires",), went=("exits",))
Key = tuple[str, str, int, int]  # count, part, first month (exclusive), last
MALE, FEMALE = "sex=male", "sex=female"


def cells(values: Mapping[Key, float | None]) -> Told:
    """Return the counts of one unit."""
    rows = [
        {
            "cell": at,
            "count": count,
            "unit": "A",
            "view": "as_was",
            "period": f"{first}/{last}",
            "sex": part,
            "also": "",
        }
        | {"first": first, "last": last, "grain": STOCKS if count == "staff" else grain((first, last))}
        | {"value": value, "least": 5, "error": 0.0, "weight": 1.0, "series": sum(map(ord, count + part))}
        for at, ((count, part, first, last), value) in enumerate(values.items())
    ]
    return Told(pl.DataFrame(rows, schema_overrides={"value": pl.Float64}), pl.DataFrame())


def known_of(found: Told) -> tuple[Movements, Dark]:
    """Return what figures tell; small counts, and those without a value, are withheld."""
    known, no = movements(SERIES, found, RULE, np.zeros(found.size, bool)), np.zeros(found.size, bool)
    return known, Dark(np.isnan(known.value), few(known.value, known.least), no)


QUARTER, FIRST, SECOND, THIRD = (("hired", "all", *span) for span in ((0, 3), (0, 1), (1, 2), (2, 3)))
BEFORE, AFTER = ("staff", "all", 0, 5), ("staff", "all", 0, 6)
HIRES, EXITS = ("hires", "all", 5, 6), ("exits", "all", 5, 6)


@pytest.mark.parametrize(
    ("values", "is_given_away"),
    [
        ({QUARTER: 13, FIRST: 10, SECOND: 0, THIRD: None}, True),
        ({QUARTER: 13, FIRST: 10, SECOND: None, THIRD: None}, False),
        ({BEFORE: 100, AFTER: 103, HIRES: None, EXITS: 0}, True),
        ({BEFORE: 100, AFTER: 103, HIRES: None, EXITS: None}, False),
        ({FIRST: 12, ("hired", MALE, 0, 1): 9, ("hired", FEMALE, 0, 1): None}, False),
    ],
    ids=["a month of a quarter", "two months of it", "the bridge", "two sides of it", "a part beside an unknown rest"],
)
def test_a_count_of_a_few_that_follows_from_what_is_shown_is_found(
    values: Mapping[Key, float | None], *, is_given_away: bool
) -> None:
    found = cells(values)
    known, dark = known_of(found)
    assert bool(given_away(SERIES, RULE, found, known, dark).size) == is_given_away


# Of two years the whole is told as 10, and so is each of them and the men of the first: 5 to 14 each. Both years
# together leave the first at most 9, and its men leave the women of it at most 4; they are 2.
YEARS: dict[Key, float | None] = {
    ("exits", "all", 0, 12): 7,
    ("exits", "all", 12, 24): 5,
    ("exits", "all", 0, 24): 12,
    ("exits", MALE, 0, 12): 5,
    ("exits", MALE, 12, 24): 5,
    ("exits", MALE, 0, 24): 10,
    ("exits", FEMALE, 0, 12): 2,
    ("exits", FEMALE, 12, 24): 0,
    ("exits", FEMALE, 0, 24): 2,
}


def most(known: Movements, dark: Dark, asked: Key) -> float:
    """Return how many a plain linear program over men and women of both years allows."""
    low, high = known.known(dark)
    rows, right = [], []
    for at, (_, part, first, last) in enumerate(YEARS):
        line = [float((part in ("all", sex)) and first <= start < last) for sex in (MALE, FEMALE) for start in (0, 12)]
        rows += [line, [-x for x in line]]
        right += [high[at], -low[at]]
    cost = -np.array(rows[2 * list(YEARS).index(asked)])
    open_ = np.isfinite(right)
    found = linprog(cost, np.array(rows)[open_], np.array(right)[open_], bounds=(0, None))
    return np.inf if found.status == 3 else -found.fun


def test_a_part_of_a_span_that_time_narrows_is_protected_too() -> None:
    found = cells(YEARS)
    known, dark = known_of(found)
    asked = ("exits", FEMALE, 0, 12)
    assert most(known, dark, asked) == pytest.approx(4)
    done = flowing(CUBE, SERIES, None, found, known, dark, Protection())
    assert (done.exposed, done.open) == (0, 0)
    assert most(known, done.dark, asked) >= 5
    assert (done.dark.withheld & ~dark.withheld).sum() <= 4
