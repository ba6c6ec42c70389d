"""Every word of a page comes from one table, and numbers and dates read as each language writes them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

LANGUAGES = ("uz", "ru", "en", "ko")
TABLE = Path(__file__).with_name("texts.csv")
MINUS, NBSP, DASH = "\u2212", "\u00a0", "\u2013"
# Units that are stored as shares (0 to 1) and read as percentages.
PERCENT = ("share", "signed_share", "per_year")
# Units that say nothing beside a number.
BARE = ("", "points", "ratio", "per_case", "index", "gap")


@dataclass(frozen=True)
class Language:
    """One language of a page: its words, its numbers, its dates."""

    code: str
    words: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its placeholders filled.

        Raises:
            KeyError: Where the table has no such text.
        """
        text = self.words[key].format(**values) if values else self.words[key]
        return text.replace("n = ", f"n{NBSP}={NBSP}").replace("г..", "г.")

    def number(self, value: float, digits: int = 0, *, signed: bool = False) -> str:
        """Return `9 187,5` in Uzbek and Russian and `9,187.5` in English and Korean."""
        text = f"{value:{'+' if signed else ''},.{digits}f}".replace("-", MINUS)
        return text if self.code in ("en", "ko") else text.replace(",", NBSP).replace(".", ",")

    def figure(self, value: float, unit: str, digits: int | None = None) -> str:
        """Return a value as it reads in its unit, the unit left out: shares as percentages."""
        places = _digits(value, unit) if digits is None else digits
        return self.number(value * 100 if unit in PERCENT else value, places)

    def quantity(self, value: float, unit: str | None) -> str:
        """Return a value with its unit, as it reads alone: `45.2%`, `12 days`, `0.87`."""
        text = self.figure(value, unit or "")
        if unit in PERCENT:
            return f"{text}%"
        return text if (unit or "") in BARE else f"{text} {self.words.get(f'unit_{unit}', '')}".strip()

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share as a percentage with its sign; one too small for its digits is not said to be nothing."""
        least = 10.0**-digits
        if 0 < share * 100 < least / 2:
            return f"<{self.number(least, digits)}%"
        return f"{self.number(share * 100, digits)}%"

    def day(self, day: date) -> str:
        """Return a day in words."""
        return self._dated("date", day)

    def month(self, day: date) -> str:
        """Return the month of a day in words."""
        return self._dated("month", day)

    def short_month(self, day: date) -> str:
        """Return the month of a day in as few signs as an axis needs."""
        return self("month_short", year=day.year, mm=f"{day:%m}", abbr=self.words[f"month_{day:%m}"][:3])

    def span(self, first: date, last: date) -> str:
        """Return a period in words: one month, or from one month to another."""
        start, end = self.month(first), self.month(last)
        return start if start == end else f"{start} {DASH} {end}"

    def _dated(self, key: str, day: date) -> str:
        month, month_of = self.words[f"month_{day:%m}"], self.words[f"month_of_{day:%m}"]
        return self(key, year=day.year, day=day.day, number=day.month, month=month, month_of=month_of)


@cache
def languages() -> tuple[Language, ...]:
    """Return the languages of every page, in the order in which they are offered."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(Language(code, {row["key"]: row[code] for row in rows}) for code in LANGUAGES)


def _digits(value: float, unit: str) -> int:
    if unit in ("uzs", "uzs_year", "h_year") and abs(value) >= 100:  # noqa: PLR2004 - as below
        return 0
    if unit in ("wh", "h", "wd", "min"):
        return 2 if abs(value) < 1 else 1 if abs(value) < 100 else 0  # noqa: PLR2004 - three figures that count
    if unit in ("persons", "variants") and float(value).is_integer():
        return 0
    return 2 if unit in ("ratio", "per_case") else 1
