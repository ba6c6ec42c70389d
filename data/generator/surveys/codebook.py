"""The questions of an instrument are read from its codebook: columns, types, options."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data.generator.house_styles import EXPECTATIONS


@dataclass(frozen=True)
class Question:
    """One question of a codebook."""

    item_id: str
    column: str
    type: str
    choices: tuple[str, ...]
    repeat: str


@cache
def read_questions(instrument: str) -> tuple[Question, ...]:
    """Read the questions of the first version of an instrument, in their order."""
    folder = EXPECTATIONS / "codebooks" / instrument / "1"
    options: dict[str, list[str]] = {}
    for row in _rows(folder / "choices.csv"):
        options.setdefault(row["list"], []).append(row["code"])
    return tuple(
        Question(row["item_id"], row["column"], row["type"], tuple(options.get(row["choices"], ())), row["repeat"])
        for row in _rows(folder / "items.csv")
    )


def headers(question: Question) -> list[str]:
    """Return the columns of a question as KoboToolbox exports them: a select-multiple also has one per option."""
    options = question.choices if question.type == "select_multiple" else ()
    return [question.column, *(f"{question.column}/{code}" for code in options)]


def cells(question: Question, answer: str | float | None) -> list[str | float | None]:
    """Return the cells of a question; the answer to a select-multiple is a text of codes with blanks between."""
    if question.type != "select_multiple":
        return [answer]
    if answer is None:
        return [None] * (1 + len(question.choices))
    chosen = str(answer).split(" ")
    return [answer, *(1 if code in chosen else 0 for code in question.choices)]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
