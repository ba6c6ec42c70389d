"""Medians from spells in order are those of all values of a month, place and category laid side by side."""

import random
from collections import defaultdict
from datetime import date
from statistics import median
from typing import Any

import polars as pl

from flows.statistics.spell_medians import STATISTICS, TEXTS, spell_medians

MONTHS = pl.DataFrame(
    {
        "period_start": [date(2026, month, 1) for month in (1, 2, 3)],
        "month_no": [24313, 24314, 24315],
        "day_no": [20484, 20512, 20543],
        "is_below_ministries": [None, False, True],
    }
)
DIMENSIONS = ("all", "sex", "position_group", "position_category")
WANTED = pl.DataFrame(
    [(name, one, "all") for name in STATISTICS for one in DIMENSIONS],
    schema=["measure_id", "dimension_1", "dimension_2"],
    orient="row",
)
# U1 and U2 are in A until February; in March U2 belongs to B. As things are today it always did.
UNITS_OF = {
    ("both", "U1"): [{"U1"}] * 3,
    ("both", "U2"): [{"U2"}] * 3,
    ("as_was", "A"): [{"U1", "U2"}, {"U1", "U2"}, {"U1"}],
    ("as_is", "A"): [{"U1"}] * 3,
    ("as_was", "B"): [set(), set(), {"U2"}],
    ("as_is", "B"): [{"U2"}] * 3,
}
PLACEMENTS = pl.DataFrame(
    [
        (view, MONTHS["period_start"][month], unit, place, place in "AB")
        for (view, place), months in UNITS_OF.items()
        for month, units in enumerate(months)
        for unit in units
    ],
    schema=["placed_view", "period_start", "org_unit_id", "ancestor_id", "is_above_units"],
    orient="row",
)


def spells(n: int, seed: int) -> list[dict[str, Any]]:
    """Return spells of persons some of whom are counted in ministries or the service only, or are of unknown age."""
    drawn = random.Random(seed)
    first = drawn.choices(range(20400, 20560), k=n)
    return [
        {
            "scope": drawn.choice(["all", "all", "ministry", "service"]),
            "org_unit_id": drawn.choice(["U1", "U2", "U3"]),  # nobody knows U3
            "sex": drawn.choice(["female", "male", "unknown"]),
            "position_group": drawn.choice(["g", "h"]),
            "position_category": drawn.choice(["c", "d", "e"]),
            "birth_month_no": drawn.choice([None, 23700 + drawn.randrange(300)]),
            "service_since_no": drawn.choice([None, day - drawn.randrange(-50, 9000)]),
            "post_since_no": day - drawn.randrange(30),
            "grade_since_no": day,
            "first_no": day,
            "last_no": day + drawn.randrange(100),
        }
        for day in first
    ]


def by_hand(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[float | None, int]]:
    """Return the medians and how many they are of, from the values of each month, view, place and category."""
    values = defaultdict(list)
    for month, row, view, dimension in [
        (month, row, view, dimension)
        for month in range(3)
        for row in rows
        if row["first_no"] <= MONTHS["day_no"][month] <= row["last_no"]
        for view in ("as_was", "as_is")
        for dimension in DIMENSIONS
    ]:
        below = MONTHS["is_below_ministries"][month]
        holding = [
            one for (seen, one), of in UNITS_OF.items() if seen in (view, "both") and row["org_unit_id"] in of[month]
        ]
        places = (holding if row["scope"] != "service" else []) + (["UZ"] if row["scope"] != "ministry" else [])
        if dimension in ("position_group", "position_category"):
            places = [one for one in places if below or (below is False and not one.startswith("U1") and one != "U2")]
        for place in places:
            for name, (since, until, unit) in STATISTICS.items():
                category = "all" if dimension == "all" else row[dimension]
                known = row[since] is not None and row[since] <= MONTHS[until][month]
                value = [(MONTHS[until][month] - row[since]) / unit] if known else []
                values[name, view, place, MONTHS["period_start"][month], dimension, category] += value
    return {key: (median(told) if told else None, len(told)) for key, told in values.items()}


def test_medians_of_spells_are_those_of_the_values_of_each_month() -> None:
    """Reorganised units, persons counted in one scope only, unknown and later days, and units nobody knows."""
    key = ["measure_id", "org_view", "org_unit_id", "period_start", "dimension_1", "category_1"]
    for seed, n in ((1, 5), (2, 60), (3, 150)):
        rows = spells(n, seed)
        made = spell_medians(_reader(rows), PLACEMENTS, MONTHS, WANTED)
        told = {tuple(one[:6]): (one[6], one[7]) for one in made.select(*key, "amount", "n").rows()}
        expected = by_hand(rows)
        assert told.keys() == expected.keys()
        assert all(told[cell][1] == n for cell, (_, n) in expected.items())
        assert all(_alike(told[cell][0], value) for cell, (value, _) in expected.items())


def test_no_spells_have_no_medians() -> None:
    """An empty warehouse has the columns and no row."""
    none = spell_medians(_reader(spells(1, 0), 0), PLACEMENTS, MONTHS, WANTED)
    assert none.is_empty()
    assert none.columns[:3] == ["org_view", "measure_id", "org_unit_id"]


def _reader(rows: list[dict[str, Any]], n: int | None = None) -> Any:
    schema = dict.fromkeys(("scope", *TEXTS), pl.String)
    schema |= dict.fromkeys((*(since for since, _, _ in STATISTICS.values()), "first_no", "last_no"), pl.Int32)
    return pl.DataFrame(rows, schema=schema).head(len(rows) if n is None else n).to_arrow().to_reader(100)


def _alike(told: float | None, value: float | None) -> bool:
    return told == value if told is None or value is None else abs(told - value) < 1e-9
