"""What is fuzzed: the gates of the run, the counters and readers of the reading process, and ways that must agree."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.contracts.model import FileStyle
from flows.errors import QdeepError
from flows.intake.archive import look_through
from flows.intake.bookscan import scan_workbook
from flows.intake.inside import eventlog, objects, ods, records, savwalk, xls, xlsb
from flows.intake.inside.common import RefusedError
from flows.intake.limits import Limits
from flows.intake.textscan import scan_text
from tests.fuzz import cells_twice, cut_twice
from tests.unit.reading import Kept

LIMITS = Limits(file_bytes=1 << 20, unpacked_bytes=4 << 20, record_bytes=4096, columns=50, cells=100_000)
INNER = {
    "columns": 50,
    "cells": 100_000,
    "record": 1 << 16,
    "unpacked": 4 << 20,
    "ratio": 200,
    "dense": 1 << 20,
}
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))


def _job(path: Path, form: str) -> dict[str, Any]:
    table = {"name": "rows", "place": "", "parent": "", "sheet": "", "target": str(FOLDER / "out.parquet")}
    return {"path": str(path), "format": form, "tables": [table], "records": "", "case": "", "limits": INNER}


def _text(path: Path) -> None:
    scan_text(path, FileStyle(format="csv"), Kept(), gzipped=False, limits=LIMITS)


def _packed(path: Path) -> None:
    scan_text(path, FileStyle(format="csv"), Kept(), gzipped=True, limits=LIMITS)


def _piped(path: Path) -> None:
    """Cut a text and parse it at the other end of a pipe; its first sign says how it is written."""
    data = path.read_bytes()
    style = cut_twice.STYLES[(data[0] if data else 0) % len(cut_twice.STYLES)]
    path.write_bytes(data[1:])
    wrong = cut_twice.fault(path, style, LIMITS, FOLDER)
    assert not wrong, wrong


def _cells(path: Path) -> None:
    wrong = cells_twice.fault(path.read_bytes(), FOLDER)
    assert not wrong, wrong


# Target -> what reads a file; the suffix tells which clean file of tests/unit/writing.py it starts from.
TARGETS: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (_text, ".csv"),
    "gzip": (_packed, ".csv.gz"),
    "workbook": (lambda path: scan_workbook(path, ("",), LIMITS), ".xlsx"),
    "archive": (lambda path: look_through(path, LIMITS), ".ods"),
    "ods": (lambda path: ods.sheets(str(path), INNER), ".ods"),
    "xlsb": (lambda path: xlsb.sheets(str(path), INNER), ".xlsb"),
    "xls": (lambda path: xls.sheets(str(path), INNER), ".xls"),
    "sav": (lambda path: savwalk.count_cases(str(path), INNER), ".sav"),
    "json": (lambda path: records.read(_job(path, "json")), ".json"),
    "jsonl": (lambda path: records.read(_job(path, "jsonl")), ".jsonl"),
    "xes": (lambda path: eventlog.read(_job(path, "xes")), ".xes"),
    "ocel": (lambda path: objects.read(_job(path, "ocel")), ".ocel"),
    "piped": (_piped, ".csv"),
    "cells": (_cells, ".csv"),
}
INNER_TARGETS = ("ods", "xlsb", "xls", "sav", "json", "jsonl", "xes", "ocel")


def outcome(target: str, data: bytes) -> str:
    """Read bytes; return `read` or the code of the refusal.

    Raises:
        Exception: What a gate may never raise: anything but a refusal.
    """
    path = FOLDER / "file.bin"
    path.write_bytes(data)
    try:
        TARGETS[target][0](path)
    except QdeepError as error:
        return error.finding.code
    except RefusedError as error:
        return str(error.finding["code"])
    except Exception:
        if target not in INNER_TARGETS:
            raise
        return "E-114"  # the reading process has ended, as a limit or a parser may end it
    return "read"


def seeds(target: str, folder: Path) -> None:
    """Write clean files for a target to start from."""
    import gzip

    from tests.unit.writing import WRITERS

    suffix = TARGETS[target][1]
    if suffix == ".ocel":
        _object_logs(folder)
        return
    table = (("id", "name"), [("1", "a"), ("2", "b; c")])
    for number, style in enumerate({suffix, ".zsav" if suffix == ".sav" else suffix}):
        write, _ = WRITERS[style.removesuffix(".gz")]
        path = folder / f"seed{number}"
        write(path, table)
        if suffix.endswith(".gz"):
            path.write_bytes(gzip.compress(path.read_bytes()))


def _object_logs(folder: Path) -> None:
    """Write an object-centric log of one event in its three forms; a case is an object of the one type."""
    from tests.hostile.others import ocel_database

    attribute, event = {"name": "a", "value": "b"}, {"id": "e", "type": "A", "time": "2026-01-01T10:00:00Z"}
    log = {
        "objects": [{"id": "o", "type": "order", "attributes": [attribute]}],
        "events": [event | {"attributes": [attribute], "relationships": [{"objectId": "o", "qualifier": "q"}]}],
    }
    inside = '<attributes><attribute name="a">b</attribute></attributes>'
    (folder / "seed0").write_text(json.dumps(log), encoding="utf-8")
    (folder / "seed1").write_text(
        f'<log><objects><object id="o" type="order">{inside}</object></objects><events>'
        f'<event id="e" type="A" time="2026-01-01T10:00:00Z">{inside}'
        '<objects><relationship object-id="o" qualifier="q"/></objects></event></events></log>',
        encoding="utf-8",
    )
    (folder / "seed2").write_bytes(ocel_database())
