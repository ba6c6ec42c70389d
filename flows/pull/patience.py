"""A sender that fails in passing has been asked again, later each time and never in step with others."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flows.contracts.model import Contract
from flows.pull.trouble import PassingError

Value = TypeVar("Value")
LONGEST_WAIT_S = 60.0
LONGEST_ASKED_S = 300.0  # a sender that asks for more is tried by the next run instead
MOST_RESUMES = 100  # bounds a download that is cut again and again


@dataclass(frozen=True)
class Patience:
    """How often and how long to wait for one sender.

    Attributes:
        tries: Tries without progress before giving up.
        wait_s: Wait before the second try; doubles from try to try, up to a minute.
        timeout_s: Longest silence of the sender within one try.
    """

    tries: int = 5
    wait_s: float = 1.0
    timeout_s: float = 60.0


def patience_of(contract: Contract) -> Patience:
    """Return the patience that a contract asks for."""
    given = {name: contract.pull[name] for name in ("tries", "wait_s", "timeout_s") if name in contract.pull}
    return Patience(**given)


def persist(attempt: Callable[[], Value], patience: Patience) -> Value:
    """Return what an attempt gives, trying again after each failure that may pass.

    A try that brought progress (bytes that a resumed download builds on) does not count.

    Raises:
        QdeepError: What the last try has to say.
    """
    failures = resumes = 0
    while True:
        try:
            return attempt()
        except PassingError as passing:
            resumes += passing.has_progress
            failures = 1 if passing.has_progress else failures + 1
            wait = _wait(failures, patience, passing.asked_s)
            if failures >= patience.tries or resumes > MOST_RESUMES or wait > LONGEST_ASKED_S:
                raise passing.trouble from None
            time.sleep(wait)


def _wait(failures: int, patience: Patience, asked_s: float | None) -> float:
    """Return seconds to wait: doubled each time, spread by half so that senders are not asked in step."""
    longest = min(LONGEST_WAIT_S, patience.wait_s * 2 ** (failures - 1))
    spread = random.SystemRandom().uniform(longest / 2, longest)
    return spread if asked_s is None else asked_s + spread / 10
