"""Survey truths are computed respondent by respondent from the rows that must land, without any SQL."""

import math
from collections import defaultdict
from collections.abc import Iterator
from statistics import fmean, stdev
from typing import Any

from data.generator.surveys.engagement import INDEX_ITEMS, REVERSED, Headcounts

Row = dict[str, Any]


def engagement_rows(landed: list[Row], headcounts: Headcounts) -> list[Row]:
    """Return the engagement index of the service, each ministry and unit, by sex.

    Args:
        landed: Submissions that must land.
        headcounts: (unit, sex) -> persons in post at the end of the fieldwork: the frame of the interval.
    """
    groups: dict[tuple[str, str], list[float | None]] = defaultdict(list)
    for row in landed:
        if row["validation_status"] != "Not approved":
            for key in _groups(row):
                groups[key].append(score(row))
    return [_index(unit, sex, scores, _frame(headcounts, unit, sex)) for (unit, sex), scores in sorted(groups.items())]


def score(row: Row) -> float | None:
    """Return the mean of a respondent's items, each 0 to 100; none where less than two thirds are answered."""
    points = [_points(item, row[item]) for item in INDEX_ITEMS if row[item] not in (None, "dk")]
    return fmean(points) if 3 * len(points) >= 2 * len(INDEX_ITEMS) else None


def _points(item: str, answer: str) -> float:
    points = 25.0 * (int(answer) - 1)
    return 100 - points if item in REVERSED else points


def _groups(row: Row) -> Iterator[tuple[str, str]]:
    for unit in (row["org_unit_id"], row["ministry_id"], "UZ"):
        for sex in ("all", row["sex"]):
            yield unit, sex


def _frame(headcounts: Headcounts, unit: str, sex: str) -> int:
    return sum(n for (one, of_sex), n in headcounts.items() if one == unit and sex in ("all", of_sex))


def _index(unit: str, sex: str, scores: list[float | None], frame: int) -> Row:
    """Return base, mean, standard deviation, frame and interval with correction for the frame."""
    known = [one for one in scores if one is not None]
    row = {"org_unit_id": unit, "sex": sex, "responses": len(scores), "n": len(known), "frame_n": frame}
    if len(known) <= 1:
        return row | {"value": known[0] if known else None, "sd": None, "ci_low": None, "ci_high": None}
    mean, spread = fmean(known), stdev(known)
    half = 1.96 * spread / math.sqrt(len(known)) * math.sqrt(max(0.0, 1 - len(known) / frame))
    return row | {"value": mean, "sd": spread, "ci_low": mean - half, "ci_high": mean + half}
