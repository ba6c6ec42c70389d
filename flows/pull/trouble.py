"""What can go wrong between a sender and us has one code each, and none of its sentences holds a secret or a value."""

import socket
import ssl
from collections.abc import Iterator

from flows.contracts.model import Contract
from flows.errors import Place, QdeepError

DENIED = (401, 403, 407)
ABSENT = (404, 410)
NO_WORDS = "no connection"
NO_CONNECTION = {
    socket.gaierror: "no server of that name is known",
    ConnectionRefusedError: "nothing listens at that address",
    ConnectionResetError: "the connection was broken off",
    TimeoutError: "time-out",
    ssl.SSLError: "no encrypted connection comes about",
}
PASSING = (408, 423, 425, 429, 500, 502, 503, 504)


class PassingError(Exception):
    """A try failed in a way that another try may mend.

    Attributes:
        trouble: What to say if no try mends it.
        has_progress: Whether the try brought something that the next one builds on.
        asked_s: Seconds that the sender asked us to wait; None where it asked for nothing.
    """

    def __init__(self, trouble: QdeepError, *, has_progress: bool = False, asked_s: float | None = None) -> None:
        """Keep what to say."""
        super().__init__(trouble.finding.text)
        self.trouble = trouble
        self.has_progress = has_progress
        self.asked_s = asked_s


def place(contract: Contract, file: str = "") -> Place:
    """Return the place of a source, and of a file at its sender's."""
    return Place(source=contract.source, file=file)


def silent(sender: str, what: str, where: Place) -> QdeepError:
    """Return E-121: the sender does not answer, or answers that it cannot now."""
    return QdeepError("E-121", f"The sender {sender} does not answer ({what}).", where, "an answer within the time-out")


def denied(sender: str, where: Place, what: str = "refused") -> QdeepError:
    """Return E-122: the sender does not let us in."""
    return QdeepError(
        "E-122", f"The sender {sender} does not allow it ({what}).", where, "valid credentials and rights"
    )


def absent(sender: str, what: str, where: Place) -> QdeepError:
    """Return E-123: what the contract asks for is not there."""
    return QdeepError("E-123", f"The sender {sender} has no {what}.", where, "the address as the sender knows it")


def cut(sender: str, where: Place) -> QdeepError:
    """Return E-124: a download broke off and could not be completed."""
    return QdeepError("E-124", f"The download from {sender} was cut off.", where, "all bytes of the file")


def unclear(sender: str, what: str, where: Place) -> QdeepError:
    """Return E-125: the answer is not what the protocol promises."""
    return QdeepError("E-125", f"The answer of {sender} is not understood ({what}).", where, "an answer as documented")


def why(error: BaseException | None) -> str:
    """Return in plain words why no connection came about; libraries wrap what the system said."""
    for one in causes(error):
        for kind, words in NO_CONNECTION.items():
            if isinstance(one, kind):
                return words
    return NO_WORDS


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what stands behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def no_library(library: str, where: Place) -> QdeepError:
    """Return E-127: the program library of a connector is not installed."""
    return QdeepError("E-127", f"The library {library} is not installed.", where, f"pip install {library}")
