"""Records go to the reading process through a pipe, and no further once that process has ended."""

import errno
import fcntl
import json
import os
import select
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from flows.intake.inside.text import END, SIZES

if TYPE_CHECKING:
    from concurrent.futures import Future

NAME = "records"
PIPE_BYTES = 1 << 20  # the most that anyone may have as Linux comes
PATIENCE_SECONDS = 0.05  # between two looks at whether the reader still lives


@dataclass
class Pipe:
    """The end of a pipe into which a text is cut.

    Attributes:
        path: Where the reader opens it.
        descriptor: Of the pipe; it never blocks.
        reading: What the reader will have made; once it is over, what is cut goes nowhere, and why is told later.
    """

    path: Path
    descriptor: int
    reading: "Future[Any] | None" = None

    def begin(self, header: tuple[str, ...]) -> None:
        """Send the header."""
        text = json.dumps(header).encode()
        self._send(SIZES.pack(0, len(text), 0) + text)

    def take(self, records: bytes, places: np.ndarray, *, has_inner_newlines: bool) -> None:
        """Send complete records with their places."""
        if len(places):
            self._send(SIZES.pack(len(places), len(records), has_inner_newlines) + places.tobytes())
            self._send(records)

    def end(self) -> None:
        """Say that all was sent; a reader that is not told so has no result."""
        self._send(SIZES.pack(END, 0, 0))

    def _send(self, octets: bytes) -> None:
        rest = memoryview(octets)
        while rest and not (self.reading and self.reading.done()):
            if select.select([], [self.descriptor], [], PATIENCE_SECONDS)[1]:
                rest = rest[os.write(self.descriptor, rest) :]


@contextmanager
def opened(folder: Path) -> Generator[Pipe]:
    """Make a pipe and open it, whether or not anybody reads it yet; a reader that still waits then sees its end."""
    with ExitStack() as kept:
        path = _made(folder, kept)
        # Open for both: so it opens without a reader, and a reader that dies is no signal to us.
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        kept.callback(os.close, descriptor)
        _widen(descriptor)
        kept.callback(path.unlink, missing_ok=True)  # before it is closed: who opened it later would see no sender
        yield Pipe(path, descriptor)


def _widen(descriptor: int) -> None:
    """Let a pipe hold more, so that both ends change turns less often, where the system allows it."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _made(folder: Path, kept: ExitStack) -> Path:
    """Make a pipe in a folder, or below the system's temporary one: not every file system knows pipes."""
    path = folder / NAME
    path.unlink(missing_ok=True)
    try:
        os.mkfifo(path, 0o600)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        path = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="qdeep-"))) / NAME
        os.mkfifo(path, 0o600)
    return path
