"""Builds a fresh DuckDB file from the lake, tests it, and only then puts it in the place of the last good one."""

import hashlib
import json
import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows.contracts.model import Contracts
from flows.errors import QdeepError
from flows.intake import land
from flows.intake.store import deliveries as read_manifests
from flows.release.protection.rules import RULES
from flows.settings import ROOT, Settings
from flows.warehouse.choose import Delivery, choose
from flows.warehouse.prepare import codebook_files, prepare

PROJECT = ROOT / "dbt_project"
CALLED = tuple(ROOT / "flows" / name for name in ("statistics", "redesign"))  # what the models of the project call
WAREHOUSE_FILE = "warehouse.duckdb"  # the same name while it is built: views in a DuckDB file keep its name
FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
# What the statistics refuse names categories of a frame, never a value of a row, and is passed on.
SAID_BY_STATISTICS = re.compile(r"NotWeighted: (?P<code>E-\d{3}) (?P<text>.+)")
# A constraint that does not hold names a column and what it may hold, never a value of a row.
CONSTRAINT = re.compile(r"NOT NULL constraint failed: \S+\.(?P<filled>\S+)|with expression CHECK\(\((?P<holds>.+)\)\)")
CODE = (".sql", ".yml", ".csv", ".md", ".py")


@dataclass(frozen=True)
class Build:
    """A warehouse that passed all its tests.

    Attributes:
        path: The DuckDB file.
        deliveries: Ids of the deliveries whose rows count, sorted.
        build_key: Digest of all that the rows depend on; the same key means the same rows.
        dbt: Number of seeds, models and tests that ran.
        seconds: How long the build took.
    """

    path: Path
    deliveries: tuple[str, ...]
    build_key: str
    dbt: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def build(settings: Settings, contracts: Contracts) -> Build:
    """Build the warehouse from the deliveries known on `known_on`.

    The caller holds the writer lock. A build that fails leaves the last good file as it was.

    Raises:
        QdeepError: E-404 names the models and tests that failed, never their rows; E-405 where the
            disk is full or may not be written.
    """
    started = time.perf_counter()
    known = choose(read_manifests(settings), contracts, settings.known_on)
    try:
        fresh = _fresh_folder(settings) / WAREHOUSE_FILE
        prepare(fresh, settings, contracts, known)
        counts = _run_dbt(settings, fresh)
        _checkpoint(fresh)
        result = Build(
            settings.warehouse / WAREHOUSE_FILE,
            tuple(sorted(d.delivery_id for d in known if d.is_current)),
            _key(settings, contracts, known),
            counts,
            round(time.perf_counter() - started, 3),
        )
        _swap(settings, fresh, result)
    except OSError as error:
        raise QdeepError("E-405", f"The warehouse cannot be written ({error.strerror}).") from error
    return result


def build_key(settings: Settings, contracts: Contracts) -> str:
    """Return the digest of all that a build depends on: deliveries, contracts, code and the two dates."""
    return _key(settings, contracts, choose(read_manifests(settings), contracts, settings.known_on))


def last_build(settings: Settings) -> Build | None:
    """Return the build that stands in the workspace, or None where there is none or it is incomplete."""
    try:
        state = json.loads((settings.warehouse / "build.json").read_text(encoding="utf-8"))
        result = Build(
            settings.warehouse / WAREHOUSE_FILE,
            tuple(state["deliveries"]),
            state["build_key"],
            state["dbt"],
            state["seconds"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return result if result.path.is_file() else None


def _key(settings: Settings, contracts: Contracts, known: Sequence[Delivery]) -> str:
    digest = hashlib.sha256()
    facts = [
        [str(settings.as_of), str(settings.known_on), settings.sample, duckdb.__version__],
        sorted(contracts.merges.items()),
        sorted(
            [
                d.delivery_id,
                d.verdict,
                d.is_current,
                d.manifest.get("judged_by", ""),
                [[r.id, r.verdict] for r in d.learned],
            ]
            for d in known
        ),
    ]
    digest.update(json.dumps(facts).encode())
    for name, file in _files_of_key(settings, contracts):
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _files_of_key(settings: Settings, contracts: Contracts) -> Iterator[tuple[str, Path]]:
    for folder in (PROJECT, Path(__file__).parent, *CALLED):
        for file in sorted(folder.rglob("*")):
            if file.suffix in CODE and not {"target", "logs"} & set(file.relative_to(folder).parts):
                yield file.relative_to(folder).as_posix(), file
    yield RULES.name, RULES  # no score rests on a figure that they withhold
    for name, contract in sorted(contracts.sources.items()):
        yield name, contract.path
    for name in ("items.csv", "choices.csv", "indices.csv", "instrument.yml"):
        for file in codebook_files(settings, name):
            yield "/".join(file.parts[-3:]), file
    for pattern in ("corrections/*.yml", "merges/*.csv", "scenarios/*.yml"):
        for file in sorted(file for folder in settings.contracts for file in folder.glob(pattern)):
            yield f"{file.parent.name}/{file.name}", file


def _fresh_folder(settings: Settings) -> Path:
    folder = settings.warehouse / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _run_dbt(settings: Settings, file: Path) -> dict[str, int]:
    """Run seeds, models and data tests; unit tests judge the code, not the data, and run with pytest."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    work = settings.warehouse / "dbt"
    options = {"project-dir": PROJECT, "profiles-dir": PROJECT, "target-path": work / "target", "log-path": work}
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    quiet = ["--log-level", "none", "--log-level-file", "none", "--no-print"]
    try:
        with _environment(settings, file):
            outcome: Any = dbtRunner().invoke(["build", "--exclude-resource-type", "unit_test", *arguments, *quiet])
    finally:
        DuckDBConnectionManager.close_all_connections()
    if not outcome.success:
        raise _failure(outcome)
    return dict(sorted(Counter(f"{r.node.resource_type}s" for r in outcome.result.results).items()))


@contextmanager
def _environment(settings: Settings, file: Path) -> Generator[None]:
    """Tell dbt where to build; the paths stay the same from build to build, or dbt would parse all again."""
    wanted = {
        "QDEEP_BUILD_FILE": str(file.resolve()),
        "QDEEP_BUILD_SPILL": str(file.resolve().parent / "spill"),
        "QDEEP_BUILD_MEMORY": settings.memory_limit,
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def _failure(outcome: Any) -> QdeepError:
    """Name what failed. Messages of the engine stay out: they may quote a value."""
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise outcome.exception
    if outcome.exception is not None:
        return QdeepError("E-404", f"The dbt project cannot be run: {type(outcome.exception).__name__}.")
    for result in outcome.result.results:
        if said := list(SAID_BY_STATISTICS.finditer(str(result.message or ""))):
            return QdeepError(said[-1]["code"], said[-1]["text"])  # the last of a chain names the wave
    failed = sorted(_named(r) for r in outcome.result.results if str(r.status) in FAILED)
    return QdeepError("E-404", f"The warehouse was not built: {len(failed)} of its steps failed: {', '.join(failed)}.")


def _named(result: Any) -> str:
    """Return the name of a step that failed, with the constraint of its table that does not hold."""
    broken = CONSTRAINT.search(str(result.message or ""))
    if not broken:
        return result.node.name
    return f"{result.node.name} ({broken['holds'] or broken['filled'] + ' is empty'})"


def _checkpoint(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("checkpoint")
    if file.with_suffix(".duckdb.wal").exists():
        raise QdeepError("E-404", "The warehouse was not built: its log could not be folded into the file.")


def _swap(settings: Settings, fresh: Path, result: Build) -> None:
    """Put the new file in place. `build.json` goes first and comes last: a crash in between means build again.

    Files and folder reach the disk before and after each step, or a power cut could leave a `build.json` that vouches
    for a file of which only half was written.
    """
    state = settings.warehouse / "build.json"
    land.sync(fresh)
    land.checkpoint("built")
    state.unlink(missing_ok=True)
    result.path.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    land.sync(settings.warehouse)
    land.checkpoint("unvouched")
    fresh.replace(result.path)
    land.sync(settings.warehouse)
    land.checkpoint("swapped")
    _write(settings.warehouse / "dbt_manifest.json", _manifest(settings))
    _write(state, json.dumps({**asdict(result), "path": WAREHOUSE_FILE}, indent=1))
    land.checkpoint("vouched")
    shutil.rmtree(fresh.parent, ignore_errors=True)


def _manifest(settings: Settings) -> str:
    """Return the manifest of the dbt project without the folders of this machine."""
    text = (settings.warehouse / "dbt" / "target" / "manifest.json").read_text(encoding="utf-8")
    for folder in (PROJECT, ROOT, settings.workspace):
        for name in {json.dumps(str(folder))[1:-1], json.dumps(str(folder.resolve()))[1:-1]}:
            text = text.replace(f"{name}/", "").replace(name, "")
    return text


def _write(target: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    part = target.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    land.sync(part)
    part.replace(target)
    land.sync(target.parent)
