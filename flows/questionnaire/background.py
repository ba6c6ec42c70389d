"""What every form asks about the respondent stands in one file; its options come from seeds."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.questionnaire.form import LANGUAGES, Choice
from flows.settings import ROOT

QUESTIONS = ROOT / "expectations" / "questionnaires" / "background.csv"
SEEDS = ROOT / "dbt_project" / "seeds"
ABOVE_UNITS = ("service", "ministry")


def background_rows(instrument: dict[str, Any], path: Path = QUESTIONS) -> tuple[dict[str, str], ...]:
    """Return the questions of `background.ask`, in its order, with columns in its section."""
    background = instrument.get("background", {"section": "", "ask": []})
    known = {row["item_id"]: row for row in _rows(path)}
    section = background["section"]
    return tuple({**known[name], "column": f"{section}/{name}", "repeat": "none"} for name in background["ask"])


def seed_choices(seeds: Path = SEEDS) -> dict[str, tuple[Choice, ...]]:
    """Return the choice lists language, sex, position_group, ministry and unit; units hang on their ministry."""
    units = [row for row in _rows(seeds / "org" / "org_units.csv") if not row["valid_to"]]
    sexes, groups = (_rows(seeds / "codes" / f"{name}.csv") for name in ("sex", "position_group"))
    return {
        "language": tuple(Choice(code, dict.fromkeys(LANGUAGES, name)) for code, name in LANGUAGES.items()),
        "sex": tuple(Choice(row["code"], _names(row)) for row in sexes),
        "position_group": tuple(Choice(row["code"], _names(row)) for row in groups),
        "ministry": tuple(Choice(row["org_unit_id"], _names(row)) for row in units if row["level"] == "ministry"),
        "unit": tuple(_unit(row) for row in units if row["level"] not in ABOVE_UNITS),
    }


def _unit(row: dict[str, str]) -> Choice:
    return Choice(row["org_unit_id"], _names(row), only_for=row["ministry_id"])


def _names(row: dict[str, str]) -> dict[str, str]:
    return {language: row[f"name_{language}"] for language in LANGUAGES}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
