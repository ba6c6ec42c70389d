"""The wording of a question stands in its codebook; a release names questions by their ids only."""

import csv
from functools import cache
from pathlib import Path

CODEBOOKS = Path(__file__).resolve().parents[2] / "expectations" / "codebooks"


@cache
def questions(instrument: str, version: str) -> dict[str, dict[str, str]]:
    """Return question id -> row of `items.csv`; none where the codebook is not this project's."""
    file = CODEBOOKS / instrument / version / "items.csv"
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["item_id"]: row for row in csv.DictReader(stream)}


def wording(instrument: str, version: str, item: str, language: str) -> str:
    """Return a question in a language, without its full stop; its id where nobody wrote it."""
    row = questions(instrument, version).get(item, {})
    return row.get(f"text_{language}", "").rstrip(".") or item


def is_reversed(instrument: str, version: str, item: str) -> bool:
    """Return whether agreeing with a question is unfavourable."""
    return questions(instrument, version).get(item, {}).get("is_reversed", "").lower() == "true"
