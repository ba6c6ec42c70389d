"""What qdeep says when something is wrong: a code, a place, an expectation and a way out, never a value."""

import errno
import os
from dataclasses import asdict, dataclass, field
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Place:
    """Where a finding was made. Positions only: a place never holds a value of a row."""

    source: str = ""
    delivery_id: str = ""
    file: str = ""
    sheet: str = ""
    line: int | None = None
    column: str = ""

    def __str__(self) -> str:
        """Return the place as `source, sheet, line 7, column birth_date`, leaving out what is empty."""
        line = f"line {self.line}" if self.line is not None else ""
        column = f"column {self.column}" if self.column else ""
        return ", ".join(part for part in (self.source, self.file, self.sheet, line, column) if part)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth a look, in what was received.

    Attributes:
        code: Stable code that `qdeep explain` knows; `E-` refuses, `W-` warns, `I-` informs.
        text: One sentence in English that names no value.
        where: Place of the finding.
        rows: Number of rows concerned; 0 where the whole delivery is.
        lines: First lines concerned (at most 20).
        expected: What would have been right.
    """

    code: str
    text: str
    where: Place = field(default_factory=Place)
    rows: int = 0
    lines: tuple[int, ...] = ()
    expected: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {**asdict(self), "lines": list(self.lines), "where": asdict(self.where)}


class QdeepError(Exception):
    """A run or a delivery cannot go on; carries the finding that says why."""

    exit_code = 2

    def __init__(self, code: str, text: str, where: Place | None = None, expected: str = "") -> None:
        """Keep the finding; the message reads `E-401 text (place)`."""
        self.finding = Finding(code, text, where or Place(), expected=expected)
        place = f" ({where})" if where and str(where) else ""
        super().__init__(f"{code} {text}{place}")


class Busy(QdeepError):
    """Another run holds the lock of this workspace."""

    exit_code = 3


def is_full(error: BaseException) -> bool:
    """Return whether the disk had no room; an engine says so in whatever error of its own it was at work for."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in FULL
    return any(os.strerror(number) in str(error) for number in FULL)
