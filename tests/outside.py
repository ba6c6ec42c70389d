"""Which places beyond this machine Python asks for while something runs.

What Python does not see is DuckDB's own network code: it stands in extensions, which no connection of ours may load.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

HERE = ("127.", "::1", "localhost")
NAMED = ("socket.getaddrinfo", "socket.gethostbyname")
_listening: list[set[str]] = []


@contextmanager
def told_to(seen: set[str]) -> Iterator[None]:
    """Add each place asked for to `seen`."""
    _install()
    _listening.append(seen)
    try:
        yield
    finally:
        _listening.remove(seen)


@cache
def _install() -> None:
    """Hear what Python asks for, to the end of the process; it costs nothing while nobody listens."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _listening or not event.startswith("socket."):
        return
    host = _host(event, arguments)
    if host and not host.startswith(HERE):
        for seen in _listening:
            seen.add(host)


def _host(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Return the host asked for; a path or a number names something of this machine."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    else:
        host = arguments[0] if event in NAMED else None
    return host.decode(errors="replace") if isinstance(host, bytes) else host if isinstance(host, str) else None
