"""A command run as a whole process tree, with its wall time, processor time and peak memory."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

LOOK_SECONDS = 0.02
SAID_LINES = 12  # of what a failing run said


@dataclass(frozen=True)
class Cost:
    """What one process and its children cost.

    Attributes:
        peak_mb: Largest sum, seen at any look, of the memory of all processes that then lived; the kernel's own
            peak of each process (VmHWM) stands in for what it holds, so that no peak between two looks is lost.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(module: str, *arguments: str | Path) -> Cost:
    """Run `python -m module arguments` and return what it cost; a failing run raises with its last words."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace") as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        peak = PeakMemory(process.pid)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        peak.over.set()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            words = "".join(said.readlines()[-SAID_LINES:])
            raise RuntimeError(f"{module} ended with {process.returncode}:\n{words}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak.mb)


class PeakMemory(Thread):
    """Looks at a process tree until it is told that it is over."""

    def __init__(self, root: int) -> None:
        """Take the process at the root of the tree."""
        super().__init__(daemon=True)
        self.root, self.mb, self.over = root, 0.0, Event()

    def run(self) -> None:
        """Keep the largest sum."""
        while not self.over.wait(LOOK_SECONDS):
            self.mb = max(self.mb, sum(_peak_kb(pid) for pid in _tree(self.root)) / 1024)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _tree(child)


def _peak_kb(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    except OSError:
        return 0
    return int(found.group(1)) if found else 0
