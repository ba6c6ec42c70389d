"""A warm process that forks one run for each fault: a signal at a chosen point, a full disk, a file that changes.

A point is a change that Python asks of the file system, or the end of a named step; with a delay the run dies a
little later, in whatever it does then, be it inside DuckDB. Run as `python -m tests.faults.killing`; each line of
input is a JSON of a `Task`, each line of output `{signal, points, error, text}` of that run.
"""

import itertools
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import great_expectations  # noqa: F401 - loaded before the forks

from expectations import suites  # noqa: F401 - same
from flows import steps
from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts
from flows.errors import Place, QdeepError
from flows.intake import land
from flows.intake.store import deliveries
from flows.runs import RunResult, what_broke
from flows.settings import Settings
from flows.warehouse import build
from flows.warehouse.choose import choose
from flows.warehouse.prepare import prepare
from tests.contracts.small_project import settings_for

CHANGES = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "subprocess.Popen")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
SENT = date(2099, 1, 1)  # the name of the log says no day, so it counts from the day on which the test runs
Work = Callable[[Settings, Contracts], RunResult | None]


def take(settings: Settings, _: Contracts) -> RunResult:
    """Take in all that lies in the inbox, and judge again what is out of date."""
    return steps.run(settings, phases=("intake",))


def replay(settings: Settings, _: Contracts) -> RunResult:
    """Take in the mended workbook."""
    return steps.replay(settings, settings.workspace.parent / "book.xlsx", SENT)


def rotate(settings: Settings, _: Contracts) -> None:
    """Give the lake its second key."""
    steps.rotate(settings, settings.key_file, settings.key_file.with_name("second"))


def swap(settings: Settings, contracts: Contracts) -> None:
    """Read the lake with its corrections into a new warehouse, and put that in the place of the one that stands."""
    fresh = build._fresh_folder(settings) / build.WAREHOUSE_FILE
    prepare(fresh, settings, contracts, choose(deliveries(settings), contracts, settings.known_on))
    build._checkpoint(fresh)
    build._swap(settings, fresh, build.Build(settings.warehouse / build.WAREHOUSE_FILE, (), "new"))


def publish(settings: Settings, _: Contracts) -> None:
    """Publish the second of two builds."""
    from flows.release.publish import publish as make
    from tests.flows.fake_warehouse import FakeBuild, contracts_for

    path = settings.warehouse / build.WAREHOUSE_FILE
    make(settings, contracts_for(), FakeBuild(path, "fedcba9876543210"))


WORKS: dict[str, Work] = {
    "take": take, "again": take, "replay": replay, "rotate": rotate, "swap": swap, "publish": publish,
}  # fmt: skip


class Points:
    """Counts points and ends the process at one of them."""

    def __init__(self, at: int | str | None, delay: float) -> None:
        """Count from none."""
        self.at, self.delay, self.seen, self.numbers = at, delay, 0, itertools.count(1)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count a change of the file system."""
        if event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
            self.pass_one()

    def pass_one(self, step: str = "") -> None:
        """Count a point, and die there or a little later."""
        number = next(self.numbers)  # of one point alone, though several threads pass points
        self.seen = max(self.seen, number)
        if self.at is None or self.at not in (number, step):
            return
        if self.delay:
            signal.setitimer(signal.ITIMER_REAL, self.delay)  # SIGALRM is left to its default, which ends the process
        else:
            os.kill(os.getpid(), signal.SIGKILL)


def changing(change: str, moment: str, path: Path) -> Callable[..., None]:
    """Return an audit hook that changes a received file once, before or after its copy is begun."""
    done = []

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        is_copying = event == "open" and Path(str(arguments[0])).name.startswith("original.")
        if not done and (is_copying if moment == "during" else event == "tempfile.mkdtemp"):
            done.append(change)
            CHANGED[change](path)

    return audit


def _other(path: Path) -> None:
    fresh = path.with_name("other")
    fresh.write_bytes(path.read_bytes().replace(b"sign", b"SIGN"))
    fresh.replace(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGED: dict[str, Callable[[Path], Any]] = {
    "gone": Path.unlink,
    "grown": lambda path: path.write_bytes(path.read_bytes() * 2),
    "cut": lambda path: os.truncate(path, 40),
    "other": _other,
    "folder": _folder,
}


def run(task: dict[str, Any], out: int) -> None:
    """Do the work in the forked process, and tell how many points it had."""
    root = Path(task["folder"])
    settings = settings_for(root)
    contracts = load_contracts(settings, root)
    steps.load_contracts = lambda _: contracts  # the small project has its own kinds and lists
    points, error, text = Points(task.get("at"), task.get("delay", 0)), "", ""
    sys.addaudithook(points.audit)
    if task.get("change"):
        sys.addaudithook(changing(*task["change"], settings.inbox / "log" / "log.csv"))
    land.checkpoint = points.pass_one
    if task.get("largest"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (task["largest"], resource.RLIM_INFINITY))
    try:
        if task["work"] in ("swap", "publish"):
            steps.clean(settings)
        result = WORKS[task["work"]](settings, contracts)
        error = next((one.findings[0].code for one in result.items if one.status == "failed"), "") if result else ""
    except QdeepError as failed:
        error, text = failed.finding.code, failed.finding.text
    except Exception as failed:  # noqa: BLE001 - whatever it is, as the command line does
        error = what_broke(failed, Place()).code
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.write(out, json.dumps({"points": points.seen, "error": error, "text": text}).encode())


def fork(task: dict[str, Any]) -> dict[str, Any]:
    """Run a task in a forked process; return its end and what it told."""
    back, out = os.pipe()
    child = os.fork()
    if not child:
        try:
            run(task, out)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(out)
    with os.fdopen(back, "rb") as told:
        answer = told.read()
    _, status = os.waitpid(child, 0)
    ended = {"points": 0, "error": "" if os.WIFSIGNALED(status) else "crashed"}
    return {**ended, **json.loads(answer or b"{}"), "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}


def main() -> None:
    """Serve tasks until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(fork(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
