"""A sender that answers by drips has been left, however patient the time-out between two of its bytes is."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from typing import Any

from flows.errors import QdeepError

SLOWEST = 100  # bytes a second; any line that works is faster
LONGEST_S = 4 * 3600.0


class Pace:
    """Looks at how fast bytes come, over stretches of time as long as the longest silence."""

    def __init__(self, stretch_s: float, trouble: QdeepError) -> None:
        """Begin to measure; `trouble` is raised where the sender is too slow."""
        self.stretch_s, self.trouble = stretch_s, trouble
        self.began = self.since = time.monotonic()
        self.bytes = 0

    def came(self, size: int) -> None:
        """Note that bytes came.

        Raises:
            QdeepError: The trouble, where they come too slowly or for hours.
        """
        self.bytes += size
        now = time.monotonic()
        took = now - self.since
        if (took > self.stretch_s and self.bytes < SLOWEST * took) or now - self.began > LONGEST_S:
            raise self.trouble
        if took > self.stretch_s:
            self.since, self.bytes = now, 0


class Lines:
    """The lines that a client has open; they can be broken from outside while it waits for more bytes."""

    def __init__(self) -> None:
        """Begin without any."""
        self.sockets: list[socket] = []
        self.is_broken = False

    def note(self, event: str, info: dict[str, Any]) -> None:
        """Keep a line that the client has opened (the trace extension of httpx calls this)."""
        if event.endswith("connect_tcp.complete"):
            line = info["return_value"].get_extra_info("socket")
            self.sockets.append(line.dup())  # shutting this down ends the connection, encrypted or not

    @contextmanager
    def at_most(self, seconds: float) -> Generator[None]:
        """Break all lines if what is done meanwhile takes longer."""
        timer = threading.Timer(seconds, self._break)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let go of all lines."""
        for line in self.sockets:
            line.close()
        self.sockets.clear()

    def _break(self) -> None:
        self.is_broken = True
        for line in self.sockets:
            with suppress(OSError):
                line.shutdown(SHUT_RDWR)
