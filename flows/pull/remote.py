"""What is alike in all senders that show folders of files: which files are meant, and when to fetch one again."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from flows.contracts.model import Contract
from flows.errors import QdeepError
from flows.pull.folder import HALF_WRITTEN, STILL_ARRIVING, is_expected
from flows.pull.received import Received
from flows.pull.spool import Spool
from flows.pull.trouble import place

Value = TypeVar("Value")
CHUNK = 1 << 18
DAY_S = 24 * 3600
GOODBYE_S, LOOK_S = 2.0, 0.5


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
    return _is_ready(name) and is_expected(name, contract)


def _is_ready(name: str) -> bool:
    return not name.startswith(HALF_WRITTEN) and not name.endswith(STILL_ARRIVING)


def must_hold_expected(wanted: Sequence[RemoteFile], names: Iterable[str], spool: Spool) -> None:
    """Tell of a folder that holds other things alone, until something was fetched from it once.

    A wrong folder or pattern would never be seen else. Later it is no fault: senders take away what they have given,
    and keep other things in the same folder; what is late then `due_day` tells.

    Raises:
        QdeepError: E-207.
    """
    others = sum(1 for name in names if name and _is_ready(name))
    if not wanted and others and not spool.has_any():
        text = f"The folder at the sender holds {others} other files or folders and none of an expected name."
        raise QdeepError("E-207", text, place(spool.contract), f"files right in it named {spool.contract.file.name}")


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
    """Run a coroutine in a thread and loop of its own: a flow may have a loop already.

    Whoever interrupts the run (Ctrl-C) does not wait for the end of a download: it is cancelled, and left to end.
    """
    given: Future[Value] = Future()
    begun: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = []

    async def noted() -> Value:
        begun.append((asyncio.get_running_loop(), asyncio.current_task()))
        return await work

    _begin(given, lambda: asyncio.run(noted()))
    try:
        while not given.done():  # a signal that reaches another thread does not end a wait without bound
            wait({given}, LOOK_S)
        return given.result()
    finally:
        if not given.done() and begun:
            loop, task = begun[0]
            if task:
                loop.call_soon_threadsafe(task.cancel)
            wait({given}, GOODBYE_S)


def in_time(work: Callable[[], Value], seconds: float) -> Value:
    """Return what a library gives that knows no time-out of its own; what is late is left to end by itself.

    Raises:
        TimeoutError: It took longer.
    """
    given: Future[Value] = Future()
    _begin(given, work)
    return given.result(seconds)


def _begin(given: Future[Value], work: Callable[[], Value]) -> None:
    """Begin work in a thread that no end of the process waits for."""

    def try_it() -> None:
        try:
            given.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the one who waits
            given.set_exception(error)

    threading.Thread(target=try_it, daemon=True).start()
