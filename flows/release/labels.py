"""Every published column has name and meaning in four languages: of its indicator, or from expectations/marts."""

import csv
from collections.abc import Mapping
from functools import cache

from flows.release.tables import LANGUAGES
from flows.settings import ROOT

COLUMNS = ROOT / "expectations" / "marts" / "columns.csv"
DESCRIPTIONS = ROOT / "expectations" / "marts" / "descriptions.csv"
CARDS = ROOT / "dbt_project" / "seeds" / "indicators" / "indicators.csv"


@cache
def labels() -> Mapping[str, Mapping[str, str]]:
    """Return column -> language -> name. A wide table calls a column like the indicator that it shows."""
    return {**_of_cards("name"), **_own()}


def meaning(column: str, description: str) -> Mapping[str, str]:
    """Return language -> what a column says: the sentence of its indicator, else its description.

    Args:
        column: Name of the column.
        description: Its description in English, as its dbt model has it; that alone where nobody has translated it.
    """
    return _sentences().get(column) or _described().get(description) or {"en": description}


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    return {column: texts for column, texts in _of_cards("meaning").items() if column not in _own()}


@cache
def _described() -> Mapping[str, Mapping[str, str]]:
    with DESCRIPTIONS.open(encoding="utf-8", newline="") as stream:
        return {row["en"]: {code: row[code] for code in LANGUAGES} for row in csv.DictReader(stream)}


@cache
def _own() -> Mapping[str, Mapping[str, str]]:
    with COLUMNS.open(encoding="utf-8", newline="") as stream:
        return {row["column"]: {code: row[code] for code in LANGUAGES} for row in csv.DictReader(stream)}


def _of_cards(what: str) -> dict[str, dict[str, str]]:
    with CARDS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["indicator_id"]: {code: row[f"{what}_{code}"] for code in LANGUAGES} for row in rows}


def label(column: str, language: str) -> str:
    """Return the short name of a column; empty where nobody has given it one."""
    return labels().get(column, {}).get(language, "")
