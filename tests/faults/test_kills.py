"""Killed anywhere between receiving and publishing, all invariants hold, and a second run gives the undisturbed result.

QDEEP_KILLS sets how many kills there are in all (40 where it is not set), QDEEP_KILL_SEED where they fall.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from flows.intake.pseudonym import load_key, new_key
from flows.intake.refused import export_refused
from flows.intake.store import deliveries, is_whole
from flows.release.publish import current, publish
from flows.release.verify import verify
from flows.settings import ROOT, Settings
from flows.warehouse.build import last_build
from tests.contracts.small_project import make_project, settings_for, write
from tests.flows.fake_warehouse import contracts_for, make_warehouse

pytestmark = pytest.mark.slow

SHARES = {"take": 14, "replay": 8, "rotate": 8, "swap": 7, "publish": 3}  # of 40 kills
KILLS = int(os.environ.get("QDEEP_KILLS", "40"))
SEED = os.environ.get("QDEEP_KILL_SEED", "1")
LOG = """Case,Step,Start,End,Who,Closed
K1,register,05.01.2026 09:00,05.01.2026 09:20,Anvar,1
K1,sign,05.01.2026 10:00,05.01.2026 10:05,Dilnoza,1
K2,register,06.01.2026 09:00,05.01.2026 09:20,Anvar,1
K2,register,06.01.2026 09:00
"""
LEAKS = (b"Anvar", b"Dilnoza")


class Warm:
    """The process that forks the runs."""

    def __init__(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "tests.faults.killing"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, work: str, folder: Path, at: int | None = None, delay: float = 0) -> dict[str, Any]:
        """Return how a run ended that dies at a point, or is left to end."""
        task = {"work": work, "folder": str(folder), "at": at, "delay": delay}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    made = Warm()
    yield made
    made.close()


def prepare(work: str, root: Path, warm: Warm) -> Settings:
    """Make the workspace in which a work begins."""
    settings = make_project(root)
    for path in (settings.key_file, settings.key_file.with_name("second")):
        new_key(path)
    source = root / "contracts" / "sources" / "log.yml"
    write(source, source.read_text("utf-8") + "refused_share_max: 0.9\n")
    write(settings.inbox / "log" / "log.csv", LOG)
    if work in ("replay", "rotate"):
        assert warm.run("take", root)["error"] == ""
    if work == "replay":
        _mend(settings, root / "book.xlsx")
    if work == "swap":
        write(settings.warehouse / "dbt" / "target" / "manifest.json", "{}")
        assert warm.run("swap", root)["error"] == ""
    if work == "publish":
        publish(settings, contracts_for(), make_warehouse(settings))
    return settings


def _mend(settings: Settings, book: Path) -> None:
    (delivery,) = deliveries(settings)
    export_refused(settings, delivery["delivery_id"], book)
    opened = openpyxl.load_workbook(book)
    opened["rows"].cell(2, 6).value = "06.01.2026 08:00"
    opened.save(book)


def digest(folder: Path) -> dict[str, str]:
    """Return the hashes of all files but the manifests, which hold the time."""
    kept = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def result(work: str, settings: Settings) -> Any:
    """Return what a work leaves behind."""
    if work == "swap":
        return _stamp(settings)
    names = ("published",) if work == "publish" else ("lake", "vault")
    found = {name: digest(settings.workspace / name) for name in names}
    rest = {path.name for path in settings.workspace.iterdir()} if work == "rotate" else set()
    return found, rest


def check_invariants(work: str, settings: Settings) -> None:
    """What design.md asks of every moment."""
    for manifest in deliveries(settings):
        folder = settings.lake / manifest["source"] / manifest["delivery_id"]
        assert is_whole(folder, manifest)
        assert manifest["read"] == manifest["landed"] + manifest["refused"]
    assert all((folder / "manifest.json").is_file() for folder in settings.lake.glob("*/*"))
    assert not [path for path in settings.lake.rglob("*.*") if any(one in path.read_bytes() for one in LEAKS)]
    assert len(deliveries(settings)) >= (work in ("replay", "rotate"))
    if work == "swap" and last_build(settings):
        assert _stamp(settings) == ("new", 20000)
    if work == "publish":
        release = current(settings)
        assert release
        assert verify(release.path) == ()


def _stamp(settings: Settings) -> tuple[str, int]:
    built = last_build(settings)
    assert built
    with duckdb.connect(str(built.path), read_only=True) as connection:
        (row,) = connection.execute("select any_value(build_key), count(*) from stamp").fetchall()
    return row


@pytest.mark.parametrize("work", SHARES)
def test_a_killed_run_leaves_all_whole_and_the_next_one_ends_as_if_undisturbed(
    work: str, warm: Warm, tmp_path: Path
) -> None:
    chance = random.Random(f"{SEED} {work}")  # noqa: S311 - a seed to repeat, not a secret
    base = tmp_path / "base"
    base.mkdir()
    prepare(work, base, warm)
    undisturbed = _copy(base, tmp_path / "undisturbed")
    told = warm.run(work, undisturbed)
    assert told["error"] == ""
    expected = result(work, settings_for(undisturbed))
    for number in range(max(1, KILLS * SHARES[work] // sum(SHARES.values()))):
        root = _copy(base, tmp_path / "killed")
        at, delay = chance.randint(1, told["points"]), chance.choice([0, 0, chance.uniform(0.0005, 0.05)])
        ended = warm.run(work, root, at, delay)
        where = f"{work}, kill {number}, at {at} of {told['points']}, delay {delay}"
        assert ended["signal"] in ((signal.SIGKILL,) if not delay else (signal.SIGALRM, 0)), (where, ended)
        check_invariants(work, settings_for(root))
        assert warm.run(work, root)["error"] == "", where
        check_invariants(work, settings_for(root))
        assert result(work, settings_for(root)) == expected, where
        assert not _left(settings_for(root)), where
        shutil.rmtree(root)


def _copy(base: Path, root: Path) -> Path:
    shutil.copytree(base, root, symlinks=True)
    return root


def _left(settings: Settings) -> list[Path]:
    return list(settings.tmp.iterdir()) if settings.tmp.is_dir() else []


def test_two_kills_in_a_row_are_survived_too(warm: Warm, tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311
    base = tmp_path / "base"
    base.mkdir()
    prepare("rotate", base, warm)
    undisturbed = _copy(base, tmp_path / "undisturbed")
    points = warm.run("rotate", undisturbed)["points"]
    root = _copy(base, tmp_path / "killed")
    for _ in range(3):
        warm.run("rotate", root, chance.randint(1, points))
        check_invariants("rotate", settings_for(root))
    assert warm.run("rotate", root)["error"] == ""
    assert result("rotate", settings_for(root)) == result("rotate", settings_for(undisturbed))
    assert {one["key_id"] for one in deliveries(settings_for(root))} == {
        load_key(settings_for(root).key_file.with_name("second")).id
    }
