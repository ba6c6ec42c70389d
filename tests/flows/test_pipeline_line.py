"""The whole line runs on a tiny workspace: once, again, two at once, killed in the middle, and with damaged files."""

import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny

from tests.canaries import Canaries, places
from tests.flows.warm import Warm

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("line")]
MARKER = b"MARKER00"
MART = "hrm_reconciliation"
CUT_OFF = tiny.cut_off()
BLOCK = """
import os
from datetime import date
from pathlib import Path
from flows.server import server
from flows.settings import Settings
here, day = Path.cwd(), date(2026, 9, 30)
with server(Settings(here / "ws", here, (here,), day, day, here / "key")):
    from prefect.blocks.system import Secret
    from flows.pipeline import secret_block
    Secret(value=os.environ.pop("HANDED")).save("qdeep-far-token")
    print(secret_block("qdeep-far-token"), "|", secret_block("qdeep-none"), "|")
"""
DEPLOYMENTS = ["intake-daily", "intake-hourly", "intake-monthly", "intake-weekly", "intake-yearly", "nightly"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code with marts of personnel and quality alone; the whole is built in the other folders of tests."""
    return tiny.personnel_only(tmp_path_factory.mktemp("project"), MART)


@pytest.fixture(scope="module")
def warm(project: Path, parsed: Path) -> Iterator[Warm]:
    """The command line of that copy, ready to fork; what needs Prefect or measures starts processes of its own."""
    process = Warm(project, parsed)
    yield process
    process.close()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, project: Path) -> tiny.Tiny:
    """A workspace after one run through Prefect, without a network where one can be taken away."""
    place = _sent(tmp_path_factory.mktemp("line"), project)
    answer = replace(place, under=CUT_OFF).qdeep("run", "-o", "json")
    (place.folder / "first.json").write_text(answer.stdout, encoding="utf-8")
    (place.folder / "first.err").write_text(answer.stderr, encoding="utf-8")
    return place


def _sent(folder: Path, project: Path, warm: Warm | None = None) -> tiny.Tiny:
    place = tiny.make(folder, project, warm)
    (folder / "key").chmod(0o600)
    (folder / "key").write_bytes(b"k" * 32)  # the same in all workspaces of these tests, so that bytes can be compared
    place.send("staff_moa", tiny.staff("MOA-HR", 40, changes={3: {"sex": "boy"}}))
    place.send("staff_mhe", tiny.staff("MHE", 30))
    return place


def _told(answer: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(answer.stdout)


def _hashes(place: tiny.Tiny) -> dict[str, str]:
    release = (place.workspace / "published" / "current.txt").read_text(encoding="utf-8").strip()
    files = sorted(path for path in (place.workspace / "published" / release).rglob("*") if path.is_file())
    return {str(path.relative_to(place.workspace)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_first_run_publishes_and_names_what_was_refused(unbroken: tiny.Tiny) -> None:
    told = json.loads((unbroken.folder / "first.json").read_text(encoding="utf-8"))
    assert (told["exit"], told["ok"]) == (1, False)
    assert [(item["step"], item["status"]) for item in told["items"]] == [
        ("delivery", "landed"),
        ("delivery", "landed"),
        ("build", "built"),
        ("release", "published"),
    ]
    assert [(finding["code"], finding["where"]["line"]) for finding in told["findings"]] == [("E-303", 5)]
    rows = [(item["read"], item["landed"], item["refused"]) for item in told["items"][:2]]
    assert rows == [(30, 30, 0), (40, 39, 1)]
    assert told["release"] == (unbroken.workspace / "published" / "current.txt").read_text(encoding="utf-8").strip()
    assert "nanobind" not in (unbroken.folder / "first.err").read_text(encoding="utf-8")


@pytest.mark.skipif(not CUT_OFF, reason="network namespaces cannot be made here")
def test_the_first_run_had_nothing_but_the_loopback(unbroken: tiny.Tiny) -> None:
    ask = "import socket; print([name for _, name in socket.if_nameindex()])"
    seen = subprocess.run([*CUT_OFF, sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert seen.stdout.strip() == "['lo']"
    assert (unbroken.workspace / "published" / "current.txt").exists()


def test_prefect_keeps_ids_and_counts_and_nothing_personal(unbroken: tiny.Tiny) -> None:
    home = unbroken.workspace / "prefect"
    with sqlite3.connect(home / "prefect.db") as database:
        runs = database.execute("select name, state_name from flow_run").fetchall()
        tasks = [name for (name,) in database.execute("select name from task_run")]
        artifacts = database.execute("select key, type from artifact").fetchall()
        assets = [row[0] for row in database.execute("select resource_id from events where event like '%materiali%'")]
        logs = database.execute("select count(*) from log").fetchone()[0]
    told = json.loads((unbroken.folder / "first.json").read_text(encoding="utf-8"))
    ids = {f"{item['source']} {item['delivery_id']}" for item in told["items"] if item["step"] == "delivery"}
    assert runs == [("as of 2026-09-30", "Findings")]
    assert {name for name in tasks if not name.startswith(("build", "release"))} == ids
    assert len(tasks) == len(ids) + 2
    assert sorted(artifacts) == [("deliveries", "table"), ("run", "markdown")]
    assert f"qdeep://published/{MART}" in assets
    assert logs > 0
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert MARKER not in content, path.name
        assert b"staff_moa_2026-10-05" not in content, path.name
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_nothing_personal_stands_outside_vault_and_inbox(unbroken: tiny.Tiny) -> None:
    """Names and numbers: in lake, judgements, logs, Prefect's database, warehouse and release, unpacked."""
    numbers = frozenset(tiny.pinfl(one, tiny.born(one), ("male", "female")[one % 2]) for one in range(40))
    planted = Canaries(numbers, frozenset(), frozenset(), frozenset({MARKER.decode()}))
    files = list(unbroken.workspace.rglob("*"))
    assert {"prefect.db", "marts.duckdb", f"{MART}.xlsx", "runs.jsonl"} <= {file.name for file in files}
    assert places((file for file in files if "vault" not in file.parts), planted) == {}
    assert not [file for file in files if file.is_file() and "vault" not in file.parts and MARKER in file.read_bytes()]
    vault = places((unbroken.workspace / "vault").rglob("original.*"), planted)
    assert set.union(*vault.values()) == {"number", "planted"}


def test_a_second_run_changes_nothing_and_starts_no_server(unbroken: tiny.Tiny) -> None:
    before, told_before = _hashes(unbroken), (unbroken.workspace / "prefect" / "prefect.db").stat().st_mtime_ns
    worked = _seconds_worked()
    told = _told(unbroken.qdeep("run", "-o", "json"))
    assert (told["exit"], told["note"]) == (0, "nothing changed")
    assert {item["status"] for item in told["items"]} == {"unchanged"}
    assert _seconds_worked() - worked < 8
    assert _hashes(unbroken) == before
    assert (unbroken.workspace / "prefect" / "prefect.db").stat().st_mtime_ns == told_before


def _seconds_worked() -> float:
    """Return the processor time of all commands that ended: a busy machine does not make it longer."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_status_and_verify_tell_the_same_release(unbroken: tiny.Tiny) -> None:
    status = _told(unbroken.qdeep("status", "-o", "json"))
    assert status["release"] == json.loads((unbroken.folder / "first.json").read_text(encoding="utf-8"))["release"]
    assert {item["source"]: item["state"] for item in status["items"]} == {
        "staff_mhe": "ok",
        "staff_moa": "partly_refused",
    }
    assert unbroken.qdeep("release", "verify").returncode == 0


def test_a_damaged_release_is_made_again(unbroken: tiny.Tiny, warm: Warm) -> None:
    before = _hashes(unbroken)
    release = (unbroken.workspace / "published" / "current.txt").read_text(encoding="utf-8").strip()
    (unbroken.workspace / "published" / release / f"{MART}.parquet").unlink()
    assert unbroken.qdeep("release", "verify").returncode == 1
    told = _told(replace(unbroken, warm=warm).qdeep("run", "--engine", "plain", "-o", "json"))
    assert [item["status"] for item in told["items"][-2:]] == ["unchanged", "published"]
    assert _hashes(unbroken) == before


def _waits_for_build(place: tiny.Tiny) -> bool:
    return (place.workspace / "warehouse" / "tmp").is_dir()


def _waits_for_landing(place: tiny.Tiny) -> bool:
    return any((place.workspace / "lake").glob("*/*/manifest.json"))


def _waits_for_release(place: tiny.Tiny) -> bool:
    return (place.workspace / "warehouse" / "build.json").is_file()


def _killed_when(place: tiny.Tiny, moment: Callable[[tiny.Tiny], bool]) -> None:
    process = place.start("run", "--engine", "plain", "--wait", "30s")
    deadline = time.monotonic() + 120
    while not moment(place):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()


def test_a_run_killed_at_three_places_ends_as_an_unbroken_one(
    tmp_path: Path, project: Path, warm: Warm, unbroken: tiny.Tiny
) -> None:
    """While it lands, while it builds, and between build and release: each time the next run goes on."""
    place = _sent(tmp_path, project, warm)
    for moment in (_waits_for_landing, _waits_for_build, _waits_for_release):
        assert not moment(place)
        _killed_when(place, moment)
    assert place.qdeep("run", "--engine", "plain", "--wait", "30s").returncode in (0, 1)
    assert _hashes(place) == _hashes(unbroken)
    assert list((place.workspace / "tmp").iterdir()) == []


def test_a_killed_run_takes_its_prefect_server_with_it(tmp_path: Path, project: Path) -> None:
    place = _sent(tmp_path, project)
    process = place.start("run")
    children = _children_when_there(process.pid)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while any(_is_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(_is_alive(child) for child in children)


def _children_when_there(pid: int) -> list[int]:
    """Wait until a process has started its Prefect server; return the ids of its children."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        children = [int(child) for child in listed.read_text(encoding="ascii").split()]
        if any(b"uvicorn" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children):
            return children
        time.sleep(0.1)
    raise AssertionError


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_two_runs_at_once_end_as_one_run_and_one_busy(
    tmp_path: Path, project: Path, warm: Warm, unbroken: tiny.Tiny
) -> None:
    place = _sent(tmp_path, project, warm)
    both = [place.start("run", "--engine", "plain", "-o", "json") for _ in range(2)]
    told = [json.loads(process.communicate(timeout=200)[0]) for process in both]
    assert sorted(one["exit"] for one in told) == [1, 3]
    assert _hashes(place) == _hashes(unbroken)


def test_a_truncated_a_doubled_and_a_deleted_file_each_get_their_verdict(
    tmp_path: Path, project: Path, warm: Warm
) -> None:
    place = _sent(tmp_path, project, warm)
    whole = tiny.staff("MOA-HR", 40)
    place.send("staff_moa", whole, "2026-10-06")
    place.send("staff_moa", whole, "2026-10-06", "copy")
    place.send("staff_moa", whole[:60], "2026-10-07")
    place.send("staff_moa", "", "2026-10-08")
    place.send("staff_mhe", tiny.staff("MHE", 30).replace("sex", "gender"), "2026-10-06")
    told = _told(place.qdeep("run", "--engine", "plain", "-o", "json"))
    verdicts = [(item["file"], item["status"]) for item in told["items"] if item["step"] == "delivery"]
    assert verdicts == [
        ("staff_mhe_2026-10-05.csv", "landed"),
        ("staff_mhe_2026-10-06.csv", "refused"),
        ("staff_moa_2026-10-05.csv", "landed"),
        ("staff_moa_2026-10-06.csv", "landed"),
        ("staff_moa_2026-10-06copy.csv", "unchanged"),
        ("staff_moa_2026-10-07.csv", "refused"),
        ("staff_moa_2026-10-08.csv", "refused"),
    ]
    codes = {finding["code"] for finding in told["findings"]}
    assert {"E-101", "E-201", "E-303"} <= codes
    assert told["items"][-1]["status"] == "published"
    for path in (place.folder / "inbox").glob("*/*.csv"):
        path.unlink()
    assert _told(place.qdeep("run", "--engine", "plain", "-o", "json"))["note"] == "nothing changed"


def test_a_release_without_a_required_source_says_so(tmp_path: Path, project: Path, warm: Warm) -> None:
    place = tiny.make(tmp_path, project, warm)
    place.send("staff_mhe", tiny.staff("MHE", 30))
    for _ in range(2):
        told = _told(place.qdeep("run", "--engine", "plain", "-o", "json"))
        assert (told["exit"], told["release"] is not None) == (1, True)
        assert [(one["code"], one["where"]["source"]) for one in told["findings"]] == [("E-406", "staff_moa")]


def test_an_empty_inbox_ends_with_exit_2_and_no_release(tmp_path: Path, project: Path) -> None:
    told = _told(tiny.make(tmp_path, project).qdeep("run", "-o", "json"))
    assert (told["exit"], told["release"]) == (2, None)
    assert [finding["code"] for finding in told["findings"]] == ["E-502"]


def test_serve_schedules_what_prefect_yaml_says_and_ends_with_ctrl_c(unbroken: tiny.Tiny) -> None:
    process = unbroken.start("serve", PYTHONUNBUFFERED="1")
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("prefect  http://127.0.0.1:")
        planned = _planned_when_there(unbroken)
    finally:
        os.kill(process.pid, signal.SIGINT)
        _out, err = process.communicate(timeout=60)
    assert sorted(planned) == DEPLOYMENTS
    assert planned["nightly"].endswith("21:00:00.000000")  # 02:00 in Tashkent, in UTC
    assert process.returncode == 130
    assert "Traceback" not in err


def _planned_when_there(place: tiny.Tiny) -> dict[str, str]:
    """Wait until each deployment has its next runs; return the first of each, in UTC."""
    asked = """select deployment.name, min(expected_start_time) from flow_run
        join deployment on deployment.id = deployment_id where state_type = 'SCHEDULED' group by 1"""
    deadline = time.monotonic() + 120
    planned: dict[str, str] = {}
    while len(planned) < len(DEPLOYMENTS) and time.monotonic() < deadline:
        time.sleep(0.5)
        with sqlite3.connect(place.workspace / "prefect" / "prefect.db") as database:
            planned = dict(database.execute(asked))
    return planned


def test_a_block_of_a_real_prefect_server_is_read(tmp_path: Path, project: Path, unbroken: tiny.Tiny) -> None:
    shutil.copytree(unbroken.workspace / "prefect", tmp_path / "ws" / "prefect")  # its database is laid out already
    environment = {**os.environ, "HANDED": "s3cret-value", "PYTHONPATH": os.pathsep.join((str(project), *sys.path))}
    environment.pop("PREFECT_API_URL", None)
    command = [sys.executable, "-c", BLOCK]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "s3cret-value |  |"
