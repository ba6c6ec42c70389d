"""Every condition that a run needs has been looked at, and each that does not hold says how to mend it."""

import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from flows.errors import Busy, QdeepError
from flows.settings import ROOT, Settings

PYTHONS = ((3, 11), (3, 13))  # bounds of great-expectations and dbt, see pyproject.toml
DISK_WARN_GB, DISK_FAIL_GB = 5.0, 1.0  # a build of one million persons needs about 1 GB beside the last one
PRIVATE = ("vault", "prefect", "tmp")


@dataclass(frozen=True)
class Check:
    """One condition: its name, whether it holds (`ok`, `warn`, `fail`), and one sentence."""

    name: str
    state: Literal["ok", "warn", "fail"]
    text: str


def examine(settings: Settings) -> tuple[Check, ...]:
    """Look at machine, installation and workspace; a check that breaks is itself a failed check."""
    checks: dict[str, Callable[[Settings], Check]] = {
        "python": _python,
        "packages": _packages,
        "time zone": _time_zone,
        "contracts": _contracts,
        "key": _key,
        "workspace": _workspace,
        "private": _private,
        "disk": _disk,
        "inbox": _inbox,
        "lock": _lock,
    }
    return tuple(_guarded(name, check, settings) for name, check in checks.items())


def _guarded(name: str, check: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return check(settings)
    except QdeepError as error:
        hint = f"; expected {error.finding.expected}" if error.finding.expected else ""
        return Check(name, "fail", f"{error}{hint}")
    except OSError as error:
        return Check(name, "fail", error.strerror or type(error).__name__)


def _python(_settings: Settings) -> Check:
    here = sys.version_info[:2]
    text = f"Python {sys.version.split()[0]}"
    if PYTHONS[0] <= here <= PYTHONS[1]:
        return Check("python", "ok", text)
    return Check("python", "fail", f"{text}; needed is 3.11, 3.12 or 3.13")


def _packages(_settings: Settings) -> Check:
    wanted = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)(?= *\\?$)", _lock_text(), re.MULTILINE))
    other = {name: _installed(name) for name, pin in wanted.items() if _installed(name) != pin}
    if not other:
        return Check("packages", "ok", f"{len(wanted)} packages as in requirements.lock")
    first = ", ".join(
        f"{name} {found or 'missing'} instead of {wanted[name]}" for name, found in list(other.items())[:3]
    )
    return Check(
        "packages", "fail", f"{len(other)} packages differ from requirements.lock: {first}; make run installs them"
    )


def _lock_text() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _time_zone(_settings: Settings) -> Check:
    from datetime import datetime, timedelta

    from flows.settings import TIMEZONE

    offset = datetime.now(TIMEZONE).utcoffset()
    state = "ok" if offset == timedelta(hours=5) else "fail"
    return Check("time zone", state, f"Asia/Tashkent is UTC+{offset}" if offset else "no data for Asia/Tashkent")


def _contracts(settings: Settings) -> Check:
    from flows.steps import load_contracts

    return Check("contracts", "ok", f"{len(load_contracts(settings).sources)} sources, all contract files are right")


def _key(settings: Settings) -> Check:
    from flows.intake.pseudonym import load_key

    load_key(settings.key_file)
    if settings.key_file.resolve().is_relative_to(settings.workspace.resolve()):
        return Check("key", "fail", "the key lies inside the workspace, whose copies would carry it along")
    return Check("key", "ok", f"{settings.key_file}, readable by its owner only")


def _workspace(settings: Settings) -> Check:
    settings.workspace.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.workspace) as probe:
        probe.write(b"qdeep")
        os.fsync(probe.fileno())
    return Check("workspace", "ok", f"{settings.workspace} can be written")


def _private(settings: Settings) -> Check:
    shared = [name for name in PRIVATE if _others_can_look_into(settings.workspace / name)]
    if shared:
        return Check("private", "fail", f"others can look into {', '.join(shared)}: chmod 700 them")
    return Check("private", "ok", "only the owner can look into vault, tmp and prefect")


def _others_can_look_into(folder: Path) -> bool:
    return folder.is_dir() and bool(folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.workspace).free / 1e9
    state = "fail" if free < DISK_FAIL_GB else "warn" if free < DISK_WARN_GB else "ok"
    return Check("disk", state, f"{free:.1f} GB free")


def _inbox(settings: Settings) -> Check:
    if not settings.inbox.is_dir():
        return Check("inbox", "fail", f"{settings.inbox} is no folder; name it in qdeep.toml")
    return Check("inbox", "ok", str(settings.inbox))


def _lock(settings: Settings) -> Check:
    from flows.lock import writer

    try:
        with writer(settings):
            return Check("lock", "ok", "no other run is at work")
    except Busy as error:
        return Check("lock", "warn", f"{error.finding.text} qdeep run --wait 10m waits for it")
