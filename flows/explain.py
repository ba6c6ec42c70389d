"""Every code that qdeep can say is explained in four languages from one table that no programmer needs to change."""

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from flows.errors import QdeepError
from flows.settings import ROOT

MESSAGES = ROOT / "expectations" / "messages" / "messages.csv"
LANGUAGES = ("en", "ru", "uz", "ko")


@dataclass(frozen=True)
class Message:
    """What a code means, why it happens and what to do, in one language.

    Attributes:
        level: `row` refuses a row, `delivery` a whole delivery, `run` stops a run, `note` only informs.
    """

    code: str
    level: str
    title: str
    cause: str
    cure: str


def explain(code: str, language: str = "en") -> Message:
    """Return the message of a code; English where the language is not one of the four.

    Raises:
        QdeepError: E-407 where there is no such code.
    """
    wanted = _full(code)
    row = messages().get(wanted)
    if row is None:
        near = get_close_matches(wanted, messages(), n=3, cutoff=0.6)
        raise QdeepError(
            "E-407", f"There is no code {wanted}.", expected=f"a code such as {', '.join(near) or 'E-201'}"
        )
    tongue = language if language in LANGUAGES else "en"
    return Message(wanted, row["level"], *(row[f"{part}_{tongue}"] for part in ("title", "cause", "cure")))


@cache
def messages() -> dict[str, dict[str, str]]:
    """Return the table of messages by code."""
    with MESSAGES.open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row for row in csv.DictReader(stream)}


def _full(code: str) -> str:
    """Return `E-201` for `e201`, `201` and the like."""
    text = code.strip().upper().replace("_", "-")
    letter, digits = (text[0], text[1:]) if text[:1].isalpha() else ("", text)
    digits = digits.strip("-")
    known = [name for name in messages() if name.endswith(f"-{digits}") and name.startswith(letter)]
    return known[0] if known else f"{letter or 'E'}-{digits}"
