"""The order of a run holds whatever breaks inside a step; nothing of a row is said on the way."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny

from flows import pull, steps
from flows.errors import Finding, Place, QdeepError
from flows.runs import Item, RunResult, failed, last_run, log, what_broke
from flows.settings import TIMEZONE, Settings, load_settings
from flows.steps import Event, Hands, Job

MARKER = "31234567890123"


@dataclass(frozen=True)
class File:
    """What a step needs to know of a received file."""

    source: str
    name: str
    delivery_id: str


@dataclass(frozen=True)
class Made:
    """A build and a release in one."""

    build_key: str = "k"
    seconds: float = 1.0
    dbt: dict[str, int] = field(default_factory=lambda: {"models": 3})
    release_id: str = "2026-09-30-aa"
    tables: dict[str, int] = field(default_factory=lambda: {"hrm_overview": 3})
    rows: int = 3
    withheld: int = 0
    changed: bool = True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tiny.make(tmp_path).config)


def _job(settings: Settings, *files: File, is_due: bool = False) -> Job:
    contracts: Any = SimpleNamespace(sources={"a": None, "b": None})
    received: Any = files
    return Job(settings, contracts, None, received, received, (), ("intake", "release"), is_due)


def _hands(take: Callable[[Any], Item], build: Callable[[], Any] = Made) -> Hands:
    return Hands(take, build, lambda built: built)


@pytest.fixture(autouse=True)
def _something_landed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_has_landed", lambda _settings: True)


def _landed(file: Any) -> Item:
    return Item("delivery", "landed", file.source, file.delivery_id, file.name, 10, 10, 0)


def test_a_broken_delivery_never_stops_the_others(settings: Settings) -> None:
    def take(file: Any) -> Item:
        if file.source == "b":
            return _landed(file)
        return failed("delivery", ValueError(MARKER), Place(file.source, file.delivery_id, file.name))

    result = steps.work(_job(settings, File("a", "1.csv", "1"), File("b", "2.csv", "2")), _hands(take), steps.quiet)
    assert [item.status for item in result.items] == ["failed", "landed", "built", "published"]
    assert result.exit == 1
    assert [finding.code for finding in result.findings] == ["E-408"]
    assert MARKER not in json.dumps(result.as_dict())


def test_a_failed_build_leaves_the_release_alone_and_ends_with_exit_2(settings: Settings) -> None:
    def build() -> Made:
        raise QdeepError("E-404", "The warehouse was not built: 1 of its steps failed: hrm_overview.")

    published: list[Any] = []
    hands = Hands(_landed, build, published.append)
    result = steps.work(_job(settings, File("a", "1.csv", "1")), hands, steps.quiet)
    assert [item.status for item in result.items] == ["landed", "failed"]
    assert (result.exit, published) == (2, [])


def test_totals_rows_and_repairs_are_told_and_need_nobody(settings: Settings) -> None:
    def take(file: Any) -> Item:
        notes = (
            Finding("I-390", "1 of 11 rows is a total.", rows=1),
            Finding("W-321", "2 rows were repaired.", rows=2),
        )
        return Item("delivery", "landed", file.source, file.delivery_id, file.name, 11, 10, 1, findings=notes)

    result = steps.work(_job(settings, File("a", "1.csv", "1")), _hands(take), steps.quiet)
    assert (result.exit, len(result.findings)) == (0, 2)


def test_the_same_bytes_under_two_names_are_taken_in_once(settings: Settings) -> None:
    taken: list[str] = []

    def take(file: Any) -> Item:
        taken.append(file.name)
        return _landed(file)

    job = _job(settings, File("a", "1.csv", "1"), File("a", "1 (copy).csv", "1"))
    result = steps.work(job, _hands(take), steps.quiet)
    assert taken == ["1.csv"]
    assert [item.status for item in result.items if item.step == "delivery"] == ["landed", "unchanged"]


def test_each_source_is_told_once_when_its_last_file_is_done(settings: Settings) -> None:
    events: list[Event] = []
    job = _job(settings, File("a", "1.csv", "1"), File("a", "2.csv", "2"), File("b", "3.csv", "3"))
    steps.work(job, _hands(_landed), events.append)
    assert [(event.name, len(event.items)) for event in events if event.kind == "source"] == [("a", 2), ("b", 1)]
    assert [event.kind for event in events if event.kind in ("build", "release")] == ["build", "release"]


def test_an_engine_is_loaded_only_where_there_is_work(settings: Settings) -> None:
    def engine(_job: Job, _progress: steps.Progress) -> RunResult:
        raise AssertionError

    result = steps._work(_job(settings), engine, steps.quiet)
    assert (result.exit, result.note, result.engine) == (0, "nothing changed", "none")


def test_a_sender_that_does_not_answer_is_asked_three_times(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, waits = [], []

    def receive(_contract: object, _settings: object) -> list[Any]:
        tries.append(1)
        raise TimeoutError(110, "no answer")

    monkeypatch.setattr(pull, "receive", receive)
    monkeypatch.setattr(steps.time, "sleep", waits.append)
    contract: Any = SimpleNamespace(source="a")
    files, findings = steps.pull(contract, settings)
    assert (len(tries), waits, files) == (3, [1.0, 5.0], [])
    assert [finding.where.source for finding in findings] == ["a"]


def test_an_error_is_told_by_its_kind_and_its_place_in_the_code_alone() -> None:
    try:
        int(MARKER + "x")
    except ValueError as error:
        finding = what_broke(error, Place(source="a"))
    assert finding.code == "E-408"
    assert MARKER not in str(finding)
    assert "ValueError at flows/test_pipeline.py:" in finding.text
    assert what_broke(OSError(28, "No space left"), Place()).code == "E-405"


def test_the_place_of_an_error_is_filled_up_not_replaced() -> None:
    error = QdeepError("E-304", "Outside.", Place(source="a", line=7))
    assert what_broke(error, Place(source="a", file="f.csv")).where == Place(source="a", file="f.csv", line=7)


def test_an_unknown_source_stops_a_run_before_it_begins() -> None:
    contracts: Any = SimpleNamespace(sources={"a": None, "b": None})
    assert steps._chosen(contracts, ()) == ["a", "b"]
    assert steps._chosen(contracts, ("b",)) == ["b"]
    with pytest.raises(QdeepError, match="E-208"):
        steps._chosen(contracts, ("c",))


def test_a_torn_line_in_the_log_of_runs_is_passed_over(settings: Settings) -> None:
    log(settings, RunResult("run", 0, note="nothing changed"), datetime.now(TIMEZONE))
    path = settings.workspace / "runs.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write('{"command": "ru')
    told = last_run(settings)
    assert told is not None
    assert told["note"] == "nothing changed"
    assert path.stat().st_mode & 0o077 == 0


def test_what_a_killed_run_left_in_tmp_is_removed(settings: Settings) -> None:
    (settings.tmp / "half").mkdir(parents=True)
    (settings.tmp / "half" / "rows.parquet").write_bytes(b"x")
    (settings.tmp / "loose").write_bytes(b"x")
    steps.clean(settings)
    assert list(settings.tmp.iterdir()) == []


def test_files_that_no_contract_expects_are_told(settings: Settings) -> None:
    (settings.inbox / "staff_moa" / "holiday.csv").write_text("a\n", encoding="utf-8")
    (settings.inbox / "nobody").mkdir()
    (settings.inbox / "nobody" / "x.csv").write_text("a\n", encoding="utf-8")
    assert sorted(finding.code for finding in steps.prepare(settings).findings) == ["E-207", "E-208"]
    assert [finding.code for finding in steps.prepare(settings, ("staff_moa",)).findings] == ["E-207"]
    assert steps.prepare(settings, ("staff_mhe",)).findings == ()


def test_a_release_run_needs_no_key_and_pulls_nothing(settings: Settings) -> None:
    settings.key_file.unlink()
    job = steps.prepare(settings, phases=("release",))
    assert (job.received, job.key, job.is_release_due) == ((), None, True)
    with pytest.raises(QdeepError, match="E-401"):
        steps.prepare(settings)
