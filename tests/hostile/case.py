"""A hostile file: how its bytes are made, what the contract says of it, and what exactly must become of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flows.intake.limits import LIMITS, Limits

CANARY = "Maxfiy-QZ77"  # stands in the cells of every file, and in no message
Rows = Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class Case:
    """One hostile file.

    Attributes:
        name: What is hostile about it.
        data: Makes its bytes.
        style: File style of the contract.
        code: Code of the refusal; empty where it is read.
        rows: Cells that must be read.
        header: Header that must be read; None where it does not matter.
        bad: Line and code of each broken record.
        count: Rows read, for files with more rows than are worth writing down.
        words: What no message may quote.
        limits: Bounds, where smaller ones show the same sooner.
    """

    name: str
    data: Callable[[], bytes]
    style: dict[str, Any]
    code: str = ""
    rows: Rows | None = None
    header: Sequence[str] | None = None
    bad: Sequence[tuple[int, str]] = ()
    count: int | None = None
    words: Sequence[str] = (CANARY,)
    limits: Limits = LIMITS
