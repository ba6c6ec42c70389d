"""Releases are listed, compared, taken back and thrown away, and keep what they promised."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.cli import main
from flows.errors import Busy, QdeepError
from flows.lock import writer
from flows.release.differ import differ
from flows.release.policy import Policy, Retention, load_policy
from flows.release.promises import keep_promises
from flows.release.publish import Release, current, publish, roll_back
from flows.release.shelf import (
    Entry,
    chosen,
    find,
    history,
    is_rolled_back,
    outlived,
    pair,
    record,
    releases,
    switch,
    withdrawn,
)
from flows.release.tables import Field, Table
from flows.release.verify import describe_files, verify
from flows.release.words import language, tell
from flows.report.texts import LANGUAGES
from flows.settings import Settings
from flows.steps import roll_back as locked_roll_back
from tests.flows.fake_warehouse import FakeBuild, contracts_for, make_warehouse, settings_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("shelf")]  # the releases are made once
CONTRACTS = contracts_for("personnel_agriculture", "survey_engagement")


def later(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Another delivery: one headcount moved, one indicator gone, one ministry less, one card of a new version."""
    for row in rows["hrm_indicators"]:
        key = (row["indicator_id"], row["org_unit_id"], row["category_1"], str(row["period_start"]))
        if key == ("headcount_end", "MOA", "all", "2026-09-01"):
            row["value"] = row["numerator"] = row["value"] + 40
            row["n"] += 40
    rows["hrm_indicators"] = [row for row in rows["hrm_indicators"] if row["indicator_id"] != "age_mean"]
    rows["dim_indicators"] = [
        {**row, "method_version": 2, "formula": "otherwise"} if row["indicator_id"] == "vacancy_rate" else row
        for row in rows["dim_indicators"]
    ]
    rows["dq_deliveries"] = [
        *rows["dq_deliveries"],
        {
            **rows["dq_deliveries"][0],
            "delivery_id": "f" * 16,
            "source": "personnel_construction",
            "organisation": "MOC",
        },
    ]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Release, Release]:
    """A workspace with two releases."""
    settings = settings_for(tmp_path_factory.mktemp("shelf"))
    first = publish(settings, CONTRACTS, make_warehouse(settings))
    build = replace(make_warehouse(settings, later), build_key="later")
    return settings, first, publish(settings, CONTRACTS, build)


@pytest.fixture
def shelf(two: tuple[Settings, Release, Release], tmp_path: Path) -> tuple[Settings, str, str]:
    """A copy of the workspace with two releases, and their ids."""
    settings, first, second = two
    copy = settings_for(tmp_path / "copy")
    shutil.copytree(settings.workspace, copy.workspace, symlinks=True)
    return copy, first.release_id, second.release_id


def test_the_shelf_knows_both_releases_and_which_one_readers_see(two: tuple[Settings, Release, Release]) -> None:
    settings, first, second = two
    stand = releases(settings)
    assert {one.release_id: one.state for one in stand} == {second.release_id: "current", first.release_id: "kept"}
    assert [one["release"] for one in history(settings)] == [first.release_id, second.release_id]
    assert all(
        one.rows == sum(made.tables.values()) for one in stand for made in (first, second) if one.path == made.path
    )


def test_an_id_may_be_cut_short_but_not_stand_for_two(two: tuple[Settings, Release, Release]) -> None:
    settings, first, second = two
    assert find(settings, first.release_id[:-2]).release_id == first.release_id
    assert [one.release_id for one in pair(settings)] == [first.release_id, second.release_id]
    for unknown in ("2026-09-30", "nothing", "../..", ""):
        with pytest.raises(QdeepError, match="E-504"):
            find(settings, unknown)


def test_a_rollback_leads_readers_back_and_is_logged(shelf: tuple[Settings, str, str]) -> None:
    settings, first, second = shelf
    with duckdb.connect(str(settings.published / "current" / "marts.duckdb"), read_only=True) as reader:
        count = "select count(*) from hrm_indicators"
        before = reader.execute(count).fetchall()
        assert roll_back(settings, first, "wrong file").changed
        assert reader.execute(count).fetchall() == before  # who has the old file open keeps it
    assert (settings.published / "current.txt").read_text() == f"{first}\n"
    assert (settings.published / "current").readlink() == Path(first)
    last = history(settings)[-1]
    assert {name: last[name] for name in ("action", "release", "from", "reason")} == {
        "action": "rolled_back", "release": first, "from": second, "reason": "wrong file",
    }  # fmt: skip
    assert withdrawn(settings) == {second}
    assert is_rolled_back(settings)


def test_a_withdrawn_release_is_not_published_again_by_itself(shelf: tuple[Settings, str, str]) -> None:
    settings, first, second = shelf
    roll_back(settings, first)
    build = FakeBuild(settings.warehouse / "warehouse.duckdb", "later")
    made = publish(settings, CONTRACTS, build)
    assert (made.release_id, made.changed) == (first, False)
    assert roll_back(settings, second).changed  # somebody decides otherwise
    assert withdrawn(settings) == {first}
    assert publish(settings, CONTRACTS, build).release_id == second


def test_a_rollback_to_what_readers_see_changes_nothing(shelf: tuple[Settings, str, str]) -> None:
    settings, _, second = shelf
    before = history(settings)
    assert not roll_back(settings, second).changed
    assert history(settings) == before


def test_a_lost_pointer_is_told_apart_from_an_empty_shelf_and_a_rollback_mends_it(
    shelf: tuple[Settings, str, str],
) -> None:
    settings, _, second = shelf
    (settings.published / "current.txt").unlink()
    with pytest.raises(QdeepError, match=r"E-504 .*led to none") as told:
        chosen(settings)
    assert told.value.finding.expected == f"qdeep release rollback {second}"
    assert roll_back(settings, second).changed
    assert chosen(settings).release_id == second


def test_readers_are_not_led_back_to_a_damaged_release(shelf: tuple[Settings, str, str]) -> None:
    settings, first, second = shelf
    (settings.published / first / "dq_rules.parquet").write_bytes(b"broken")
    with pytest.raises(QdeepError, match="E-505"):
        roll_back(settings, first)
    found = current(settings)
    assert found is not None
    assert found.release_id == second


@pytest.mark.parametrize("step", ["record", "switch"])
def test_a_rollback_that_breaks_off_leaves_the_release(
    step: str, shelf: tuple[Settings, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, first, second = shelf

    def broken(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"flows.release.publish.{step}", broken)
        with pytest.raises(KeyboardInterrupt):
            roll_back(settings, first)
    found = current(settings)
    assert found is not None
    assert found.release_id == second
    assert withdrawn(settings) == frozenset()
    assert not is_rolled_back(settings)
    assert roll_back(settings, first).changed


def test_two_writers_cannot_move_the_pointer_at_once(shelf: tuple[Settings, str, str]) -> None:
    settings, first, _ = shelf
    with writer(settings), pytest.raises(Busy, match="E-403"):
        locked_roll_back(settings, first)
    assert locked_roll_back(settings, first).changed


def test_a_reader_always_finds_a_whole_release_while_the_pointer_moves(shelf: tuple[Settings, str, str]) -> None:
    settings, first, second = shelf
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            name = (settings.published / "current.txt").read_text().strip()
            seen.append(
                pl.scan_parquet(settings.published / name / "dq_rules.parquet").select(pl.len()).collect().item()
            )

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for _ in range(100):
            switch(settings.published, first)
            switch(settings.published, second)
    finally:
        stop.set()
        thread.join()
    assert set(seen) == {3}


def test_a_torn_line_of_the_log_is_left_out_and_the_next_one_stands(shelf: tuple[Settings, str, str]) -> None:
    settings, first, _ = shelf
    with (settings.workspace / "releases.jsonl").open("a") as stream:
        stream.write('{"at": "2026-')
    record(settings, "removed", "gone")
    assert [one["action"] for one in history(settings)] == ["published", "published", "removed"]
    assert (settings.workspace / "releases.jsonl").stat().st_mode & 0o777 == 0o600
    assert first in {one.release_id for one in releases(settings)}


def _entry(release_id: str, as_of: str, state: Any = "kept") -> Entry:
    return Entry(
        release_id,
        Path(release_id),
        state,
        as_of,
        as_of,
        is_sample=True,
        published_at="",
        tables=1,
        rows=1,
        withheld=0,
        size=1,
    )


def test_retention_keeps_the_newest_those_of_their_day_and_the_current_one() -> None:
    stand = [
        _entry("e", "2026-09-30"), _entry("d", "2026-09-30"), _entry("c", "2026-08-31"),
        _entry("b", "2026-08-31", "current"), _entry("a", "2026-07-31"),
    ]  # fmt: skip
    assert [one.release_id for one in outlived(stand, Retention(2, 0))] == ["c", "a"]
    assert [one.release_id for one in outlived(stand, Retention(2, 2))] == ["a"]
    assert outlived(stand, Retention(2, 60)) == ()


def test_what_outlived_its_time_is_removed_whole_and_logged(
    shelf: tuple[Settings, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, first, second = shelf
    short = replace(load_policy(), retention=Retention(1, 0), formats=())
    monkeypatch.setattr("flows.release.publish.load_policy", lambda: short)
    build = FakeBuild(settings.warehouse / "warehouse.duckdb", "third")
    third = publish(settings, CONTRACTS, build)
    assert {one.release_id for one in releases(settings)} == {third.release_id}
    assert [one["release"] for one in history(settings) if one["action"] == "removed"] == [second, first]
    assert list(settings.tmp.iterdir()) == []


def test_the_difference_names_figures_definitions_and_deliveries(two: tuple[Settings, Release, Release]) -> None:
    _, first, second = two
    found = differ(first.path, second.path)
    by_subject = {(one.table, one.subject): one for one in found.changes}
    moved = by_subject["hrm_indicators", "headcount_end"]
    assert (moved.changed, moved.place["org_unit_id"] if moved.place else "") == (1, "MOA")
    assert moved.after is not None
    assert moved.before is not None
    assert moved.after - moved.before == 40
    assert by_subject["hrm_indicators", "age_mean"].vanished > 100
    assert found.methods == (("vacancy_rate", 1, 2),)
    assert [one["source"] for one in found.came] == ["personnel_construction"]
    assert moved.deliveries == ()  # the delivery of another ministry moved no headcount of this one


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_difference_reads_in_four_languages(code: str, two: tuple[Settings, Release, Release]) -> None:
    _, first, second = two
    lines = tell(differ(first.path, second.path), code)
    say = language(code)
    units = pl.read_parquet(second.path / "dim_org_units.parquet").filter(pl.col("org_unit_id") == "MOA")
    assert any(units[f"name_{code}"][0] in line for line in lines)
    assert say("diff_came", list="personnel_construction 2026-09-30") in lines
    assert all(line and "{" not in line and "diff_" not in line for line in lines)


def test_the_same_release_has_no_difference(two: tuple[Settings, Release, Release]) -> None:
    _, first, _ = two
    found = differ(first.path, first.path)
    assert found.changes == found.columns == found.methods == ()
    assert tell(found, "en")[-1] == "Both releases show the same figures."


def test_what_is_withheld_is_counted_and_not_told(two: tuple[Settings, Release, Release], tmp_path: Path) -> None:
    """A figure that the later release withholds is named as withheld; its value stands in no sentence."""
    _, first, _ = two
    copy = tmp_path / "copy"
    shutil.copytree(first.path, copy)
    file = copy / "hrm_indicators.parquet"
    key = (
        (pl.col("indicator_id") == "headcount_end") & (pl.col("org_unit_id") == "MOA") & (pl.col("category_1") == "all")
    )
    rows = pl.read_parquet(file)
    gone = rows.with_columns(
        conf_status=pl.when(key).then(pl.lit("C")).otherwise("conf_status"),
        value=pl.when(key).then(None).otherwise("value"),
    )
    gone.write_parquet(file)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"][file.name]["sha256"] = "another"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    [change] = [one for one in differ(first.path, copy).changes if one.subject == "headcount_end"]
    assert (change.changed, change.vanished, change.withheld) == (0, 0, rows.filter(key).height)
    assert change.before is None
    [back] = [one for one in differ(copy, first.path).changes if one.subject == "headcount_end"]
    assert (back.shown, back.appeared) == (rows.filter(key).height, 0)


TABLE = Table("t", "", "d", (Field("a", "VARCHAR", "d"), Field("b", "DOUBLE", "d")), ("a",))
BEFORE = {
    "release_id": "r",
    "tables": [
        {
            "name": "t", "grain": ["a"], "version": 1,
            "fields": [{"name": "a", "type": "VARCHAR"}, {"name": "b", "type": "DOUBLE"}],
        }
    ],
}  # fmt: skip
CARD = {
    "indicator_id": "i",
    "method_version": 1,
    "formula": "x",
    "unit": "share",
    "direction": "high",
    "is_annualised": False,
}
POLICY = Policy((), ("en",), Retention(2, 0), {}, {}, "internal")


def _cards(**other: Any) -> pl.DataFrame:
    return pl.DataFrame([CARD | other])


@pytest.mark.parametrize(
    ("tables", "cards", "says"),
    [
        ({}, _cards(), "A table is gone"),
        ({"t": replace(TABLE, fields=TABLE.fields[:1])}, _cards(), "A column is gone"),
        ({"t": replace(TABLE, fields=(TABLE.fields[0], Field("b", "BIGINT", "d")))}, _cards(), "another type"),
        ({"t": replace(TABLE, grain=("a", "b"))}, _cards(), "identified by other columns"),
        ({"t": TABLE}, _cards(formula="y"), r"means something else \(formula\)"),
        ({"t": TABLE}, _cards(unit="persons"), r"means something else \(unit\)"),
        ({"t": TABLE}, _cards(indicator_id="j"), "An indicator is gone"),
    ],
)
def test_a_broken_promise_is_refused(tables: dict[str, Table], cards: pl.DataFrame, says: str) -> None:
    with pytest.raises(QdeepError, match=f"E-503 .*{says}"):
        keep_promises(BEFORE, _cards(), tables, cards, POLICY)


@pytest.mark.parametrize(
    ("tables", "cards", "policy"),
    [
        ({"t": replace(TABLE, fields=(*TABLE.fields, Field("c", "DOUBLE", "d")))}, _cards(), POLICY),
        ({"t": replace(TABLE, fields=TABLE.fields[:1], version=2)}, _cards(), POLICY),
        ({"t": TABLE}, _cards(formula="y", method_version=2), POLICY),
        ({}, _cards(indicator_id="j"), replace(POLICY, retired={"t": "2026-10", "i": "2026-10"})),
    ],
)
def test_a_change_that_says_so_passes(tables: dict[str, Table], cards: pl.DataFrame, policy: Policy) -> None:
    keep_promises(BEFORE, _cards(), tables, cards, policy)


def test_a_release_that_breaks_a_promise_is_not_published(shelf: tuple[Settings, str, str]) -> None:
    settings, _, second = shelf
    manifest = json.loads((settings.warehouse / "dbt_manifest.json").read_text())
    del manifest["nodes"]["model.qdeep.dim_periods"]["columns"]["days"]
    (settings.warehouse / "dbt_manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(QdeepError, match=r"E-503 .*dim_periods, column days"):
        publish(settings, CONTRACTS, FakeBuild(settings.warehouse / "warehouse.duckdb", "fourth"))
    found = current(settings)
    assert found is not None
    assert found.release_id == second


@pytest.fixture
def configured(
    shelf: tuple[Settings, str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Settings, str, str]]:
    """The workspace as the command line finds it."""
    settings, *_ = shelf
    monkeypatch.setenv("QDEEP_WORKSPACE", str(settings.workspace))
    monkeypatch.setenv("QDEEP_AS_OF", "2026-09-30")
    return shelf


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["release", *arguments, "-o", "json"]) in (0, 1, 2)
    return json.loads(capsys.readouterr().out)


def test_the_commands_answer_in_words_and_as_json(
    configured: tuple[Settings, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, first, second = configured
    assert [one["release_id"] for one in _said(capsys, "list")["items"]] == [second, first]
    assert {"hrm_indicators"} < {one["table"] for one in _said(capsys, "show", first)["items"]}
    assert _said(capsys, "diff")["before"] == first
    assert _said(capsys, "verify")["ok"]
    assert main(["release", "diff", first, second, "--lang", "ru", "--lines", "3"]) == 0
    told = capsys.readouterr().out
    assert "Министерство" not in told.splitlines()[0]
    assert "ещё строк" in told
    assert main(["release", "rollback", first, "--reason", "a test"]) == 0
    assert f"readers see {first}" in capsys.readouterr().out
    assert main(["release", "list"]) == 0
    assert "withdrawn" in capsys.readouterr().out
    assert main(["release", "rollback", "nothing"]) == 2
    assert "E-504" in capsys.readouterr().err


def _change_of(name: str, column: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with duckdb.connect(str(folder / "marts.duckdb")) as connection:
            connection.execute(f"update {name} set {column} = {value}")

    return change


def test_verify_reads_a_copied_folder_and_every_copy_in_it(
    two: tuple[Settings, Release, Release], tmp_path: Path
) -> None:
    """Somebody put a figure into the database and made the hashes agree again."""
    _, first, _ = two
    copy = tmp_path / "copy"
    shutil.copytree(first.path, copy)
    assert verify(copy, deep=True) == ()
    _change_of("hrm_indicators", "n", 3)(copy)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = describe_files(copy)
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert verify(copy) == ()
    assert [one.where.file for one in verify(copy, deep=True)] == ["marts.duckdb"]
