"""What a run did is one value with one JSON shape, and a line of `<workspace>/runs.jsonl`: ids, counts, times."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from flows.errors import Finding, Place, QdeepError, is_full
from flows.settings import TIMEZONE, Settings

FINE, FINDINGS, COULD_NOT_RUN, BUSY, INTERRUPTED = 0, 1, 2, 3, 130
Status = Literal["landed", "held", "refused", "unchanged", "failed", "built", "published", "skipped"]


@dataclass(frozen=True)
class Item:
    """One step of a run: a delivery taken in, the build, or the release.

    Attributes:
        step: `delivery`, `build` or `release`.
        status: What became of it; `failed` means that the next run tries again.
        source, delivery_id, file: Of a delivery.
        read, landed, refused: Rows of a delivery; read = landed + refused.
        counts: Further counts of a build or a release.
        findings: What was found in this step.
    """

    step: Literal["delivery", "build", "release"]
    status: Status
    source: str = ""
    delivery_id: str = ""
    file: str = ""
    read: int = 0
    landed: int = 0
    refused: int = 0
    counts: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the item as plain JSON values, without its findings and without what does not apply."""
        names = ("source", "delivery_id", "file", "read", "landed", "refused") if self.step == "delivery" else ()
        return {"step": self.step, "status": self.status} | {n: getattr(self, n) for n in names} | self.counts


@dataclass(frozen=True)
class RunResult:
    """What one run did.

    Attributes:
        command: Command that ran.
        exit: Exit code: 0 fine, 1 findings, 2 could not run, 3 busy.
        release: Id of the current release, empty where there is none.
        items: Steps in the order in which they were done.
        findings: All findings that are new in this run.
        note: One sentence for people.
        engine: What worked the steps; `none` where there was nothing to do.
    """

    command: str
    exit: int
    release: str = ""
    items: tuple[Item, ...] = ()
    findings: tuple[Finding, ...] = ()
    note: str = ""
    engine: str = "none"

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do for the reader."""
        return self.exit == FINE

    def as_dict(self) -> dict[str, Any]:
        """Return the one JSON shape of all commands."""
        return shape(
            self.command,
            self.exit,
            [item.as_dict() for item in self.items],
            self.findings,
            release=self.release,
            note=self.note,
        )


def shape(  # noqa: PLR0913 - the keys of the one shape
    command: str,
    code: int,
    items: list[dict[str, Any]],
    findings: tuple[Finding, ...] = (),
    *,
    release: str = "",
    note: str = "",
) -> dict[str, Any]:
    """Return what every command prints under `-o json`; keys are added in time, never changed."""
    return {
        "command": command,
        "ok": code == FINE,
        "exit": code,
        "release": release or None,
        "note": note,
        "items": items,
        "findings": [finding.as_dict() for finding in findings],
    }


def needs_attention(findings: Iterable[Finding]) -> bool:
    """Return whether somebody has to act: warnings (W-) land their rows, notes (I-) concern no data."""
    return any(finding.code.startswith("E") for finding in findings)


def failed(step: Literal["delivery", "build", "release"], error: BaseException, place: Place | None = None) -> Item:
    """Return the item of a step that broke; its finding names the kind of error and the line of code, no value."""
    where = place or Place()
    finding = what_broke(error, where)
    return Item(step, "failed", where.source, where.delivery_id, where.file, findings=(finding,))


def what_broke(error: BaseException, where: Place) -> Finding:
    """Turn any error into a finding without values.

    The text of a foreign error may hold a cell of a row ("could not convert ..."), so only its type and the
    place in the code are kept.
    """
    if isinstance(error, QdeepError):
        return replace(error.finding, where=_filled(error.finding.where, where))
    if isinstance(error, OSError) and error.errno is not None:
        return Finding(
            "E-405", f"The disk refused: {os.strerror(error.errno)}.", where, expected="room on a writable disk"
        )
    if is_full(error):
        return Finding("E-405", "The disk is full.", where, expected="room on a writable disk")
    return Finding(
        "E-408",
        f"qdeep itself failed: {type(error).__name__} at {_code_place(error)}.",
        where,
        expected="no such failure: please report this line",
    )


def _filled(place: Place, other: Place) -> Place:
    """Return a place with what it leaves open taken from another."""
    return Place(**{name: value or getattr(other, name) for name, value in vars(place).items()})


def _code_place(error: BaseException) -> str:
    trace, ours, innermost = error.__traceback__, "", ""
    root = str(Path(__file__).resolve().parent)
    while trace:
        file = trace.tb_frame.f_code.co_filename
        innermost = f"{Path(file).parent.name}/{Path(file).name}:{trace.tb_lineno}"
        ours = innermost if file.startswith(root) else ours
        trace = trace.tb_next
    return f"{ours} (in {innermost})" if ours and ours != innermost else innermost


def log(settings: Settings, result: RunResult, started: datetime) -> None:
    """Append one line to the log of runs, whole or not at all."""
    ended = datetime.now(TIMEZONE)
    deliveries = [item for item in result.items if item.step == "delivery"]
    line = {
        "command": result.command,
        "started_at": started.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 1),
        "engine": result.engine,
        "exit": result.exit,
        "release": result.release or None,
        "note": result.note,
        "deliveries": dict(sorted(Counter(item.status for item in deliveries).items())),
        "rows": {name: sum(getattr(item, name) for item in deliveries) for name in ("read", "landed", "refused")},
        "findings": dict(sorted(Counter(finding.code for finding in result.findings).items())),
    }
    settings.workspace.mkdir(parents=True, exist_ok=True)
    handle = os.open(settings.workspace / "runs.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        is_torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"  # by a full disk: it must not take the next along
        os.write(handle, (("\n" if is_torn else "") + json.dumps(line, ensure_ascii=False) + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def last_run(settings: Settings) -> dict[str, Any] | None:
    """Return the last whole line of the log of runs; a line torn by a power cut is passed over."""
    path = settings.workspace / "runs.jsonl"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    for line in reversed(lines):
        try:
            return json.loads(line)
        except json.JSONDecodeError:
            continue
    return None
