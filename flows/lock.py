"""While this lock is held, its process is the only writer of a workspace; the kernel frees it when the process dies."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager

from flows.errors import Busy, Place
from flows.intake.filegate import make_folder, no_room
from flows.settings import Settings


@contextmanager
def writer(settings: Settings) -> Generator[None]:
    """Hold the lock of the workspace.

    Raises:
        Busy: E-403 with the process number of the holder.
        QdeepError: E-405 where the workspace cannot be written.
    """
    make_folder(settings.workspace)
    try:
        descriptor = os.open(settings.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise no_room(settings.lock_file, error) from error
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(file.read(), settings) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def _busy(holder: str, settings: Settings) -> Busy:
    process = f" (process {holder.strip()})" if holder.strip().isdigit() else ""
    where = Place(file=str(settings.lock_file))
    return Busy("E-403", f"Another run is writing to this workspace{process}.", where, "wait until it has ended")
