"""A workspace with two contracts and a handful of invented persons stands in a folder, ready for `qdeep --config`."""

import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.flows.warm import Command, Warm
from tests.warehouse.project import cut_to

ROOT = Path(__file__).resolve().parents[2]
HEADER = ("pinfl", "name", "born", "sex", "post", "unit", "type", "rate", "from", "to")
CANONICAL = "pinfl,full_name,birth_date,sex,position_id,org_unit_id,assignment_type,fte,start_date,end_date"
CONTRACT = """source: {source}
kind: personnel
version: 1
title: {{en: Tiny, uz: Kichik, ru: Малый, ko: 작은}}
organisation: {ministry}
required: {required}
cadence: {cadence}
file:
  name: '{source}_(?P<known_from>\\d{{4}}-\\d{{2}}-\\d{{2}})[a-z]*\\.csv'
  format: csv
volume: {{min: 1, max: 1000}}
refused_share_max: 0.5
"""
CONFIG = """workspace = "ws"
inbox = "inbox"
contracts = ["contracts"]
key_file = "key"
as_of = "2026-09-30"
known_on = "2026-10-31"
"""
WEIGHTS = (7, 3, 1)
QUALITY = ("dq_corrections", "dq_deliveries", "dq_rules", "dq_sources")
BARE = ("unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")  # loopback alone
SOURCES = {"staff_moa": ("MOA", "true", "monthly"), "staff_mhe": ("MHE", "false", "yearly")}


@dataclass(frozen=True)
class Tiny:
    """A tiny workspace and its command line.

    Attributes:
        project: Where the code stands that runs.
        warm: Forks the commands, where given; else each is a process of its own.
        under: What such a process is started by.
    """

    folder: Path
    project: Path = ROOT
    warm: Warm | None = None
    under: tuple[str, ...] = ()

    @property
    def workspace(self) -> Path:
        """Folder of lake, vault, warehouse and releases."""
        return self.folder / "ws"

    @property
    def config(self) -> Path:
        """Configuration file."""
        return self.folder / "qdeep.toml"

    def send(self, source: str, text: str, day: str = "2026-10-05", suffix: str = "") -> Path:
        """Put a file into the inbox as a sender would."""
        path = self.folder / "inbox" / source / f"{source}_{day}{suffix}.csv"
        path.write_text(text, encoding="utf-8")
        return path

    def qdeep(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, as a user would."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=280)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str] | Command":
        """Start the command in a session of its own."""
        if self.warm and not environment:
            return self.warm.start(self.folder, *arguments)
        found = os.pathsep.join(filter(None, (str(self.project), os.environ.get("PYTHONPATH"))))
        return subprocess.Popen(
            [*self.under, sys.executable, "-m", "flows.cli", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": found, "PYTHONIOENCODING": "utf-8", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding=environment.get("PYTHONIOENCODING", "utf-8"),
            errors="replace",
            start_new_session=True,
        )


def make(folder: Path, project: Path = ROOT, warm: Warm | None = None) -> Tiny:
    """Make a tiny workspace with an empty inbox."""
    for source, (ministry, required, cadence) in SOURCES.items():
        (folder / "inbox" / source).mkdir(parents=True)
        values = {"source": source, "ministry": ministry, "required": required, "cadence": cadence}
        _write(folder / "contracts" / "sources" / f"{source}.yml", CONTRACT.format(**values))
        columns = f"version,{CANONICAL}\n1,{','.join(HEADER)}\n"
        _write(folder / "contracts" / "column_maps" / f"{source}.csv", columns)
    _write(folder / "qdeep.toml", CONFIG)
    key = folder / "key"
    key.write_bytes(secrets.token_bytes(32))
    key.chmod(0o400)
    return Tiny(folder, project, warm)


def personnel_only(target: Path, mart: str) -> Path:
    """Copy the project with one mart of personnel, those of quality and few units: a run takes a part of the time."""
    for part in ("flows", "expectations", "dbt_project"):
        shutil.copytree(ROOT / part, target / part, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
    shutil.copy(ROOT / "prefect.yaml", target)
    cut_to(target / "dbt_project", (mart, *QUALITY))
    _only_staff_offices(target / "dbt_project" / "seeds" / "org")
    return target


def _only_staff_offices(org: Path) -> None:
    """Leave the ministries with one department each, which have no history."""
    header, *units = (org / "org_units.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in units if row.startswith("UZ,") or "ministry" in row.split(",")[5] or "-HR," in row]
    (org / "org_units.csv").write_text(header + "".join(kept), encoding="utf-8")
    successors = org / "org_unit_successors.csv"
    successors.write_text(successors.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")


def cut_off() -> tuple[str, ...]:
    """Return what starts a command where no network is but the loopback; nothing where the machine allows none."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return ()
    return BARE if subprocess.run([*BARE, "true"], check=False, capture_output=True).returncode == 0 else ()


def staff(unit: str, count: int, **changes: dict[int, dict[str, str]]) -> str:
    """Return an extract of `count` invented persons of one unit; `changes={row: {header: text}}` plants defects."""
    lines = [",".join(HEADER)]
    for number in range(count):
        row = _person(unit, number) | changes.get("changes", {}).get(number, {})
        lines.append(",".join(row[name] for name in HEADER))
    return "\n".join(lines) + "\n"


def pinfl(number: int, birth: date, sex: str) -> str:
    """Return a well-formed personal number with its check digit; area and serial are invented."""
    digits = f"{3 if sex == 'male' else 4}{birth:%d%m%y}{100 + number // 900:03d}{100 + number % 900:03d}"
    return digits + str(sum(int(digit) * WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10)


def born(number: int) -> date:
    """Return the invented date of birth of a person."""
    return date(1970 + number % 25, 1 + number % 12, 1 + number % 28)


def _person(unit: str, number: int) -> dict[str, str]:
    sex = ("male", "female")[number % 2]
    return {
        "pinfl": pinfl(number, born(number), sex),
        "name": f"MARKER{number:04d} Shaxs",
        "born": born(number).isoformat(),
        "sex": sex,
        "post": f"{unit}-P{number:03d}",
        "unit": unit,
        "type": "main",
        "rate": "1",
        "from": "2025-11-03",
        "to": "",
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
