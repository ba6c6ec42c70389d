"""Who listens hears of places beyond this machine, and of no other."""

import socket
from contextlib import suppress

from tests.outside import told_to


def test_hosts_are_heard_and_the_machine_itself_is_not() -> None:
    seen: set[str] = set()
    with told_to(seen), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug, suppress(OSError):
        plug.connect(("127.0.0.1", 9))
        plug.connect(("192.0.2.1", 9))
    with told_to(seen), suppress(OSError):
        socket.getaddrinfo("host.invalid", 80)
    assert seen == {"192.0.2.1", "host.invalid"}


def test_nobody_hears_of_what_comes_after() -> None:
    seen: set[str] = set()
    with told_to(seen):
        pass
    with suppress(OSError):
        socket.getaddrinfo("host.invalid", 80)
    assert seen == set()
