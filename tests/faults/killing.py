"""A warm process that forks one run for each kill, and ends it with a signal at a chosen point of its work.

A point is a change that Python asks of the file system, or the end of a named step; with a delay the run dies a
little later, in whatever it does then, be it inside DuckDB. Run as `python -m tests.faults.killing`; each line of
input is a JSON `{work, folder, at, delay}`, each line of output `{signal, points, error}` of that run.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import great_expectations  # noqa: F401

from expectations import suites  # noqa: F401
from flows.contracts.load import load_contracts
from flows.contracts.model import Contracts
from flows.errors import QdeepError
from flows.intake import deliver, land, rekey
from flows.intake.pseudonym import load_key
from flows.pull import receive
from flows.settings import Settings
from flows.steps import clean
from flows.warehouse import build
from tests.contracts.small_project import settings_for

CHANGES = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "subprocess.Popen")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
SENT = date(2099, 1, 1)  # the name of the log says no day, so it counts from the day on which the test runs


def take(settings: Settings, contracts: Contracts) -> None:
    """Take in all that lies in the inbox."""
    for source in ("log", "staff"):
        contract = contracts.sources[source]
        for received in receive(contract, settings):
            deliver.take_in(received, contract, contracts, settings, load_key(settings.key_file))


def replay(settings: Settings, contracts: Contracts) -> None:
    """Take in the mended workbook."""
    book = settings.workspace.parent / "book.xlsx"
    deliver.replay(book, contracts, settings, load_key(settings.key_file), SENT)


def rotate(settings: Settings, contracts: Contracts) -> None:
    """Give the lake its second key."""
    old, new = (load_key(path) for path in (settings.key_file, settings.key_file.with_name("second")))
    rekey.rotate(settings, contracts, old, new)


def swap(settings: Settings, _: Contracts) -> None:
    """Put a new warehouse in the place of the one that stands."""
    fresh = build._fresh_folder(settings) / build.WAREHOUSE_FILE
    with duckdb.connect(str(fresh)) as connection:
        connection.execute("create table stamp as select 'new' as build_key, range as n from range(20000)")
    build._checkpoint(fresh)
    build._swap(settings, fresh, build.Build(settings.warehouse / build.WAREHOUSE_FILE, (), "new"))


def publish(settings: Settings, _: Contracts) -> None:
    """Publish the second of two builds."""
    from flows.release.publish import publish as make
    from tests.flows.fake_warehouse import FakeBuild, contracts_for

    path = settings.warehouse / build.WAREHOUSE_FILE
    make(settings, contracts_for(), FakeBuild(path, "fedcba9876543210"))


WORKS: dict[str, Callable[[Settings, Contracts], None]] = {
    "take": take, "replay": replay, "rotate": rotate, "swap": swap, "publish": publish,
}  # fmt: skip


class Points:
    """Counts points and ends the process at one of them."""

    def __init__(self, at: int | None, delay: float) -> None:
        """Count from none."""
        self.at, self.delay, self.seen = at, delay, 0

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count a change of the file system."""
        if event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
            self.pass_one()

    def pass_one(self, _step: str = "") -> None:
        """Count a point, and die there or a little later."""
        self.seen += 1
        if self.seen == self.at and self.delay:
            signal.setitimer(signal.ITIMER_REAL, self.delay)  # SIGALRM is left to its default, which ends the process
        elif self.seen == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def run(task: dict[str, Any], out: int) -> None:
    """Do the work in the forked process, and tell how many points it had."""
    root = Path(task["folder"])
    settings = settings_for(root)
    contracts = load_contracts(settings, root)
    points, error = Points(task.get("at"), task.get("delay", 0)), ""
    sys.addaudithook(points.audit)
    land.checkpoint = points.pass_one
    try:
        clean(settings)
        WORKS[task["work"]](settings, contracts)
    except QdeepError as failed:
        error = failed.finding.code
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.write(out, json.dumps({"points": points.seen, "error": error}).encode())


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
