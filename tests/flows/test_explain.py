"""Every code that the source can say is explained in four languages, and no message is left over."""

import re
from pathlib import Path

import pytest

from flows.explain import LANGUAGES, explain, messages
from flows.settings import ROOT

CODE = re.compile(r"\b[EWI]-\d{3}\b")
LEVELS = {"row", "delivery", "run", "note"}
# Codes that are read from data files, not from Python: rules of kinds and sources, tests and models of the warehouse.
SAYING = (
    *("flows/**/*.py", "expectations/*.py", "expectations/kinds/*.yml", "expectations/sources/*.yml"),
    "dbt_project/models/**/*.sql",
)


def _said() -> dict[str, Path]:
    files = [path for pattern in SAYING for path in ROOT.glob(pattern)]
    return {code: path for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_in_the_source_has_a_message() -> None:
    missing = {code: str(path) for code, path in _said().items() if code not in messages()}
    assert missing == {}


def test_every_message_belongs_to_a_code_in_the_source() -> None:
    assert sorted(set(messages()) - set(_said())) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_whole_in_each_language(language: str) -> None:
    for code, row in messages().items():
        for part in ("title", "cause", "cure"):
            text = row[f"{part}_{language}"]
            assert text.strip() == text, (code, part)
            assert len(text) > 5, (code, part)
            assert text.endswith((".", ":", ")")), (code, part)


def test_uzbek_messages_use_the_two_right_apostrophes() -> None:
    for code, row in messages().items():
        text = "".join(row[f"{part}_uz"] for part in ("title", "cause", "cure"))
        assert not set(text) & set("'’‘"), code
        assert "ʻ" not in re.sub("[oOgG]ʻ", "", text), code


def test_levels_are_a_closed_vocabulary() -> None:
    assert {row["level"] for row in messages().values()} == LEVELS
    assert list(messages()) == sorted(messages())


def test_a_code_is_found_however_it_is_written() -> None:
    assert {explain(code).code for code in ("E-303", "e303", "303", "e-303")} == {"E-303"}
    assert explain("390").code == "I-390"
    assert explain("E-303", "fr") == explain("E-303", "en")
