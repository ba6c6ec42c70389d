"""After this every table of a received file is raw text with its place in the file, as many rows as were counted.

The gates look first; a process of its own, with bounds on memory, time and files, then parses; what it read must equal
what the gates counted.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.contracts.model import Contract, FileStyle
from flows.errors import Place, QdeepError
from flows.intake.archive import look_through
from flows.intake.bookscan import SheetScan, scan_workbook
from flows.intake.filegate import check_kind, make_folder, no_room
from flows.intake.formats import FORMATS
from flows.intake.limits import LIMITS, MIB, Limits
from flows.intake.lookout import refused_as
from flows.intake.piped import opened
from flows.intake.raw import ARROW, RawFile, RawTable
from flows.intake.textscan import scan_text
from flows.intake.unpack import ROWS, gunzip, members
from flows.settings import Settings

CHILD = Path(__file__).with_name("read_child.py")
ASIDE = ("records", "case", "value_labels", "user_missing")  # what single formats need to know
CELL_BYTES = 150  # a cell of a workbook in memory, twice over: parser and columns (measured 90 to 130)
STARVED = 8  # our clock gives twice the processor time of the bound; who got less than a quarter of that was starved
# The bounds of a reading process end it by SIGXCPU, SIGXFSZ or an error: these come from the kernel or a person.
KILLED = "E-134"
FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT)


def read_tables(
    path: Path, contract: Contract, settings: Settings, workdir: Path | None = None, limits: Limits = LIMITS
) -> RawFile:
    """Read a file as its contract declares it.

    Args:
        path: The file; it is opened for reading only and never changed.
        contract: Contract of its source.
        settings: Settings of the run.
        workdir: Folder for the parquet files; by default a new one in the tmp folder of the workspace.
        limits: Bounds of one file.

    Raises:
        QdeepError: E-101 to E-119, E-130 to E-133 and E-312, when the file as a whole cannot be read.
    """
    folder = workdir or Path(tempfile.mkdtemp(prefix="read-", dir=make_folder(settings.tmp)))
    # A repeat group within one row has no table of its own yet.
    apart = {name: repeat for name, repeat in contract.file.repeats.items() if "sheet" in repeat}
    task = Task(path.absolute(), path, replace(contract.file, repeats=apart), folder, settings.memory_limit, limits)
    is_gzipped = check_kind(path, contract.file, limits)
    return _read_packed(task) if task.style.packing else _read_plain(task, is_gzipped=is_gzipped)


@dataclass(frozen=True)
class Task:
    """One file to be read: how it is written, where the tables go, and the bounds.

    Attributes:
        path: The plain file.
        received: The file as it was received; findings name it.
    """

    path: Path
    received: Path
    style: FileStyle
    folder: Path
    memory: str
    limits: Limits

    def place(self, sheet: str = "", line: int | None = None) -> Place:
        """Return the place of a finding."""
        return Place(file=self.received.name, sheet=sheet, line=line)


def _read_packed(task: Task) -> RawFile:
    """Read the members of an archive; in a text format each table is a member of its own."""
    paths = members(task.path, task.style, task.folder, task.limits)
    plain = replace(task.style, packing="")
    inner = {name: replace(task, path=path, style=_member_style(name, plain)) for name, path in paths.items()}
    zipped = {name: check_kind(one.path, one.style, task.limits) for name, one in inner.items()}
    if not FORMATS[plain.format].is_text:
        return _read_plain(inner[ROWS], is_gzipped=zipped[ROWS])
    read = [_read_text(one, name, is_gzipped=zipped[name]) for name, one in inner.items()]
    tables = {name: table for one in read for name, table in one.tables.items()}
    counted = {name: count for one in read for name, count in one.rows_counted.items()}
    return RawFile(tables, plain.encoding, rows_counted=counted)


def _member_style(name: str, style: FileStyle) -> FileStyle:
    """Return how a member is written: that of a repeat group has one header row and no title."""
    return style if name == ROWS else replace(style, title_rows=0, header_rows=1, header_row=0)


def _read_plain(task: Task, *, is_gzipped: bool) -> RawFile:
    style = FORMATS[task.style.format]
    if style.is_text:
        return _read_text(task, ROWS, is_gzipped=is_gzipped)
    if is_gzipped:
        task = replace(task, path=gunzip(task.path, task.folder, task.limits))
        check_kind(task.path, task.style, task.limits)
    return _read_workbook(task) if style.reader == "sheets.read" else _read_other(task)


def _read_text(task: Task, name: str, *, is_gzipped: bool) -> RawFile:
    """Cut a text into records, and let the reading process parse them meanwhile; once more where that was killed."""
    try:
        return _cut_and_parsed(task, name, is_gzipped=is_gzipped)
    except QdeepError as error:
        if error.finding.code != KILLED:
            raise
    return _cut_and_parsed(task, name, is_gzipped=is_gzipped)


def _cut_and_parsed(task: Task, name: str, *, is_gzipped: bool) -> RawFile:
    style, target = task.style, task.folder / f"{name}.raw{ARROW}"
    bounds = _bounds(_text_bytes(task, is_gzipped=is_gzipped), 0, task.limits)
    with ThreadPoolExecutor(1) as beside, opened(task.folder) as pipe:
        job = {"pipe": str(pipe.path), "target": str(target), "delimiter": style.delimiter, "quote": style.quote}
        parsing = pipe.reading = beside.submit(_parse, job, task, bounds, 1)
        with refused_as("E-114", task.received, "a text that its program can export anew"):
            scan = scan_text(task.path, style, pipe, gzipped=is_gzipped, limits=task.limits)
            pipe.end()
        found = parsing.result()["rows"]
    _compare(found, scan.records - len(scan.bad_rows), task.place())
    table = RawTable(name, "", tuple(found["header"]), target, scan.records, scan.bad_rows)
    return RawFile({name: table}, style.encoding, rows_counted={name: scan.records})


def _text_bytes(task: Task, *, is_gzipped: bool) -> int:
    """Return the most octets that a text may have as UTF-8, in which three are the most for one of an older code."""
    size = task.path.stat().st_size
    return min(task.limits.unpacked_bytes, size * task.limits.ratio if is_gzipped else 3 * size)


def _read_other(task: Task) -> RawFile:
    """Read a format whose counter runs in the reading process too, before and apart from the parser."""
    style, form = task.style, FORMATS[task.style.format]
    size = look_through(task.path, task.limits) if form.is_archive else task.path.stat().st_size
    sheets = {ROWS: style.sheet} | {name: repeat["sheet"] for name, repeat in style.repeats.items()}
    tables = [_other_table(name, sheet, task) for name, sheet in sheets.items()]
    job = {"tables": tables} | {name: getattr(style, name) for name in ASIDE}
    cells = min(task.limits.cells, size // 6) if form.is_book else 0
    found = _parse(job, task, _bounds(size, cells, task.limits))
    raw, counted = {}, {}
    for table in tables:
        one, name = found[table["name"]], table["name"]
        _compare(one, one["counted"], task.place(one.get("sheet", "")))
        counted[name] = one["counted"]
        raw[name] = RawTable(name, one.get("sheet", ""), tuple(one["header"]), Path(table["target"]), one["rows"])
    return RawFile(raw, "", rows_counted=counted, lists=tuple(found[ROWS].get("lists", ())))


def _other_table(name: str, sheet: str, task: Task) -> dict[str, Any]:
    return {
        "name": name,
        "sheet": sheet,
        "place": sheet,
        "parent": task.style.repeats[name]["parent"] if name != ROWS else "",
        "target": str(task.folder / f"{name}.raw.parquet"),
        **_header_block(name, task.style),
    }


def _header_block(name: str, style: FileStyle) -> dict[str, int]:
    """Return title and header rows; a sheet of a repeat group has one header row, no title."""
    if name != ROWS:
        return {"title_rows": 0, "header_rows": 1, "header_row": 0}
    return {"title_rows": style.title_rows, "header_rows": style.header_rows, "header_row": style.header_row}


def _read_workbook(task: Task) -> RawFile:
    sheets = {ROWS: task.style.sheet} | {name: repeat["sheet"] for name, repeat in task.style.repeats.items()}
    book = scan_workbook(task.path, tuple(sheets.values()), task.limits)
    scans = {name: book.scans[sheet] for name, sheet in sheets.items()}
    tables = [_sheet_job(name, scan, task, is_1904=book.is_1904) for name, scan in scans.items()]
    cells = sum(table["width"] * table["height"] for table in tables)
    job = {"tables": tables}
    found = _parse(job, task, _bounds(book.unpacked_bytes, cells, task.limits))
    raw, counted = {}, {}
    for table in tables:
        name, scan = table["name"], scans[table["name"]]
        counted[name] = sum(1 for row in scan.rows if row > table["title_rows"] + table["header_rows"])
        _compare(found[name], counted[name], task.place(scan.name))
        raw[name] = RawTable(name, scan.name, tuple(found[name]["header"]), Path(table["target"]), counted[name])
    return RawFile(raw, "", book.sheets, counted)


def _sheet_job(name: str, scan: SheetScan, task: Task, *, is_1904: bool) -> dict[str, Any]:
    """Return what the reading process must know of a sheet."""
    block = _header_block(name, task.style)
    title, header = block["title_rows"], block["header_rows"]
    if not any(title < row <= title + header for row in scan.rows):
        raise QdeepError("E-101", "The sheet holds no header.", task.place(scan.name), "a header and rows")
    return {
        "name": name,
        "sheet": scan.name,
        "target": str(task.folder / f"{name}.raw.parquet"),
        **block,
        "first_column": scan.first_column,
        "width": scan.last_column - scan.first_column + 1,
        "height": scan.height,
        "merges": [merge for merge in scan.merges if title < merge[0] <= title + header],
        "errors": scan.errors,
        "is_1904": is_1904,
    }


def _compare(found: dict[str, Any], counted: int, where: Place) -> None:
    if found["rows"] != counted:
        raise QdeepError("E-115", "The reader found other rows than were counted.", where, f"{counted} rows")


def _bounds(size: int, cells: int, limits: Limits) -> dict[str, int]:
    """Return bounds of the reading process that grow with the file."""
    return {
        "memory": limits.child_bytes + 2 * size + CELL_BYTES * cells,
        "cpu": limits.child_seconds * (1 + size // (50 * MIB)),
        "file": 256 * MIB + 8 * size,  # an empty cell is one octet of text and five of Arrow
    }


def _parse(job: dict[str, Any], task: Task, bounds: dict[str, int], tries: int = 2) -> dict[str, Any]:
    """Run the reading process, again where it was killed, and return what it says of each table.

    Raises:
        QdeepError: E-114 when it died, ran out of time or memory, or left no result; E-134 when something else ended
            it; E-405 on a full disk; what the reader itself refuses.
    """
    job_file, result = task.folder / "read.job.json", task.folder / "read.result.json"
    result.unlink(missing_ok=True)
    job |= {
        "reader": FORMATS[task.style.format].reader,
        "format": task.style.format,
        "path": str(task.path),
        "memory": task.memory,
        "result": str(result),
        "folder": str(task.folder),
        "bounds": bounds,
        "limits": _inner_limits(task.limits),
    }
    job_file.write_text(json.dumps(job), encoding="utf-8")
    command = [sys.executable, "-I", str(CHILD), str(job_file)]
    for _ in range(tries):
        status = _run(command, task.folder, 2 * bounds["cpu"])
        if status not in FROM_OUTSIDE:
            break
    else:
        text = (
            "The reading process was ended from outside, twice: the machine lacked memory or time, or someone ended it."
        )
        raise QdeepError(KILLED, text, task.place(), "free memory; the next run reads the file again")
    if status == errno.ENOSPC:
        raise no_room(task.folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    if status != 0 or not result.is_file():
        raise QdeepError("E-114", _how_it_ended(status), task.place(), "a file that its program can save anew")
    answer = json.loads(result.read_text(encoding="utf-8"))
    if "refusal" in answer:
        one = answer["refusal"]
        raise QdeepError(one["code"], one["text"], task.place(one["sheet"], one["line"]), one["expected"])
    return answer["tables"]


def _inner_limits(limits: Limits) -> dict[str, int]:
    """Return the bounds that the reading process keeps itself."""
    return {
        "columns": limits.columns,
        "cells": limits.cells,
        "record": limits.row_bytes,
        "unpacked": limits.unpacked_bytes,
        "ratio": limits.ratio,
        "dense": limits.ratio_from_bytes,
    }


def _run(command: list[str], folder: Path, seconds: int) -> int:
    """Run a command with nothing of our environment; return its exit status, negative for a signal."""
    process = subprocess.Popen(  # noqa: S603 - our own file; its one argument is a path that we made
        command,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return _out_of_time(process, seconds)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _out_of_time(process: "subprocess.Popen[bytes]", seconds: int) -> int:
    """End a process by our clock; one that hardly had a turn was held up by the machine, not its file."""
    process.kill()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return -signal.SIGKILL if used.ru_utime + used.ru_stime < seconds / STARVED else -signal.SIGXCPU


def _how_it_ended(status: int) -> str:
    if status in (-signal.SIGXCPU, -signal.SIGABRT, errno.ENOMEM):
        return "The file could not be read within its time or memory."
    return "The file could not be parsed; its inside is damaged."
