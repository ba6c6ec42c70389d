"""The reading process with its libraries loaded already: it forks for each job, so that hundreds of files are quick.

Each fork runs read_child.py as a process of its own would, with the same bounds on memory, time and files. The
libraries alone come from the parent; that and the start of Python are all that is saved.
"""

import contextlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import time
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("columnar", "eventlog", "objects", "ods", "records", "savwalk", "sheets", "spss", "text", "xls", "xlsb")


class WarmReader:
    """Stands in for `read._run`: same arguments, same exit status."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self.peak = 0
        self.turn = threading.Lock()  # a run may read several files at once, a process takes one job at a time

    @cached_property
    def process(self) -> "subprocess.Popen[str]":
        """The process that forks, once somebody reads."""
        command = [sys.executable, "-m", "tests.warm_reader"]
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, command: list[str], folder: Path, seconds: int) -> int:
        """Run one job; return its exit status, negative for a signal."""
        with self.turn:
            assert self.process.stdin
            assert self.process.stdout
            self.process.stdin.write(json.dumps([*command[-2:], str(folder), seconds]) + "\n")
            self.process.stdin.flush()
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.peak = answer["peak"]
        return answer["status"]

    def close(self) -> None:
        """End the process."""
        if "process" in vars(self):
            self.process.communicate()


def serve() -> None:
    """Load the libraries, then fork for each line of standard input."""
    sys.path.insert(0, str(ROOT))
    import duckdb  # noqa: F401 - loaded before the forks, like all below
    import fastexcel  # noqa: F401 - same
    import pyarrow.compute
    import pyarrow.dataset
    import pyarrow.fs
    import pyarrow.parquet  # noqa: F401 - same
    import pyreadstat  # noqa: F401 - same

    for name in MODULES:
        __import__(f"flows.intake.inside.{name}")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_fork(*json.loads(line))) + "\n")
        sys.stdout.flush()


def _fork(child: str, job: str, folder: str, seconds: int) -> dict[str, int]:
    process = os.fork()
    if process == 0:
        _become(child, job, folder)
    with contextlib.closing(_Watch(process)) as watch:
        if not watch.ends_within(seconds):
            os.kill(process, signal.SIGKILL)
        _, status, usage = os.wait4(process, 0)
    return {"status": os.waitstatus_to_exitcode(status), "peak": usage.ru_maxrss >> 10}


class _Watch:
    """Waits for the end of a process without taking its status."""

    def __init__(self, process: int) -> None:
        self.handle = os.pidfd_open(process)

    def ends_within(self, seconds: int) -> bool:
        return bool(select.select([self.handle], [], [], seconds)[0])

    def close(self) -> None:
        os.close(self.handle)


def _become(child: str, job: str, folder: str) -> None:
    """Be the reading process, and never return."""
    code = 70
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(PATH=os.defpath, LC_ALL="C.UTF-8", HOME=folder)
        sys.argv = [child, job]
        runpy.run_path(child, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


def timed(function: Any, *arguments: Any) -> tuple[Any, float]:
    """Return what a function returns, and the seconds that it took."""
    started = time.monotonic()
    return function(*arguments), time.monotonic() - started


if __name__ == "__main__":
    serve()
