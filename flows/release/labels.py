"""Every published column has a short name in four languages: that of its indicator, or one of expectations/marts."""

import csv
from collections.abc import Mapping
from functools import cache

from flows.release.tables import LANGUAGES
from flows.settings import ROOT

COLUMNS = ROOT / "expectations" / "marts" / "columns.csv"
CARDS = ROOT / "dbt_project" / "seeds" / "indicators" / "indicators.csv"


@cache
def labels() -> Mapping[str, Mapping[str, str]]:
    """Return column -> language -> name. A wide table calls a column like the indicator that it shows."""
    with CARDS.open(encoding="utf-8", newline="") as stream:
        cards = {
            row["indicator_id"]: {code: row[f"name_{code}"] for code in LANGUAGES} for row in csv.DictReader(stream)
        }
    with COLUMNS.open(encoding="utf-8", newline="") as stream:
        own = {row["column"]: {code: row[code] for code in LANGUAGES} for row in csv.DictReader(stream)}
    return cards | own


def label(column: str, language: str) -> str:
    """Return the short name of a column; empty where nobody has given it one."""
    return labels().get(column, {}).get(language, "")
