"""When the next delivery of a source is due, and by how many days one is late on a day that is asked for."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flows.contracts.model import Contract

WEEK = 7


@dataclass(frozen=True)
class Due:
    """What is expected of a source next.

    Attributes:
        due_on: Day by which the first period that is missing was or is to be delivered; None where no day was agreed.
        late_days: Days since then on the day asked; 0 where nothing is late.
    """

    due_on: date | None = None
    late_days: int = 0


def due(contract: Contract, covered: date | None, on: date) -> Due:
    """Return when the first period that is missing is due.

    A period is due on `due_day` of the next one: a month in the month after it, a week in the week after it, a year
    in January, a day on the next day.

    Args:
        contract: Cadence and `due_day`; 0 means that no day was agreed.
        covered: A day of the last period delivered; None where nothing ever came, and then the last period that
            has fallen due is the missing one.
        on: Day for which the answer is given.
    """
    if not contract.due_day:
        return Due()
    if covered is None:
        return Due(*_missing(contract, on))
    due_on = _due_of_next(contract, covered)
    return Due(due_on, max((on - due_on).days, 0))


def covered_by(manifests: Iterable[dict[str, Any]], contract: Contract) -> date | None:
    """Return a day of the newest period that landed deliveries cover: their own, or else the one before they came.

    A delivery that covers one slice alone does not make its source punctual.
    """
    days = [_covered(one, contract) for one in manifests if one["verdict"] == "landed" and not one.get("slice")]
    return max(days, default=None)


def _covered(manifest: dict[str, Any], contract: Contract) -> date:
    if manifest.get("period"):
        return date.fromisoformat(manifest["period"])
    return _start(contract, date.fromisoformat(manifest["known_from"])) - timedelta(days=1)


def _missing(contract: Contract, on: date) -> tuple[date, int]:
    """Return the last day on or before `on` on which something was due, and the days since."""
    due_on = _due_in(contract, _start(contract, on))
    if due_on > on:
        due_on = _due_in(contract, _start(contract, _start(contract, on) - timedelta(days=1)))
    return due_on, (on - due_on).days


def _due_of_next(contract: Contract, covered: date) -> date:
    """Return when the period after a covered one is due: in the period after that."""
    following = _after(contract, _start(contract, covered))
    return _due_in(contract, _after(contract, following))


def _start(contract: Contract, day: date) -> date:
    match contract.cadence:
        case "monthly":
            return day.replace(day=1)
        case "yearly":
            return day.replace(month=1, day=1)
        case "weekly":
            return day - timedelta(days=day.weekday())
        case _:
            return day


def _after(contract: Contract, start: date) -> date:
    longest = {"monthly": 31, "yearly": 366, "weekly": WEEK}.get(contract.cadence, 1)
    return _start(contract, start + timedelta(days=longest))


def _due_in(contract: Contract, start: date) -> date:
    if contract.cadence in ("monthly", "yearly"):
        return start.replace(day=min(contract.due_day, monthrange(start.year, start.month)[1]))
    if contract.cadence == "weekly":
        return start + timedelta(days=min(contract.due_day, WEEK) - 1)
    return start
