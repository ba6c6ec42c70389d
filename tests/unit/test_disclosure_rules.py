"""The file of disclosure rules is checked before anything is published by it."""

import re
from dataclasses import asdict
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from flows.errors import QdeepError
from flows.release.protection.protect import protect
from flows.release.protection.rules import RULES, load_rules, rules_from
from flows.release.tables import Field, Table
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


def test_who_sent_a_form_back_does_not_follow_from_those_who_broke_off_elsewhere() -> None:
    """Three of `b` broke off: sent and answered differ there and above, and are equal where few answered."""
    sent = {"m": 59, "a": 4, "b": 15, "c": 40}
    answered = sent | {"m": 56, "b": 12}
    units = pl.DataFrame({"org_unit_id": [*sent], "parent_id": [None, "m", "m", "m"], "current_org_unit_id": [*sent]})
    done = protect(
        {name: Table(name, "", "d", _fields(frame), GRAIN, family, base) for name, frame, family, base in (
            ("dim_org_units", units, "none", ()),
            ("survey_response", _wave(answered, "invited"), "survey", ("n",)),
            ("survey_quality", _wave(sent), "survey", ("n",)),
        )},
        {"dim_org_units": units, "survey_response": _wave(answered, "invited"), "survey_quality": _wave(sent)},
        load_rules(),
    )  # fmt: skip
    for name in ("survey_response", "survey_quality"):
        shown = dict(done.frames[name].select("org_unit_id", "n").rows())
        assert shown["a"] is None
        assert None in {shown["m"], shown["b"], shown["c"]}, name


GRAIN = ("org_unit_id",)


def _wave(counts: dict[str, int], *more: str) -> pl.DataFrame:
    same = {"org_view": "as_was", "category_1": "all", "instrument_id": "i", "wave_id": "w", "conf_status": "F"}
    columns = {"org_unit_id": [*counts], "n": [*counts.values()], **{name: [200] * len(counts) for name in more}}
    return pl.DataFrame(columns).with_columns(
        *(pl.lit(text).alias(name) for name, text in same.items()), pl.lit(date(2026, 5, 1)).alias("period_start")
    )


def _fields(frame: pl.DataFrame) -> tuple[Field, ...]:
    kinds = {pl.String: "VARCHAR", pl.Int64: "BIGINT", pl.Date: "DATE"}
    return tuple(Field(name, kinds[type(kind)], "d") for name, kind in frame.schema.items())
