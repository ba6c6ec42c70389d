"""Process truths are computed case by case and respondent by respondent from the rows that must land, without SQL."""

import itertools
import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from operator import itemgetter
from statistics import fmean, median
from typing import Any

from data.generator.surveys.eventlog import EXTRACTED, RETURN_STEP, slots

LOG_COLUMNS = ("indicator_id", "step_id", "org_unit_id", "value", "n")
SURVEY_COLUMNS = ("indicator_id", "process_id", "step_id", "org_unit_id", "value", "n")
AS_OF_END = datetime.combine(EXTRACTED.date(), time(0, 0)) + timedelta(days=1)

Row = dict[str, Any]


@dataclass(frozen=True)
class Done:
    """One activity carried out, with its start known or inferred."""

    activity: str
    start: datetime
    end: datetime
    resource: str | None


@dataclass(frozen=True)
class CaseTimes:
    """Times of one case in working hours, and its counts."""

    lead: float
    lead_calendar: float
    touch: float
    wait: float
    handoffs: int
    is_reworked: bool
    is_returned: bool
    variant: tuple[str, ...]
    waits: tuple[tuple[str, float], ...]


def working_hours(start: datetime, end: datetime) -> float:
    """Return the hours of working time between two moments, span by span."""
    first = bisect_left(slots(), datetime.combine(start, time.min), key=itemgetter(0))
    spans = itertools.takewhile(lambda span: span[0] <= end, itertools.islice(slots(), first, None))
    return sum(max((min(two, end) - max(one, start)).total_seconds(), 0) for one, two in spans) / 3600


def log_rows(landed: list[Row]) -> list[Row]:
    """Return the metrics of the log; it is one ministry's, so service and ministry agree."""
    cases: dict[str, list[Row]] = defaultdict(list)
    for place, row in enumerate(landed):
        cases[row["case_id"]].append({**row, "place": place})
    free = _resource_free(landed)
    closed = {case: rows for case, rows in cases.items() if all(row["is_case_closed"] for row in rows)}
    times = [_times(_done(rows, free)) for rows in closed.values()]
    metrics = [*_case_metrics(times), *_deadlines(cases, closed)]
    rows = [(metric, "all", value, n) for metric, value, n in metrics] + _step_waits(times)
    found = [(metric, step, unit, value, n) for unit in ("MOA", "UZ") for metric, step, value, n in rows]
    return [dict(zip(LOG_COLUMNS, row, strict=True)) for row in found]


def _resource_free(landed: list[Row]) -> dict[int, datetime | None]:
    """Return for each row when its resource had last completed something, in the order of completion."""
    free: dict[int, datetime | None] = {}
    latest: dict[str, datetime] = {}
    for place in sorted(range(len(landed)), key=lambda place: (landed[place]["completed_at"], place)):
        resource = landed[place]["resource"]
        free[place] = latest.get(resource) if resource else None
        if resource:
            latest[resource] = landed[place]["completed_at"]
    return free


def _done(rows: list[Row], free: dict[int, datetime | None]) -> list[Done]:
    """Infer starts that the log has lost, and order the rows by start, completion and place in the file."""
    rows = sorted(rows, key=lambda row: (row["completed_at"], row["place"]))
    placed, before = [], None
    for row in rows:
        start = row["started_at"] or _inferred(row, before, free[row["place"]])
        placed.append((start, row["completed_at"], row["place"], row))
        before = row["completed_at"]
    placed.sort(key=lambda one: one[:3])
    return [Done(row["activity"], start, end, row["resource"]) for start, end, _, row in placed]


def _inferred(row: Row, before: datetime | None, free: datetime | None) -> datetime:
    """Return when case and person were both free; the completion where nothing came before."""
    if before is None:
        return row["completed_at"]
    return max(before, free) if free else before


def _times(done: list[Done]) -> CaseTimes:
    start, end = min(one.start for one in done), max(one.end for one in done)
    waits = _waits(done)
    pairs = itertools.pairwise(done)
    handoffs = sum(bool(a.resource and b.resource and a.resource != b.resource) for a, b in pairs)
    variant = tuple(one.activity for one in done)
    return CaseTimes(
        working_hours(start, end),
        (end - start).total_seconds() / 3600,
        sum(working_hours(one.start, one.end) for one in done),
        sum(wait for _, wait in waits),
        handoffs,
        max(Counter(variant).values()) > 1,
        RETURN_STEP in variant,
        variant,
        tuple(waits),
    )


def _waits(done: list[Done]) -> list[tuple[str, float]]:
    """Return the wait before each activity but the first: from the end of all earlier ones."""
    waits, free = [], done[0].end
    for one in done[1:]:
        waits.append((one.activity, working_hours(free, one.start) if one.start > free else 0.0))
        free = max(free, one.end)
    return waits


def _case_metrics(times: list[CaseTimes]) -> list[tuple[str, float, int]]:
    n = len(times)
    lead, calendar = [one.lead for one in times], [one.lead_calendar for one in times]
    metrics = {f"lead_time_p{share}": quantile(lead, share / 100) for share in (10, 50, 90)}
    metrics |= {f"lead_time_cal_p{share}": quantile(calendar, share / 100) for share in (10, 50, 90)}
    metrics |= {
        "lead_time_mean": fmean(lead),
        "lead_time_cal_mean": fmean(calendar),
        "touch_time": 60 * fmean(one.touch for one in times),
        "waiting_time": fmean(one.wait for one in times),
        "activity_ratio": sum(one.touch for one in times) / sum(lead),
        "handoff_count": fmean(one.handoffs for one in times),
        "rework_case_share": fmean(one.is_reworked for one in times),
        "first_pass_yield": fmean(not one.is_returned for one in times),
        "variant_count": len({one.variant for one in times}),
    }
    return [(metric, value, n) for metric, value in metrics.items()]


def _deadlines(cases: dict[str, list[Row]], closed: dict[str, list[Row]]) -> list[tuple[str, float, int]]:
    """Return the share of cases in time; an open case past its deadline is late, another open one not yet anything."""
    verdicts = []
    for case, rows in cases.items():
        due = max(row["due_at"] for row in rows)
        if case in closed:
            verdicts.append(max(row["completed_at"] for row in rows) <= due)
        elif due < AS_OF_END:
            verdicts.append(False)
    return [("sla_compliance", fmean(verdicts), len(verdicts))]


def _step_waits(times: list[CaseTimes]) -> list[tuple[str, str, float, int]]:
    waits: dict[str, list[float]] = defaultdict(list)
    cases: Counter[str] = Counter()
    for one in times:
        cases.update(set(one.variant))
        for step, wait in one.waits:
            waits[step].append(wait)
    return [("step_wait", step, median(found), cases[step]) for step, found in sorted(waits.items())]


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile with linear interpolation between the two nearest values."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def survey_rows(submissions: list[Row], steps: list[Row]) -> list[Row]:
    """Return the metrics of the questionnaire by process, for the service and each ministry."""
    approved = [row for row in submissions if row["validation_status"] != "Not approved"]
    rows: list[tuple[Any, ...]] = []
    for process in sorted({row["b01_process"] for row in approved}):
        for unit in ("UZ", *sorted({row["a02_ministry"] for row in approved})):
            chosen = [row for row in approved if row["b01_process"] == process and unit in ("UZ", row["a02_ministry"])]
            described = [[step for step in steps if step["uuid"] == row["uuid"]] for row in chosen]
            if chosen:
                rows += [
                    (metric, process, step, unit, value, n)
                    for metric, step, value, n in [*_whole(chosen), *_described(described)]
                ]
    return [dict(zip(SURVEY_COLUMNS, row, strict=True)) for row in rows]


def _whole(rows: list[Row]) -> list[tuple[str, str, float, int]]:
    questions = {"lead_time_p10": "c02_lead_p10", "lead_time_p50": "c01_lead_p50", "lead_time_p90": "c03_lead_p90"}
    n = len(rows)
    medians = [(metric, "all", median(row[item] for row in rows), n) for metric, item in questions.items()]
    return [
        *medians,
        ("first_pass_yield", "all", fmean(1 - row["c04_return_pct"] / 100 for row in rows), n),
        ("sla_compliance", "all", fmean(1 - row["c07_late_pct"] / 100 for row in rows), n),
    ]


def _described(described: list[list[Row]]) -> list[tuple[str, str, float, int]]:
    by_step: dict[str, list[Row]] = defaultdict(list)
    for steps in described:
        for step in steps:
            by_step[step["d01_step"]].append(step)
    touch = {step: pooled(map(mean_touch, rows)) for step, rows in by_step.items()}
    wait = {step: pooled(row["d10_wait_p50"] for row in rows) for step, rows in by_step.items()}
    reach = {step: pooled(row["d06_reach_pct"] / 100 for row in rows) for step, rows in by_step.items()}
    n = sum(bool(steps) for steps in described)
    turns = [_turns(steps) for steps in described if steps]
    return [
        ("touch_time", "all", sum(reach[step] * touch[step] for step in touch), n),
        ("waiting_time", "all", sum(reach[step] * wait[step] for step in wait), n),
        ("handoff_count", "all", fmean(turns), n),
        *(
            ("step_wait", step, median(row["d10_wait_p50"] for row in rows), len(rows))
            for step, rows in sorted(by_step.items())
        ),
    ]


def mean_touch(step: Row) -> float:
    """Return the mean of a step's work by Swanson's rule over sorted quantiles; the median where one is blank."""
    quantiles = [step["d08_touch_p10"], step["d07_touch_p50"], step["d09_touch_p90"]]
    if None in quantiles:
        return step["d07_touch_p50"]
    low, middle, high = sorted(quantiles)
    return 0.3 * low + 0.4 * middle + 0.3 * high


def pooled(values: Iterable[float]) -> float:
    """Return the mean without the lowest and highest fifth; the median of less than five."""
    ordered = sorted(values)
    if len(ordered) < 5:
        return median(ordered)
    cut = math.floor(0.2 * len(ordered))
    return fmean(ordered[cut : len(ordered) - cut])


def _turns(steps: list[Row]) -> int:
    """Return how often the role or the place changes from one step to the next."""
    pairs = itertools.pairwise(steps)
    return sum(a["d04_step_role"] != b["d04_step_role"] or a["d05_step_place"] != b["d05_step_place"] for a, b in pairs)
