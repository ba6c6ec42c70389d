"""What is alike in all senders that show folders of files: which files are meant, and when to fetch one again."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from flows.contracts.model import Contract
from flows.pull.folder import HALF_WRITTEN, STILL_ARRIVING, is_expected
from flows.pull.received import Received
from flows.pull.spool import Spool

Value = TypeVar("Value")
CHUNK = 1 << 18
DAY_S = 24 * 3600


@dataclass(frozen=True)
class RemoteFile:
    """A file as its sender lists it.

    Attributes:
        mark: What changes when the file does: a tag, or size and time.
        changed_at: Time of its last change, in seconds; 0 where the sender does not say.
        raw: Its name in the bytes of the sender, where names are bytes.
        told_by: Which fact of the sender its mark is, where senders tell different ones.
    """

    path: str
    name: str
    size: int
    mark: str
    changed_at: float = 0
    raw: bytes = b""
    told_by: str = ""


def is_wanted(name: str, contract: Contract) -> bool:
    """Return whether a file of this name is expected and completely written; a name that is a path is none."""
    if "/" in name or not name.isprintable():
        return False
    is_ready = not name.startswith(HALF_WRITTEN) and not name.endswith(STILL_ARRIVING)
    return is_ready and is_expected(name, contract)


def known(file: RemoteFile, spool: Spool) -> list[Received] | None:
    """Return what need not be fetched; None where the file must be.

    Clocks of senders are coarse and may be wrong: a file that changed less than `overlap_days` before we fetched it
    is fetched once more, even if it looks the same.
    """
    overlap = spool.contract.pull.get("overlap_days", 1) * DAY_S
    if file.changed_at and file.changed_at > spool.pulled_at(file.path) - overlap:
        return None
    return spool.known(file.path, file.mark)


def run_apart(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine in a thread and loop of its own: a flow may have a loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work)).result()


def in_time(work: Callable[[], Value], seconds: float) -> Value:
    """Return what a library gives that knows no time-out of its own; what is late is left to end by itself.

    Raises:
        TimeoutError: It took longer.
    """
    given: Future[Value] = Future()

    def try_it() -> None:
        try:
            given.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the one who waits
            given.set_exception(error)

    threading.Thread(target=try_it, daemon=True).start()
    return given.result(seconds)
