"""Groups that are known to differ do so in the surveys behind the HRM model, or those measure something else."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import sqrt
from statistics import fmean, median, variance
from typing import Any

Row = Mapping[str, Any]
Group = tuple[float, float, int]  # mean, squared standard error of it, number of units

Z_MIN = 1.959963984540054  # 95 %
UNITS_MIN = 5  # units in each of two groups


def known_groups(groups: Sequence[Row], estimates: Sequence[Row], figures: Sequence[Row], day: date) -> Iterator[Row]:
    """Return how far the groups of each check are apart in the expected direction, in standard errors.

    Args:
        groups: Seed known_groups. `split_by` is an indicator, by whose median units are split in two, or a breakdown
            and two of its categories, the second of which is taken from the first.
        estimates: Rows of survey_estimates that speak for the assessment.
        figures: The newest figure of each unit and indicator at the assessment: org_unit_id, indicator_id, value.
        day: Assessment.
    """
    for group in groups:
        own = [row for row in estimates if row["measure_id"] == group["measure_id"] and row["value"] is not None]
        split = group["split_by"].split()
        pair = _units(own, split[0], figures) if len(split) == 1 else _categories(own, *split)
        value = None if pair is None else int(group["expected_sign"]) * separation(*pair)
        n = 0 if pair is None else pair[0][2] + pair[1][2]
        yield {"group_id": group["group_id"], "assessed_on": day, "value": value, "n": n}


def separation(one: Group, other: Group) -> float:
    """Return the difference of two means in standard errors (Welch)."""
    error = sqrt(one[1] + other[1])
    return (one[0] - other[0]) / error if error > 0 else 0.0


def _units(estimates: Sequence[Row], indicator: str, figures: Sequence[Row]) -> tuple[Group, Group] | None:
    """Split the units at the median of an indicator: those above, those at and below."""
    by_unit = {row["org_unit_id"]: row["value"] for row in figures if row["indicator_id"] == indicator}
    pairs = [
        (by_unit[row["org_unit_id"]], row["value"])
        for row in estimates
        if row["category_1"] == "all" and row["org_unit_id"] in by_unit
    ]
    middle = median(cut for cut, _ in pairs) if pairs else 0.0
    above, rest = [v for cut, v in pairs if cut > middle], [v for cut, v in pairs if cut <= middle]
    if min(len(above), len(rest)) < UNITS_MIN:
        return None
    return _group(above), _group(rest)


def _group(values: Sequence[float]) -> Group:
    return fmean(values), variance(values) / len(values), len(values)


def _categories(estimates: Sequence[Row], dimension: str, one: str, other: str) -> tuple[Group, Group] | None:
    """Take two categories of a breakdown over the whole service; each is one estimate with its own error."""
    known = {
        row["category_1"]: (row["value"], row["standard_error"] ** 2, row["n"])
        for row in estimates
        if row["org_unit_id"] == "UZ" and row["dimension_1"] == dimension and row["standard_error"] is not None
    }
    return (known[one], known[other]) if {one, other} <= known.keys() else None
