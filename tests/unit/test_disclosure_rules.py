"""The file of disclosure rules is checked before anything is published by it."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from flows.errors import QdeepError
from flows.release.rules import RULES, load_rules, rules_from
from flows.report.texts import languages


def test_the_thresholds_are_those_that_were_promised() -> None:
    families = load_rules().families
    assert (families["survey"].base_min, families["headcount"].base_min, families["process"].base_min) == (10, 5, 5)
    assert families["process"].evidence_shown == ("A", "B", "C")


def test_readers_are_told_how_movements_and_averages_are_rounded() -> None:
    special = load_rules().tables["hrm_indicators"]
    assert special.moved
    assert special.averaged
    for language in languages():
        told = [int(number) for number in re.findall(r"[0-9]+", language("rounding_note"))]
        assert told == [special.moved.to, special.averaged.to], language.code


def test_rules_read_back_from_a_manifest_are_the_same() -> None:
    rules = load_rules()
    assert rules_from(asdict(rules)) == rules


@pytest.mark.parametrize(
    "wrong",
    [
        {"families": {"survey": {"base_min": -1}}},
        {"families": {"survey": {"minimum": 10}}},
        {"tables": {"hrm_overview": {"follows": "hrm_indicators"}}},
        {"surprise": 1},
    ],
)
def test_wrong_rules_are_refused_with_file_and_place(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = tmp_path / "disclosure.yml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(RULES.read_text(encoding="utf-8")), **wrong}), encoding="utf-8")
    with pytest.raises(QdeepError, match=r"E-409 .*disclosure\.yml"):
        load_rules(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QdeepError, match="E-409"):
        load_rules(tmp_path / "disclosure.yml")
