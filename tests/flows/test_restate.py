"""Two releases of one day, known on two days: which figures differ, and after which deliveries."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.cli import main
from flows.errors import QdeepError
from flows.release.publish import publish
from flows.release.restate import KEY, causes, find, put_down_to, restate
from flows.settings import Settings
from tests.flows.fake_warehouse import contracts_for, make_warehouse, settings_for

BEFORE, AFTER = date(2026, 10, 31), date(2026, 11, 30)
pytestmark = pytest.mark.xdist_group("restate")


def _figure(rows: list[dict[str, Any]], unit: str) -> dict[str, Any]:
    return next(
        row
        for row in rows
        if (row["indicator_id"], row["org_unit_id"], row["category_1"]) == ("headcount_end", unit, "all")
        and row["n"] > 20
    )


def _corrected(tables: dict[str, list[dict[str, Any]]]) -> None:
    """A later delivery counts three persons more in one unit, and a unit of four loses two."""
    figure = _figure(tables["hrm_indicators"], "MOA")
    for column in ("numerator", "value", "n"):
        figure[column] += 3
    small = next(row for row in tables["hrm_indicators"] if row["n"] and 0 < row["n"] < 5)
    small["value"] = small["n"] = 2
    personnel = tables["dq_deliveries"][0]
    personnel |= {"delivery_id": "feedfeedfeedfeed", "organisation": "MOA"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_for(tmp_path_factory.mktemp("restated"), known_on=BEFORE)
    publish(settings, contracts_for(), make_warehouse(settings))
    later = replace(settings, known_on=AFTER)
    publish(later, contracts_for(), replace(make_warehouse(later, _corrected), build_key="fedcba9876543210"))
    return settings


@pytest.fixture(scope="module")
def rows(workspace: Settings) -> pl.DataFrame:
    return restate(*(find(workspace.published, str(day), "2026-09-30") for day in (BEFORE, AFTER)))


def test_a_changed_figure_is_told_with_its_change_and_its_delivery(rows: pl.DataFrame) -> None:
    [row] = rows.filter(indicator_id="headcount_end", org_unit_id="MOA").to_dicts()
    assert (row["what"], row["change"], row["n_after"] - row["n_before"]) == ("changed", 3, 3)
    assert row["deliveries"] == "feedfeedfeedfeed"


@pytest.mark.parametrize(("unit", "told"), [("MOA", "a1 z9"), ("MOC", "z9"), ("UZ", "a1 z9")])
def test_a_file_bears_on_its_ministry_and_one_of_nobody_in_particular_on_all(unit: str, told: str) -> None:
    sent = [{"delivery_id": "a1", "organisation": "MOA"}, {"delivery_id": "z9", "organisation": "UZ"}]
    assert causes(sent, None if unit == "UZ" else unit, {"MOA", "MOC"}) == told


def test_what_changed_in_a_ministry_that_sent_nothing_is_put_down_to_who_sent() -> None:
    """Who quit one ministry was transferred once the file of another one holds the person."""
    assert put_down_to([{"delivery_id": "a1", "organisation": "MOA"}], "MOC", {"MOA", "MOC"}) == "a1"


def test_what_is_withheld_is_not_told(rows: pl.DataFrame) -> None:
    assert rows.height == 1
    assert rows.select(KEY).is_duplicated().sum() == 0


def test_a_release_against_itself_says_nothing(workspace: Settings) -> None:
    folder = find(workspace.published, str(AFTER), "2026-09-30")
    assert restate(folder, folder).height == 0


def test_the_command_writes_the_mart(workspace: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "qdeep.toml"
    config.write_text(f'workspace = "{workspace.workspace}"\nas_of = "2026-09-30"\n', encoding="utf-8")
    assert main(["restate", str(BEFORE), str(AFTER), "--config", str(config)]) == 0
    assert "1 figures differ: 1 changed" in " ".join(capsys.readouterr().out.split())
    [file] = (workspace.workspace / "restatements").glob("*/hrm_restatements.parquet")
    assert pl.read_parquet(file).height == 1


def test_a_day_without_a_release_is_named(workspace: Settings) -> None:
    with pytest.raises(QdeepError, match="E-480") as caught:
        find(workspace.published, "2026-01-01", "2026-09-30")
    assert caught.value.finding.expected == "one of 2026-10-31, 2026-11-30"
