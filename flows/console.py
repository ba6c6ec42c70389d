"""What a command says reaches any terminal, file or pipe, in whatever encoding that has, and never as a traceback."""

import atexit
import json
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

from flows.errors import Finding
from flows.runs import Item
from flows.steps import Event, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

WIDTH_OFF_TERMINAL = 10_000  # nothing is cut where a program or a file reads along
SHOWN_FINDINGS = 40
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}
APOSTROPHES = str.maketrans({"ʻ": "'", "ʼ": "'"})
WORDS = {"ok": "OK  ", "warn": "WARN", "fail": "FAIL"}


def prepare() -> None:
    """Make both streams survive any character, and end without the binding's leak reports."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    hush_at_exit()


def hush_at_exit() -> None:
    """Keep quiet what the DuckDB binding prints while Python ends (`nanobind: leaked ...`); it is harmless."""
    atexit.register(_hush)


def _hush() -> None:
    """Close stderr; the first function registered at exit runs last."""
    with suppress(OSError, ValueError):
        sys.stderr.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def can_show(text: str) -> bool:
    """Return whether stdout has all letters of a text; the two Uzbek apostrophes may be replaced."""
    try:
        text.translate(APOSTROPHES).encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def leave_pipe() -> None:
    """Stop writing to a pipe that its reader has closed; Python would complain about it on the way out."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str = "", style: str = "") -> None:
    """Print one line on stdout."""
    _write(sys.stdout, text, style)


def tell(text: str, style: str = "") -> None:
    """Print one line on stderr: talk, not data."""
    _write(sys.stderr, text, style)


def say_json(value: dict[str, Any]) -> None:
    """Print one JSON object on stdout, in ASCII where the console cannot show all letters."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    say(json.dumps(value, ensure_ascii=not encoding.lower().startswith("utf")))


def mark(state: str) -> str:
    """Return a check mark, or a word where the console has no such letter."""
    return MARKS[state] if can_show("".join(MARKS.values())) else WORDS[state]


def say_state(state: str, text: str) -> None:
    """Print one line that begins with the mark of its state: ok, warn or fail."""
    _write(sys.stdout, f"{mark(state)} {text}", COLOURS[state] if state != "ok" else "")


def say_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right and get thousands separators."""
    from rich.table import Table

    listed = [list(row) for row in rows]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for place, header in enumerate(headers):
        is_number = bool(listed) and all(isinstance(row[place], int) for row in listed)
        table.add_column(header, justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    for row in listed:
        table.add_row(*(str(v) if name == "line" else _cell(v) for name, v in zip(headers, row, strict=True)))
    _render(sys.stdout, table)


def say_findings(findings: Sequence[Finding]) -> None:
    """Print findings one a line, those of the run first, then of deliveries, then of rows; the rest is counted.

    The rows of a delivery that was refused for itself are left out: they are wrong because it is. One that was
    refused for its rows (E-206) is wrong because they are.
    """
    own = [one for one in findings if _rank(one) == 1 and one.code != "E-206"]
    whole = {one.where.delivery_id for one in own if one.where.delivery_id}
    told_ones = [one for one in findings if _rank(one) < 2 or one.where.delivery_id not in whole]  # noqa: PLR2004 - rows
    ordered = sorted(told_ones, key=lambda one: (_rank(one), one.code, str(one.where)))
    for finding in ordered[:SHOWN_FINDINGS]:
        say(f"  {told(finding)}", "red" if finding.code.startswith("E") else "yellow")
    if len(ordered) > SHOWN_FINDINGS:
        say(f"  and {len(ordered) - SHOWN_FINDINGS:,} more")
    if len(ordered) < len(findings) or len(ordered) > SHOWN_FINDINGS:
        say("  -o json lists all, with the rows of refused deliveries")


def _rank(finding: Finding) -> int:
    """Return 0 for a finding of the run, 1 of a delivery, 2 of rows, 3 for a warning, 4 for a note."""
    if not finding.code.startswith("E"):
        return 3 if finding.code.startswith("W") else 4
    return {"E-1": 1, "E-2": 1, "E-3": 2}.get(finding.code[:3], 0)


def told(finding: Finding) -> str:
    """Return a finding as one line: code, place, rows, text and what was expected."""
    has_count = not finding.rows or finding.text.startswith(str(finding.rows))
    rows = "" if has_count else f"{finding.rows:,} row{'s' if finding.rows > 1 else ''}: "
    more = [line for line in finding.lines if line != finding.where.line]
    lines = f" Lines {_lines(finding.lines)}." if more else ""
    place = f"{finding.where}: " if str(finding.where) else ""
    expected = f" Expected: {finding.expected.rstrip('.')}." if finding.expected else ""
    return f"{finding.code}  {place}{rows}{finding.text}{lines}{expected}"


def source_line(name: str, items: Sequence[Item]) -> str:
    """Return what became of one source as one line."""
    states = {item.status for item in items}
    if states == {"unchanged"}:
        return f"{name:<32} {len(items):>4} files  unchanged"
    counts = ", ".join(f"{sum(item.status == state for item in items)} {state}" for state in sorted(states))
    landed, refused = sum(item.landed for item in items), sum(item.refused for item in items)
    return f"{name:<32} {len(items):>4} files  {landed:>9,} rows landed {refused:>7,} refused   {counts}"


@contextmanager
def progress(*, is_json: bool) -> Generator[Progress]:
    """Show how a run goes: bars on a terminal, one line per finished step elsewhere.

    Args:
        is_json: Whether stdout is kept for JSON; the lines then go to stderr.
    """
    if not _is_terminal(sys.stderr):
        yield _lines_only(sys.stderr if is_json else sys.stdout)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_console(sys.stderr), transient=True) as bars:
        yield _with_bar(bars, bars.add_task("start", total=None), is_json=is_json)


def _lines_only(stream: TextIO) -> Progress:
    def show(event: Event) -> None:
        line = _line_of(event)
        if line:
            _write(stream, line, "")

    return show


def _with_bar(bars: "Bars", task: "TaskID", *, is_json: bool) -> Progress:
    def show(event: Event) -> None:
        line = _line_of(event)
        if event.kind == "plan":
            bars.update(task, total=event.total + 2)
        elif event.kind == "start":
            bars.update(task, description=event.name)
        elif line and _is_terminal(sys.stdout):
            bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        elif line:
            _write(sys.stderr if is_json else sys.stdout, line, "")
        if event.kind in ("delivery", "build", "release"):
            bars.advance(task)

    return show


def _line_of(event: Event) -> str:
    if event.kind == "source":
        return source_line(event.name, event.items)
    if event.kind not in ("build", "release"):
        return ""
    counts = {name: value for name, value in event.items[-1].counts.items() if name != "build_key"}
    told_counts = "  ".join(f"{name} {_cell(value)}" for name, value in counts.items())
    return f"{event.kind:<32} {event.items[-1].status}  {told_counts}"


def _lines(lines: Sequence[int]) -> str:
    return ", ".join(str(line) for line in lines[:5]) + (" ..." if len(lines) > 5 else "")  # noqa: PLR2004 - enough to look


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _console(stream: TextIO) -> Any:
    from rich.console import Console

    return Console(file=stream, highlight=False, width=None if _is_terminal(stream) else WIDTH_OFF_TERMINAL)


def _render(stream: TextIO, renderable: object) -> None:
    """Write through the stream itself, so that a closed pipe is met in one place."""
    console = _console(stream)
    with console.capture() as capture:
        console.print(renderable)
    stream.write("\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n")


def _write(stream: TextIO | None, text: str, style: str) -> None:
    if stream is None:
        return
    if style and _is_terminal(stream) and not os.environ.get("NO_COLOR"):
        from rich.text import Text

        console = _console(stream)
        with console.capture() as capture:
            console.print(Text(text, style=style), soft_wrap=True)
        text = capture.get().rstrip("\n")
    is_utf8 = (stream.encoding or "").lower().startswith("utf")
    stream.write((text if is_utf8 else text.translate(APOSTROPHES)) + "\n")
    stream.flush()
