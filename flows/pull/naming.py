"""What is pulled has the name that its contract expects, and a long history is pulled period by period."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.contracts.model import Contract
from flows.pull.spool import Spool
from flows.settings import TIMEZONE

PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLACEHOLDERS = ("source", "day", "period")
OVERLAP = 2
NAME_LENGTHS = {"year": 4, "month": 7, "day": 10}


@dataclass(frozen=True)
class Period:
    """A stretch of time that is one delivery; `end` is the first day after it.

    Attributes:
        name: `2026`, `2026-09` or `2026-09-14`; empty where a source is always pulled whole.
    """

    name: str = ""
    start: date = date.min
    end: date = date.max

    @property
    def is_whole(self) -> bool:
        """Whether this is all that the sender has."""
        return not self.name

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """Return the first moment of the period and the first after it, in a time zone."""
        start, end = (datetime(one.year, one.month, one.day, tzinfo=ZoneInfo(zone)) for one in (self.start, self.end))
        return start, end


def today() -> date:
    """Return the day of the pull in Tashkent."""
    return datetime.now(TIMEZONE).date()


def file_name(contract: Contract, period: Period, day: date) -> str:
    """Return the name of a pulled file: `pull.name` with its placeholders filled in."""
    default = "{source}_{period}_{day}" if period.name else "{source}_{day}"
    suffix = contract.file.packing or contract.file.format
    return fill(contract.pull.get("name", f"{default}.{suffix}"), contract, period, day)


def fill(text: str, contract: Contract, period: Period, day: date) -> str:
    """Fill in `{source}`, `{day}` (of the pull) and `{period}`."""
    values = {"source": contract.source, "day": day.isoformat(), "period": period.name}
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def due(spool: Spool, day: date) -> Iterator[Period]:
    """Yield the periods to pull: each that was not pulled since its end, and the last ones again (`overlap`).

    A contract without `pull.window` is pulled whole. An answer may be edited and an order entered late, so the last
    complete periods are pulled again each time; what did not change is the same delivery.
    """
    window = spool.contract.pull.get("window")
    if not window:
        yield Period()
        return
    all_periods = list(periods(window["every"], str(window["first"]), day))
    again = window.get("overlap", OVERLAP) + 1  # the current period is never complete
    for place, period in enumerate(all_periods):
        if place >= len(all_periods) - again or not spool.is_closed(period.name):
            yield period


def periods(every: str, first: str, day: date) -> Iterator[Period]:
    """Yield all periods from the first (`2026`, `2026-09` or `2026-09-14`) to the one of a day."""
    length = NAME_LENGTHS[every]
    start = date.fromisoformat(f"{f'{first}-01-01'[:length]}-01-01"[:10])
    while start <= day:
        end = _next(every, start)
        yield Period(start.isoformat()[:length], start, end)
        start = end


def _next(every: str, start: date) -> date:
    if every == "day":
        return start + timedelta(days=1)
    if every == "month":
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return date(start.year + 1, 1, 1)
