"""The dictionary is complete, in four languages, and every word of a page comes from one table."""

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.errors import QdeepError
from flows.release.dictionary import dictionary
from flows.release.labels import COLUMNS, DESCRIPTIONS, meaning
from flows.release.lineage import Lineage
from flows.release.protection.protect import STATUS, WITHHELD, protect
from flows.release.protection.rules import load_rules
from flows.release.tables import Field, Table, read_tables
from flows.report.texts import LANGUAGES, TABLE, languages
from tests.flows.fake_warehouse import manifest

# Texts that are the same in two languages because they are signs, codes or loan words.
SAME = ("%", "FTE", "Formula", "{month} {year}")
CARD = {
    "indicator_id": "vacancy_rate",
    "method_version": 3,
    "domain": "hrm",
    **{f"name_{code}": f"name in {code}" for code in LANGUAGES},
    **{f"meaning_{code}": f"meaning in {code} <b>" for code in LANGUAGES},
    "formula": "vacant / approved",
    "base": "posts",
    "unit": "share",
    "direction": "lower",
    "caveats": "None known.",
    "standards": "ISO 30414",
    "indicator_group": "B",
    "is_annualised": False,
    "n_min": 5,
    "definition_source": "own wording",
    "to_review": "uz ko",
}


def test_every_table_and_column_is_described_in_every_language() -> None:
    page = _page()
    for language in LANGUAGES:
        assert f'id="{language}-hrm_test"' in page
        assert f"Title {language}" in page
    assert page.count("Where it is.") == len(LANGUAGES)
    assert page.count("Who works here?") == len(LANGUAGES)


def test_indicator_cards_come_in_four_languages_and_are_escaped() -> None:
    page = _page()
    for language in LANGUAGES:
        assert f"meaning in {language} &lt;b&gt;" in page
    assert "meaning in uz <b>" not in page


def test_code_lists_thresholds_and_missing_sources_are_explained() -> None:
    page = _page()
    english = page[page.index('<div class="page" id="en"') : page.index('<div class="page" id="ko"')]
    assert "surveys 10 answers or more; personnel 5 people or more; processes 5 cases or more" in english
    assert "withheld: few stand behind it, or it would give such a figure away" in english
    assert "missing: the base is empty" in english
    assert "1 or 2 answers, or a guess: never published" in english
    assert "The missing survey" in english


def test_code_between_backticks_is_set_as_code() -> None:
    assert "See <code>dim_org_units</code>." in _page()


def test_the_page_needs_no_network() -> None:
    assert not re.search(r"https?:|src=|@import|url\(|fetch\(", _page())


def test_the_dictionary_is_the_same_every_time() -> None:
    assert _page() == _page()


def test_every_text_stands_in_four_languages_with_the_same_places_to_fill() -> None:
    rows = list(csv.DictReader(TABLE.open(encoding="utf-8", newline="")))
    assert [row["key"] for row in rows] == sorted(row["key"] for row in rows)
    for row in rows:
        texts = [row[code] for code in LANGUAGES]
        assert all(text.strip() == text and text for text in texts), row["key"]
        dated = row["key"] in ("date", "month", "month_short")  # languages write dates with parts of their own
        assert dated or len({frozenset(re.findall(r"{(\w+)}", text)) for text in texts}) == 1, row["key"]


def test_no_text_was_copied_instead_of_translated() -> None:
    rows = csv.DictReader(TABLE.open(encoding="utf-8", newline=""))
    copied = [
        row["key"] for row in rows for code in ("uz", "ru", "ko") if row[code] == row["en"] and row["en"] not in SAME
    ]
    assert copied == []


def test_uzbek_uses_its_own_letters_for_o_and_g() -> None:
    rows = csv.DictReader(TABLE.open(encoding="utf-8", newline=""))
    assert [row["key"] for row in rows if re.search(r"\w['`‘’]\w", row["uz"])] == []


def test_numbers_and_dates_read_as_each_language_writes_them() -> None:
    uz, ru, en, ko = languages()
    assert [language.number(9187.5, 1) for language in (uz, ru, en, ko)] == ["9\u00a0187,5"] * 2 + ["9,187.5"] * 2
    assert en.number(-67, signed=True) == "\u221267"
    assert [language.day(date(2026, 9, 30)) for language in (uz, ru, en, ko)] == [
        "2026-yil 30-sentabr",
        "30 сентября 2026 г.",
        "30 September 2026",
        "2026년 9월 30일",
    ]
    assert en.figure(0.082, "share") == "8.2"
    assert en.span(date(2026, 5, 1), date(2026, 6, 30)) == "May 2026 – June 2026"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data_type": "hugeint"}, "type HUGEINT"),
        ({"data_type": "varchar[]"}, r"type VARCHAR\[\]"),
        ({"data_type": None}, "type none"),
        ({"description": " "}, "no description"),
    ],
)
def test_a_column_that_old_clients_cannot_read_or_nobody_described_is_refused(
    change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    column = {"name": "n", "data_type": "bigint", "description": "Persons.", **change}
    publish = {"family": "none", "grain": ["n"]}
    node = {
        "resource_type": "model",
        "name": "hrm_x",
        "schema": "marts",
        "description": "One row per n.",
        "columns": {"n": column},
        "config": {"meta": {"publish": publish}},
    }
    path = tmp_path / "dbt_manifest.json"
    path.write_text(json.dumps({"nodes": {"model.x": node}}), encoding="utf-8")
    with pytest.raises(QdeepError, match=f"E-501 .*{says}"):
        read_tables(path)


def _page() -> str:
    fields = (Field("org_unit_id", "VARCHAR", "Where it is. See `dim_org_units`."), Field("n", "BIGINT", "Persons."))
    titles = {code: f"Title {code}" for code in LANGUAGES}
    table = Table(
        "hrm_test",
        "",
        "One row per unit.",
        fields,
        ("org_unit_id",),
        "headcount",
        ("n",),
        ("n",),
        titles,
        ("Who works here?",),
    )
    cards = Table("dim_indicators", "", "One row per indicator.", (), title=titles)
    frames = {"hrm_test": pl.DataFrame({"org_unit_id": ["A"], "n": [7]}), "dim_indicators": pl.DataFrame([CARD])}
    rules = load_rules()
    content = protect({"hrm_test": table, "dim_indicators": cards}, frames, rules)
    return dictionary(content, _lineage(), rules, ("duckdb", "xlsx", "csv"))


def _lineage() -> Lineage:
    missing = {"source": "survey", "title": dict.fromkeys(LANGUAGES, "The missing survey")}
    delivery = {"delivery_id": "a" * 16, "source": "orders", "kind": "orders", "period": "", "known_from": "2026-10-05"}
    return Lineage("2026-09-30-0", "2026-09-30", "2026-10-31", False, "key", "0.1.0+1", (delivery,), (missing,))  # noqa: FBT003 - the fields in their order


def test_each_published_column_is_named_once_and_in_order() -> None:
    with COLUMNS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = [row["column"] for row in rows]
    assert names == sorted(set(names))
    assert all(row[code].strip() for row in rows for code in LANGUAGES)


def test_each_published_column_says_what_it_means_in_four_languages(tmp_path: Path) -> None:
    """Whoever changes a description in a model changes its row in expectations/marts/descriptions.csv, in all four."""
    path = tmp_path / "dbt_manifest.json"
    path.write_text(json.dumps(manifest()), encoding="utf-8")
    fields = [STATUS, WITHHELD, *(column for table in read_tables(path) for column in table.fields)]
    assert sorted({one.description for one in fields if set(meaning(one.name, one.description)) < set(LANGUAGES)}) == []
    with DESCRIPTIONS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    keys = [row["en"] for row in rows]
    assert keys == sorted(set(keys))
    assert sorted(set(keys) - {one.description for one in fields}) == []
    assert [row["en"] for row in rows if not all(row[code].strip() for code in LANGUAGES)] == []
    assert [row["uz"] for row in rows if re.search(r"\w['`‘’]\w|[а-я]", row["uz"])] == []
    said = [row for row in rows if re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", row["en"])]
    assert [row["en"] for row in said for code in ("uz", "ru", "ko") if row[code] == row["en"]] == []
    for row in rows:
        codes = set(re.findall(r"`[^`]+`|\b[a-z]+_[a-z_0-9]+\b", row["en"]))
        lost = {word for word in codes for code in LANGUAGES if word.strip("`") not in row[code]}
        assert not lost, row["en"]
