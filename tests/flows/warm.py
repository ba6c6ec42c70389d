"""The command line with its libraries loaded already: it forks for each command, so that none waits for imports.

What dbt read of the project is known to each fork, too. All else is as in a process of its own: folder, environment,
output, exit code, and the signals that end it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from tests.parsed_once import parsed_once

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = (
    "dbt.adapters.duckdb",
    "great_expectations",
    "expectations.suites",
    "flows.cli",
    "flows.release.publish",
    "flows.report.site",
)


class Warm:
    """The process that forks the commands of one copy of the project."""

    def __init__(self, project: Path, parsed: Path) -> None:
        """Start it.

        Args:
            project: Where the code stands that runs.
            parsed: Where the tests keep what dbt has read.
        """
        command = [sys.executable, "-m", "tests.flows.warm", str(parsed)]
        paths = {"PYTHONPATH": os.pathsep.join((str(project), str(ROOT))), "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            command, cwd=project, env={**os.environ, **paths}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, folder: Path, *arguments: str) -> "Command":
        """Start a command in a folder."""
        assert self.process.stdin
        assert self.process.stdout
        told = folder / f"told{time.monotonic_ns()}"
        self.process.stdin.write(json.dumps([str(folder), str(told), arguments]) + "\n")
        self.process.stdin.flush()
        return Command(int(self.process.stdout.readline()), told)

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


class Command:
    """A command at work: what tests ask of a `Popen`."""

    def __init__(self, pid: int, told: Path) -> None:
        """Know its number, and where it says what it has to say."""
        self.pid, self.told = pid, told
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, once the command has ended."""
        code = self.told.with_suffix(".code")
        if self.returncode is None and code.exists():
            self.returncode = int(code.read_text(encoding="ascii"))
        return self.returncode

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout: float = 280) -> tuple[str, str]:
        """Wait for its end; return what it wrote."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            assert time.monotonic() < deadline, "the command did not end"
            time.sleep(0.02)
        return self._told(".out"), self._told(".err")

    def _told(self, end: str) -> str:
        return self.told.with_suffix(end).read_text(encoding="utf-8", errors="replace")


def serve(parsed: Path) -> None:
    """Load the libraries, then fork for each line of standard input."""
    for name in LIBRARIES:
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits here for the forks
    with parsed_once(parsed):
        for line in sys.stdin:
            sys.stdout.write(f"{_fork(*json.loads(line))}\n")
            sys.stdout.flush()


def _fork(folder: str, told: str, arguments: list[str]) -> int:
    """Fork a process that forks the command and waits for it; return the number of the command."""
    back, out = os.pipe()
    if not os.fork():
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        child = os.fork()
        if not child:
            _become(folder, told, arguments)
        os.write(out, str(child).encode())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        fresh = Path(told).with_suffix(".ended")
        fresh.write_text(str(code), encoding="ascii")
        fresh.replace(fresh.with_suffix(".code"))
        os._exit(0)
    number = int(os.read(back, 20))
    os.close(back)
    os.close(out)
    return number


def _become(folder: str, told: str, arguments: list[str]) -> NoReturn:
    """Be the command, and never return."""
    from flows.cli import main

    code = 70
    try:
        os.setsid()
        os.chdir(folder)
        for number, end in ((0, ""), (1, ".out"), (2, ".err")):
            name = f"{told}{end}" if end else os.devnull
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), number)
        code = main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
