"""An XES log becomes one row an event, the attributes of its trace beside its own; names are those of the log.

Trace attributes carry the prefix `case:`; an attribute inside another is named `outer/inner` (IEEE 1849-2023).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.intake.inside.common import RefusedError, Row, damaged, moment_text, number_text, write_table
from flows.intake.inside.xmlgate import Feeder, parser

CHUNK = 1 << 20
PLAIN, HOLDERS = ("string", "date", "int", "float", "boolean", "id"), ("list", "container", "values")
EVENT = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(?:[\w.-]+:)?event[\s>/]", re.DOTALL)
OPEN = re.compile(rb"<!--|<!\[CDATA\[")
# Elements below the root that make a log object-centric: OCEL 1.0 begins with `events`, OCEL 2.0 with types.
OBJECT_CENTRIC = {"events": "OCEL 1.0", "objects": "OCEL", "object-types": "OCEL 2.0", "event-types": "OCEL 2.0"}


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read one XES log, twice: for the names of its attributes, and for its events."""
    limits, table = job["limits"], job["tables"][0]
    names: dict[str, None] = {}
    events = 0
    for _, row in _events(job):
        names |= dict.fromkeys(row)
        events += 1
        if len(names) > limits["columns"]:
            raise RefusedError("E-113", "The log has too many attributes.", expected=f"at most {limits['columns']}")
    if not names:
        raise RefusedError("E-101", "The log holds no event.", expected="events with attributes")
    rows: Iterator[Row] = ((line, [row.get(name) for name in names]) for line, row in _events(job))
    found = write_table(table["target"], list(names), rows, limits)
    counted = count_marks(job["path"], EVENT, b"event")
    return {table["name"]: found | {"counted": counted if counted == events else -1}}


def _events(job: dict[str, Any]) -> Iterator[tuple[int, dict[str, str | None]]]:
    walker = Walker()
    engine = parser(walker.start, walker.end)
    walker.engine, feeder = engine, Feeder(engine, job["limits"])
    with Path(job["path"]).open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            feeder.feed(chunk)
            yield from walker.taken()
    feeder.feed(b"", is_last=True)


class Walker:
    """Follows traces and events, and gathers the rows of the events that have ended."""

    def __init__(self) -> None:
        """Begin before the log."""
        self.engine: Any = None
        self.path: list[str] = []
        self.keys: list[str] = []
        self.trace: dict[str, str | None] = {}
        self.event: dict[str, str | None] = {}
        self.line = 0
        self.rows: list[tuple[int, dict[str, str | None], dict[str, str | None]]] = []

    def taken(self) -> Iterator[tuple[int, dict[str, str | None]]]:
        """Yield the rows of events that are complete; a trace's attributes stand before its events."""
        for line, trace, event in self.rows:
            yield line, trace | event
        self.rows = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        tag = name.rpartition(" ")[2]
        _refuse_objects(self.path, tag)
        self.path.append(tag)
        if tag == "trace":
            self.trace = {}
        elif tag == "event":
            self.event, self.line = {}, self.engine.CurrentLineNumber
        elif self._is_inside():
            self._take_attribute(tag, attributes)
            return
        self.keys.append("")

    def _take_attribute(self, tag: str, attributes: dict[str, str]) -> None:
        """Take what stands in a trace or an event; whatever is no attribute would be lost without a word."""
        if tag not in (*PLAIN, *HOLDERS) or (tag in PLAIN and not attributes.keys() >= {"key", "value"}):
            raise damaged("A trace or an event holds something that is no attribute.", self.engine.CurrentLineNumber)
        self.keys.append(attributes.get("key", ""))
        if "value" in attributes:
            self._set(tag, attributes["value"])

    def _is_inside(self) -> bool:
        """Return whether an attribute here is one of a trace or an event; an event may stand in no trace."""
        return ("trace" in self.path or "event" in self.path) and "global" not in self.path

    def _set(self, kind: str, value: str) -> None:
        name = "/".join(key for key in self.keys if key)
        row = self.event if "event" in self.path else self.trace
        name = name if "event" in self.path else f"case:{name}"
        if name in row and "list" not in self.path:
            raise damaged("An event or a trace holds two values under one name.", self.engine.CurrentLineNumber)
        parts = (row.get(name), value_text(kind, value))
        row[name] = " ".join(part for part in parts if part is not None) or None

    def end(self, name: str) -> None:
        """Take the end of an element."""
        tag = name.rpartition(" ")[2]
        if tag == "event":
            self.rows.append((self.line, dict(self.trace), self.event))
        elif tag == "trace":
            self.trace = {}
        self.path.pop()
        self.keys.pop()


def _refuse_objects(path: list[str], tag: str) -> None:
    """Refuse a log of another standard, whose root is called `log` too: it is not damaged."""
    if len(path) != 1 or tag not in OBJECT_CENTRIC:
        return
    kind = OBJECT_CENTRIC[tag]
    remedy = "an XES log, or an OCEL 2.0 log" if kind == "OCEL 1.0" else "`file.format: ocel` in the contract"
    raise RefusedError("E-104", f"The log is written as {kind}, not as XES.", expected=remedy)


def value_text(kind: str, value: str) -> str | None:
    """Return a value of an attribute as it would stand in a table."""
    if kind == "date":
        return date_text(value)
    if kind in ("int", "float"):
        try:
            return value if re.fullmatch(r"-?\d+", value) else number_text(float(value))
        except ValueError:
            return value or None
    return value or None


def date_text(value: str) -> str | None:
    """Return an ISO moment with a blank for its T, its offset kept."""
    try:
        return moment_text(datetime.fromisoformat(value))
    except ValueError:
        return value or None


def count_marks(path: str, pattern: re.Pattern[bytes], mark: bytes) -> int:
    """Count the elements that a pattern finds, outside comments and literal text, chunk by chunk."""
    count, rest = 0, b""
    with Path(path).open("rb") as file:
        while chunk := file.read(CHUNK):
            buffer, done = rest + chunk, 0
            for match in pattern.finditer(buffer):
                begun = OPEN.search(buffer, done, match.start())
                if begun:
                    break
                done = match.end()
                count += mark in match[0] and not match[0].startswith(b"<!")
            begun = OPEN.search(buffer, done)
            cut = begun.start() if begun else max(done, len(buffer) - 256)
            if begun and len(buffer) - cut > CHUNK * 16:
                raise RefusedError("E-112", "A comment of the XML is too long.")
            rest = buffer[cut:]
    return count
