"""After this process has ended, each table of one file stands as parquet, all cells as text, and a JSON tells its rows.

Started by read.py with a job file as its only argument; it imports nothing of qdeep but `intake/inside`, limits itself
before it loads a parser, and hands back nothing but files. What it prints is thrown away, because a parser's message
may quote a row.
"""

import ctypes
import errno
import importlib
import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

SPARE_SECONDS = 5  # between SIGXCPU, which tells that the bound was hit, and SIGKILL, which anybody may send
PR_SET_PDEATHSIG = 1  # linux/prctl.h
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Do the job, and write its result last."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    _limit_self(job["bounds"])
    sys.path.insert(0, str(ROOT))
    module, function = job["reader"].split(".")
    read = getattr(importlib.import_module(f"flows.intake.inside.{module}"), function)
    Path(job["result"]).write_text(json.dumps(_result(read, job)), encoding="utf-8")


def _result(read: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Return what was read, or why the reader refuses the file: a code and a place of our own wording."""
    try:
        return {"tables": read(job)}
    except Exception as error:
        finding = getattr(error, "finding", None)
        if finding is None:
            raise
        return {"refusal": finding}


def _limit_self(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # never outlives the run that started it
    for name, kind in (("memory", resource.RLIMIT_AS), ("cpu", resource.RLIMIT_CPU), ("file", resource.RLIMIT_FSIZE)):
        spare = SPARE_SECONDS if kind == resource.RLIMIT_CPU else 0
        resource.setrlimit(kind, (limits[name], limits[name] + spare))


def _exit_status(error: BaseException) -> int:
    """Tell a full disk and a lack of memory from a file that cannot be parsed; the message itself stays here."""
    text = str(error)
    is_full = "No space left" in text or "quota exceeded" in text
    if is_full or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return errno.ENOSPC
    is_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException"
    return errno.ENOMEM if is_memory else 1


if __name__ == "__main__":
    try:
        main()
    except BaseException as error:  # noqa: BLE001 - a panic of a parser is no Exception
        sys.exit(_exit_status(error))
