"""What a log of started and completed activities says when it is read row by row, without SQL: the second answer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from statistics import median
from typing import Any

SLOTS = ((9 * 3600, 13 * 3600), (14 * 3600, 18 * 3600))  # office hours of the golden calendar, in seconds of the day
FIRST_DAY = date(2026, 1, 1)
EPOCH = datetime(2000, 1, 1)
RETURNS = frozenset({"returned", "back"})


@dataclass(frozen=True)
class Work:
    """One activity carried out.

    Attributes:
        clocks: Start and end in seconds on the calendar, and on the working clock where the process has one.
    """

    row: dict[str, Any]
    started_at: datetime
    is_inferred: bool
    clocks: tuple[tuple[float, float], ...]

    @property
    def activity(self) -> str:
        """Name of the activity."""
        return self.row["activity"]


@dataclass(frozen=True)
class Case:
    """One case, its works in their order."""

    process_id: str
    is_completed: bool
    works: tuple[Work, ...]

    def times(self, clock: int) -> dict[str, float]:
        """Return lead, touch, covered and waiting time in seconds."""
        spans = [work.clocks[clock] for work in self.works]
        covered, waits = _covered_and_waits(spans)
        return {
            "lead": max(end for _, end in spans) - min(start for start, _ in spans),
            "touch": sum(end - start for start, end in spans),
            "busy": covered,
            "wait": sum(wait or 0 for wait in waits),
        }

    def waits(self, clock: int) -> list[float | None]:
        """Return what each work waits until all before it are done; the first waits for nothing."""
        return _covered_and_waits([work.clocks[clock] for work in self.works])[1]

    def handed_over(self, by: str) -> int:
        """Return how often the next work has another person or unit; where one is unknown, nothing is said."""
        said = [work.row[by] for work in self.works]
        return sum(None not in pair and pair[0] != pair[1] for pair in pairwise(said))

    def loops(self) -> list[tuple[str, int, bool]]:
        """Return the stretches of one activity: its name, repeats, and whether several persons are named."""
        stretches = [(name, list(works)) for name, works in groupby(self.works, lambda work: work.activity)]
        named = [(name, works, {work.row["resource_key"] for work in works} - {None}) for name, works in stretches]
        return [(name, len(works) - 1, len(persons) > 1) for name, works, persons in named if len(works) > 1]


def cases(rows: Sequence[dict[str, Any]], with_calendar: Iterable[str]) -> list[Case]:
    """Return the cases of a log, whose rows stand in the order of their file."""
    works = list(_works(rows, frozenset(with_calendar)))
    grouped: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in works:
        grouped[work.row["process_id"], work.row["case_id"]].append(work)
    return [_case(process, grouped[process, case]) for process, case in sorted(grouped)]


def _case(process_id: str, works: list[Work]) -> Case:
    in_order = sorted(works, key=lambda work: (work.started_at, work.row["completed_at"], work.row["sequence"]))
    return Case(process_id, all(work.row["is_case_closed"] for work in works), tuple(in_order))


def _works(rows: Sequence[dict[str, Any]], with_calendar: frozenset[str]) -> Iterator[Work]:
    begun = Counter((row["process_id"], row["activity"]) for row in rows if row["started_at"])
    processes = {process for process, _ in begun}
    for row in rows:
        is_moment = row["process_id"] in processes and not begun[row["process_id"], row["activity"]]
        start = row["started_at"] or (row["completed_at"] if is_moment else _inferred(row, rows))
        clocks = [_on_calendar] + [_at_work] * (row["process_id"] in with_calendar)
        spans = tuple((clock(start), clock(row["completed_at"])) for clock in clocks)
        yield Work(row, start, not row["started_at"] and not is_moment, spans)


def _inferred(row: dict[str, Any], rows: Sequence[dict[str, Any]]) -> datetime:
    """Return when case and person were both free; without a trace of either, work took no time."""

    def place(one: dict[str, Any]) -> tuple[datetime, int]:
        return one["completed_at"], one["sequence"]

    before = [one for one in rows if one["process_id"] == row["process_id"] and place(one) < place(row)]
    of_case = [one["completed_at"] for one in before if one["case_id"] == row["case_id"]]
    of_person = [one["completed_at"] for one in before if one["resource_key"] == row["resource_key"] is not None]
    return max(of_case + of_person) if of_case else row["completed_at"]


def _on_calendar(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds()


def _at_work(moment: datetime) -> float:
    """Return the working seconds since the first day: weekends have none."""
    days = [FIRST_DAY + timedelta(number) for number in range((moment.date() - FIRST_DAY).days)]
    full = sum(end - start for start, end in SLOTS) * sum(day.weekday() < 5 for day in days)
    second = (moment - datetime.combine(moment.date(), datetime.min.time())).total_seconds()
    today = sum(min(max(second - start, 0), end - start) for start, end in SLOTS)
    return full + (today if moment.weekday() < 5 else 0)


def _covered_and_waits(spans: Sequence[tuple[float, float]]) -> tuple[float, list[float | None]]:
    covered, free, waits = 0.0, None, []
    for start, end in spans:
        waits.append(None if free is None else max(0.0, start - free))
        covered += max(0.0, end - max(start, start if free is None else free))
        free = end if free is None else max(free, end)
    return covered, waits


def pairs(completed: Iterable[Case], clock_of: dict[str, int]) -> dict[tuple[str, str, str], list[tuple[int, float]]]:
    """Return, of each pair of activities that follow each other, the case and what the second waits for the first."""
    found = defaultdict(list)
    for number, case in enumerate(completed):
        for first, second in pairwise(case.works):
            clock = clock_of[case.process_id]
            gap = max(0.0, second.clocks[clock][0] - first.clocks[clock][1])
            found[case.process_id, first.activity, second.activity].append((number, gap))
    return dict(found)


def steps(completed: Iterable[Case], clock_of: dict[str, int]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return of each step its cases, works, waits, cases sent back next, and median work and wait in seconds."""
    found = defaultdict(list)
    for number, case in enumerate(completed):
        clock = clock_of[case.process_id]
        following = [*(work.activity for work in case.works[1:]), None]
        for work, wait, next_one in zip(case.works, case.waits(clock), following, strict=True):
            start, end = work.clocks[clock]
            found[case.process_id, work.activity].append((number, end - start, wait, next_one in RETURNS))
    return {step: _step(rows) for step, rows in found.items()}


def _step(rows: list[tuple[int, float, float | None, bool]]) -> tuple[Any, ...]:
    waits = [wait for _, _, wait, _ in rows if wait is not None]
    returned = {case for case, _, _, is_returned in rows if is_returned}
    work = median(touch for _, touch, _, _ in rows)
    return (len({row[0] for row in rows}), len(rows), len(waits), len(returned), work, median(waits) if waits else None)
