"""Small workspaces in which a work can be disturbed, the works themselves, and what must hold after any fault."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet as pq

from flows.intake.pseudonym import new_key
from flows.intake.refused import export_refused
from flows.intake.store import deliveries, is_whole, refused_file
from flows.release.protection.past import LEDGER, is_unseen
from flows.release.publish import current, publish
from flows.release.shelf import releases
from flows.release.verify import verify
from flows.runs import last_run
from flows.settings import ROOT, Settings
from flows.warehouse.build import last_build
from tests.contracts.small_project import make_project, settings_for, write
from tests.flows.fake_warehouse import FEW, contracts_for, make_warehouse
from tests.flows.test_intake import HEADER

LOG = """Case,Step,Start,End,Who,Closed
K1,register,05.01.2026 09:00,05.01.2026 09:20,Anvar,1
K1,sign,05.01.2026 10:00,05.01.2026 10:05,Dilnoza,1
K2,register,06.01.2026 09:00,05.01.2026 09:20,Anvar,1
K2,register,06.01.2026 09:00
"""
STAFF = (
    "31505600010014;Каримов Анвар;15.05.1960;Э;MOA-0001;MOA-1;-;0,5;01.02.2000;",
    "31505600010022;Каримов Анвар;15.05.1960;Э;MOA-0002;MOA-1;-;0,5;01.02.2000;",
    "31505600010014;Каримов Анвар;15.05.1960;Э;MOA-0003;NOWHERE;-;0,5;01.02.2000;01.02.1999",
)
CORRECTION = """source: staff
corrections:
  - id: one
    reason: The post is a whole one.
    who: HR
    date: 2026-01-01
    status: reported
    where: position_id = 'MOA-0002'
    expect: fte = 0.5
    set: {fte: 1}
"""
MARKS = tuple(name.encode() for name in ("Anvar", "Dilnoza", "Каримов", "31505600010014", "31505600010022"))
AFTER_TAKE = ("again", "replay", "rotate", "swap")


class Warm:
    """The process that forks the runs."""

    def __init__(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "tests.faults.killing"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, work: str, folder: Path, **fault: Any) -> None:
        """Start a run that meets a fault: `at` and `delay` of its end, or `largest`, the bytes of a file."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"work": work, "folder": str(folder), **fault}) + "\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """Return how the run ended."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def run(self, work: str, folder: Path, **fault: Any) -> dict[str, Any]:
        """Return how a run ended."""
        self.begin(work, folder, **fault)
        return self.end()

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


class Bases:
    """Workspaces as they are before each work, and what each leaves behind when nobody disturbs it."""

    def __init__(self, folder: Path, warm: Warm) -> None:
        """Make none yet."""
        self.folder, self.warm = folder, warm
        self.made: dict[str, Path] = {}
        self.told: dict[str, tuple[int, Any]] = {}

    def copy(self, work: str, root: Path) -> Path:
        """Return a fresh copy of the workspace in which a work begins."""
        shutil.rmtree(root, ignore_errors=True)
        return Path(shutil.copytree(self._base(work), root, symlinks=True))

    def undisturbed(self, work: str) -> tuple[int, Any]:
        """Return the number of points of a work, and its result."""
        if work not in self.told:
            root = self.copy(work, self.folder / f"{work}.done")
            told = self.warm.run(work, root)
            assert (told["error"], told["signal"]) == ("", 0), (work, told)
            self.told[work] = told["points"], result(work, settings_for(root))
        return self.told[work]

    def _base(self, work: str) -> Path:
        if work not in self.made:
            root = self.folder / work
            if work in AFTER_TAKE:
                self.undisturbed("take")
                shutil.copytree(self.folder / "take.done", root, symlinks=True)
            else:
                root.mkdir()
                _begin(root)
            PREPARED.get(work, lambda *_: None)(settings_for(root), self.warm)
            self.made[work] = root
        return self.made[work]


def _begin(root: Path) -> None:
    settings = make_project(root)
    for path in (settings.key_file, settings.key_file.with_name("second")):
        new_key(path)
    contracts = root / "contracts"
    for name in ("log", "staff"):
        source = contracts / "sources" / f"{name}.yml"
        write(source, source.read_text("utf-8").replace("refused_share_max: 0.5\n", "") + "refused_share_max: 0.9\n")
    columns = contracts / "column_maps" / "staff.csv"
    names = columns.read_text("utf-8").splitlines()[0]
    write(columns, f"{names}\n1,{HEADER.replace(';', ',')}\n")  # without the letters that cp1251 lacks
    write(settings.inbox / "log" / "log.csv", LOG)
    (settings.inbox / "staff").mkdir()
    rows = "\r\n".join([HEADER, *STAFF]).encode("cp1251")
    (settings.inbox / "staff" / "staff_2026-01-01.csv").write_bytes(rows)


def _out_of_date(settings: Settings, _: Warm) -> None:
    source = settings.contracts[0] / "sources" / "log.yml"
    write(source, source.read_text("utf-8").replace("0.9", "0.8"))


def _mend(settings: Settings, _: Warm) -> None:
    delivery = next(one for one in deliveries(settings) if one["source"] == "log")
    book = settings.workspace.parent / "book.xlsx"
    export_refused(settings, delivery["delivery_id"], book)
    opened = openpyxl.load_workbook(book)
    opened["rows"].cell(2, 6).value = "06.01.2026 08:00"
    opened.save(book)


def _build(settings: Settings, warm: Warm) -> None:
    write(settings.contracts[0] / "corrections" / "staff.yml", CORRECTION)
    write(settings.warehouse / "dbt" / "target" / "manifest.json", "{}")
    assert warm.run("swap", settings.workspace.parent)["error"] == ""


def _publish(settings: Settings, _: Warm) -> None:
    publish(settings, contracts_for(), make_warehouse(settings, published=FEW))


PREPARED = {"again": _out_of_date, "replay": _mend, "swap": _build, "publish": _publish}


def digest(folder: Path) -> dict[str, str]:
    """Return the hashes of all files but the manifests, which hold the time."""
    kept = [path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def result(work: str, settings: Settings) -> Any:
    """Return what a work leaves behind."""
    if work == "swap":
        return _rows(settings)
    names = ("published", LEDGER) if work == "publish" else ("lake", "vault")
    found = {name: digest(settings.workspace / name) for name in names}
    facts = ("read", "landed", "refused", "verdict", "key_id", "judged_by", "origin", "findings")
    told = [{name: one.get(name) for name in facts} for one in deliveries(settings)]
    rest = {path.name for path in settings.workspace.iterdir()} if work == "rotate" else set()
    return found, told, rest


def check_invariants(work: str, settings: Settings) -> None:
    """What design.md asks of every moment."""
    assert all((folder / "manifest.json").is_file() for folder in settings.lake.glob("*/*"))
    for manifest in deliveries(settings):
        folder = settings.lake / manifest["source"] / manifest["delivery_id"]
        assert is_whole(folder, manifest)
        assert manifest["read"] == manifest["landed"] + manifest["refused"]
        assert pq.read_metadata(folder / "rows.parquet").num_rows == manifest["landed"]
        path = refused_file(settings, manifest)
        assert (pq.read_metadata(path).num_rows if path.exists() else 0) == manifest["refused"]
        assert list(path.parent.glob("original.*"))
    outside = [path for path in settings.workspace.rglob("*") if path.is_file() and settings.vault not in path.parents]
    assert not [path for path in outside if path.parent != settings.tmp and _leaks(path, settings)]
    assert len(deliveries(settings)) >= 2 * (work in AFTER_TAKE)
    if work == "swap" and last_build(settings):
        assert _rows(settings)
    if work == "publish":
        release = current(settings)
        assert release
        assert verify(release.path) == ()
        for one in releases(settings):
            assert not is_unseen(settings.workspace / LEDGER / one.release_id) or one.state == "current"
        for file in (settings.workspace / LEDGER).glob("*/*.parquet"):
            assert pq.read_table(file).num_rows >= 0
            assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    last_run(settings)


def _leaks(path: Path, settings: Settings) -> bool:
    return settings.tmp not in path.parents and any(mark in path.read_bytes() for mark in MARKS)


def _rows(settings: Settings) -> Any:
    built = last_build(settings)
    assert built
    with duckdb.connect(str(built.path), read_only=True) as connection:
        return connection.execute("select position_id, fte from lake.personnel order by all").fetchall()


def left(settings: Settings) -> list[Path]:
    """Return what stands in tmp/ after a run, where nothing may stand."""
    return list(settings.tmp.iterdir()) if settings.tmp.is_dir() else []
