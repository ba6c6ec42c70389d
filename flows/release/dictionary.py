"""Somebody who was not here can read a release: its tables, columns, codes and indicators, and how to open it."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from flows.release.labels import labels, meaning
from flows.release.lineage import Lineage
from flows.release.protection.protect import Protected
from flows.release.protection.rules import Rules
from flows.release.tables import LANGUAGES, Table
from flows.release.words import language as language_of
from flows.report.site import origin, render
from flows.report.texts import Language

FILES = (
    ("<table>.parquet", "file_parquet"),
    ("marts.duckdb", "file_duckdb"),
    ("xlsx/<table>.xlsx", "file_xlsx"),
    ("csv/<table>.csv", "file_csv"),
    ("csv_local/<table>.csv", "file_csv_local"),
    ("report/index.html", "file_report"),
    ("docs/index.html", "file_docs"),
    ("datapackage.json", "file_datapackage"),
    ("dcat.jsonld", "file_dcat"),
    ("manifest.json", "file_manifest"),
)
# Always there; the others where expectations/release.yml names them.
ALWAYS = ("file_parquet", "file_report", "file_manifest")
# Letters of the code lists that published tables use, in the order in which they are explained.
CODES = (("conf_status", "conf", "FCN"), ("obs_status", "obs", "APEBLO"), ("evidence_level", "evidence", "ABCDE"))
UNITS = (
    "persons",
    "fte",
    "share",
    "per_year",
    "years",
    "points",
    "wh",
    "h",
    "wd",
    "min",
    "ratio",
    "per_case",
    "variants",
    "count",
    "days",
    "hours",
    "per_100",
    "signed_share",
    "uzs",
)


def dictionary(content: Protected, lineage: Lineage, rules: Rules, formats: Sequence[str]) -> str:
    """Return the dictionary page of a release, in four languages, with no request.

    Args:
        content: Published tables and their rows.
        lineage: Origin of the release.
        rules: Thresholds under which figures were withheld.
        formats: Copies that the release holds.
    """
    about = lineage.as_dict()
    tables = [content.tables[name] for name in sorted(content.tables)]
    described = [_described(table, content) for table in tables]
    cards = _cards(content.frames.get("dim_indicators"))
    pages = [
        {
            "t": language,
            **origin(about, language),
            "tables": described,
            "cards": cards,
            "codes": [(column, _letters(prefix, letters, language)) for column, prefix, letters in CODES],
            "units": [(unit, language(f"unit_{unit}")) for unit in UNITS],
            "missing": [source["title"].get(language.code, source["source"]) for source in about["missing_sources"]],
        }
        for language in map(language_of, LANGUAGES)
    ]
    files = [(name, key) for name, key in FILES if key in ALWAYS or key.removeprefix("file_") in formats]
    minima = {name: family.base_min for name, family in rules.families.items()}
    return render(
        "dictionary.html.j2",
        pages=pages,
        about=about,
        minima=minima,
        files=files,
        order=LANGUAGES,
        names=labels(),
        meaning=meaning,
    )


def _described(table: Table, content: Protected) -> dict[str, Any]:
    return {"table": table, "rows": content.frames[table.name].height, "withheld": content.hidden[table.name].withheld}


def _cards(frame: pl.DataFrame | None) -> Sequence[Mapping[str, Any]]:
    return [] if frame is None else frame.sort("domain", "indicator_group", "indicator_id").to_dicts()


def _letters(prefix: str, letters: str, language: Language) -> list[tuple[str, str]]:
    return [(letter, language(f"{prefix}_{letter}")) for letter in letters]
