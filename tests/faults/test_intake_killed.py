"""Killed at any step, a delivery is whole or absent, and the next run ends as if nothing had happened."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.intake import land
from flows.intake.pseudonym import new_key
from flows.intake.store import deliveries, is_whole
from flows.settings import ROOT, Settings
from tests.contracts.small_project import make_project, write
from tests.faults.taking_in import STEPS, take

pytestmark = pytest.mark.slow

LOG = """Case,Step,Start,End,Who,Closed
K1,register,05.01.2026 09:00,05.01.2026 09:20,Anvar,1
K1,sign,05.01.2026 10:00,05.01.2026 10:05,Dilnoza,1
K2,register,06.01.2026 09:00,05.01.2026 09:20,Anvar,1
K2,register,06.01.2026 09:00
"""
MARKS = (b"Anvar", b"Dilnoza")


@pytest.fixture
def project(tmp_path: Path) -> Settings:
    settings = make_project(tmp_path)
    new_key(settings.key_file)
    sources = tmp_path / "contracts" / "sources" / "log.yml"
    write(sources, sources.read_text("utf-8") + "refused_share_max: 0.9\n")
    write(settings.inbox / "log" / "log.csv", LOG)
    return settings


def kill_at(root: Path, step: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.taking_in", str(root), step], cwd=ROOT, check=False
    ).returncode


def fingerprint(settings: Settings) -> dict[str, str]:
    """Return the hashes of what a delivery leaves, without the manifest, which holds the time."""
    paths = [path for folder in (settings.lake, settings.vault) for path in folder.rglob("*.*") if path.is_file()]
    kept = [path for path in paths if path.name != "manifest.json"]
    return {str(path.relative_to(settings.workspace)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def check_invariants(settings: Settings) -> None:
    """I1, I2, I3, I7 of the fault plan."""
    for folder in settings.lake.glob("*/*"):
        assert (folder / "manifest.json").is_file(), "a lake folder is the commit: it is never half"
    for manifest in deliveries(settings):
        folder = settings.lake / manifest["source"] / manifest["delivery_id"]
        assert is_whole(folder, manifest)
        assert manifest["read"] == manifest["landed"] + manifest["refused"]
        assert pq.read_metadata(folder / "rows.parquet").num_rows == manifest["landed"]
        refused = settings.vault / manifest["source"] / manifest["delivery_id"] / "refused.parquet"
        assert pq.read_metadata(refused).num_rows == manifest["refused"]
    outside = [path for path in settings.lake.rglob("*") if path.is_file()]
    assert not [path for path in outside if any(mark in path.read_bytes() for mark in MARKS)]


def test_a_run_killed_at_any_step_leaves_a_delivery_whole_or_absent(project: Settings, tmp_path: Path) -> None:
    sent = (project.inbox / "log" / "log.csv").read_bytes()
    ends = []
    for step in STEPS:
        assert kill_at(tmp_path, step) == -9, step
        check_invariants(project)
        assert bool(deliveries(project)) == (step == "lake_placed"), step
        outcome = take(tmp_path)
        assert (outcome.read, outcome.landed, outcome.refused) == (4, 2, 2), step
        assert outcome.status == ("unchanged" if step == "lake_placed" else "landed"), step
        check_invariants(project)
        ends.append(fingerprint(project))
        assert ends[-1] == ends[0], step
        assert (project.inbox / "log" / "log.csv").read_bytes() == sent
        project.workspace.rename(tmp_path / f"data_{step}")


@pytest.mark.parametrize("step", ["sync_all", "_place"])
def test_a_full_disk_ends_the_run_and_shows_no_delivery(
    project: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(land, step, full)
    with pytest.raises(Exception, match="E-405"):
        take(tmp_path)
    assert deliveries(project) == []
    assert list(project.tmp.iterdir()) == []
    monkeypatch.undo()
    assert take(tmp_path).status == "landed"


def test_a_damaged_delivery_is_taken_in_anew(project: Settings, tmp_path: Path) -> None:
    outcome = take(tmp_path)
    rows = project.lake / "log" / outcome.delivery_id / "rows.parquet"
    whole = rows.read_bytes()
    for damage in (whole[:-1], bytes([whole[0] ^ 1]) + whole[1:]):
        rows.write_bytes(damage)
        assert take(tmp_path).status == "landed"
        assert rows.read_bytes() == whole
    assert take(tmp_path).status == "unchanged"


def test_a_vault_folder_without_its_delivery_is_replaced(project: Settings, tmp_path: Path) -> None:
    assert kill_at(tmp_path, "vault_placed") == -9
    (folder,) = project.vault.glob("log/*")
    (folder / "left_behind").write_text("x")
    assert take(tmp_path).status == "landed"
    assert sorted(path.name for path in folder.iterdir()) == ["original.csv", "refused.parquet"]
