"""A command run as a whole process, with its wall time, processor time and peak memory."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one process and its children cost. Memory is the peak of the largest single process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(module: str, *arguments: str | Path) -> Cost:
    """Run `python -m module arguments` and return what it cost; a failing run raises."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(time.perf_counter() - start, cpu, usage.ru_maxrss / 1024)
