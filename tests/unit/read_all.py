"""Reads files one after the other, each by the style given, and writes what became of them as JSON.

Run as a process of its own, so that its peak memory and that of its reading processes can be told.
"""

import json
import re
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flows.errors import QdeepError
from tests.unit.reading import places, read, rows

CELLS_SHOWN = 30


def main(jobs: str) -> None:
    """Read each `[path, style]` of a JSON list."""
    found = [one(Path(path), style) for path, style in json.loads(Path(jobs).read_text("utf-8"))]
    sys.stdout.write(json.dumps(found))


def one(path: Path, style: dict[str, Any]) -> dict[str, Any]:
    """Return code and place of a refusal, or header, rows and lines; with processor time and peak memory."""
    started = processor_seconds()
    with TemporaryDirectory() as folder:
        try:
            raw = read(path, Path(folder), **style)
            table = raw.tables["rows"]
            found = {
                "header": table.header,
                "count": table.rows,
                "rows": rows(table)[:CELLS_SHOWN],
                "lines": [line for _, line in places(table)[:CELLS_SHOWN]],
                "bad": [(bad.line, bad.code) for bad in table.bad_rows],
            }
        except QdeepError as error:
            found = {"code": error.finding.code, "place": str(error.finding.where), "text": error.finding.text}
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return found | {"seconds": processor_seconds() - started, "mb": max(own_peak(), children) >> 10}


def processor_seconds() -> float:
    """Return the processor time of this process and of its reading processes so far: a crowded machine adds none."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def own_peak() -> int:
    """Return the peak memory of this process in kB; `getrusage` would count that of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0])


main(*sys.argv[1:])
