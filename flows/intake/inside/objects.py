"""An object-centric log (OCEL 2.0: JSON, XML, SQLite) becomes one row for each event and object of the case type.

Columns: `ocel:oid` (the case), `ocel:eid`, `ocel:activity`, `ocel:timestamp`, the attributes of the event by their
names, those of the case with the prefix `case:`, and `ocel:type:<type>` with the other objects of the event.
"""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flows.intake.inside.common import RefusedError, Row, cell_text, damaged, write_table
from flows.intake.inside.eventlog import date_text
from flows.intake.inside.xmlgate import Feeder, parser

CHUNK = 1 << 20
TYPE, TYPES_NAMED = re.compile(r"[^\W\d_][\w .:/()-]{0,40}"), 8  # a name that a message may show, and how many
SQLITE = b"SQLite format 3\0"
OLD_JSON = {"ocel:events", "ocel:objects", "ocel:global-log"}
OLD_TABLES = {"EVENTS", "OBJECTS", "RELATIONS"}
STEPS, STEPS_A_BYTE = 10_000_000, 20  # of the virtual machine of SQLite: no honest table needs more


@dataclass
class Event:
    """An event: what happened, when, and to which objects."""

    id: str
    type: str
    time: str
    values: dict[str, str | None] = field(default_factory=dict)
    objects: list[str] = field(default_factory=list)


@dataclass
class Log:
    """Events, and type and attributes of the objects."""

    events: list[Event] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def add_object(self, name: str, kind: str) -> None:
        """Take an object; one twice would make the log ambiguous."""
        if self.types.setdefault(name, kind) != kind:
            raise damaged("An object of the log stands twice with two types.")


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read an object-centric log."""
    with Path(job["path"]).open("rb") as file:
        head = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    log = _from_sqlite(job) if head.startswith(SQLITE) else _from_xml(job) if head[:1] == b"<" else _from_json(job)
    if len({event.id for event in log.events}) < len(log.events):
        raise damaged("An event of the log stands twice.")
    case, table = _case(job["case"], log), job["tables"][0]
    rows = [row for event in log.events for row in _rows(event, case, log)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not rows:
        raise RefusedError("E-101", "No event of the log concerns an object of the case type.", expected="such events")
    cells: Iterator[Row] = ((number, [row.get(name) for name in names]) for number, row in enumerate(rows, start=1))
    counted = sum(log.types.get(one) == case for event in log.events for one in dict.fromkeys(event.objects))
    return {table["name"]: write_table(table["target"], names, cells, job["limits"]) | {"counted": counted}}


def _case(wanted: str, log: Log) -> str:
    kinds = sorted(set(log.types.values()))
    if wanted in kinds:
        return wanted
    if not wanted and len(kinds) == 1:
        return kinds[0]
    text = "The log has no objects of the case type." if wanted else "The log has objects of several types."
    met = Counter(log.types.get(one, "") for event in log.events for one in dict.fromkeys(event.objects))
    named = ", ".join(kind for kind, _ in met.most_common(TYPES_NAMED) if TYPE.fullmatch(kind))
    raise RefusedError("E-132", text, expected=f"`file.case`: the type of object that is a case, one of {named}")


def _rows(event: Event, case: str, log: Log) -> Iterator[dict[str, str | None]]:
    others: dict[str, list[str]] = {}
    for one in dict.fromkeys(event.objects):
        if log.types.get(one, case) != case:
            others.setdefault(f"ocel:type:{log.types[one]}", []).append(one)
    plain = {"ocel:eid": event.id, "ocel:activity": event.type, "ocel:timestamp": event.time}
    for one in dict.fromkeys(event.objects):
        if log.types.get(one) == case:
            named = {f"case:{name}": value for name, value in log.values.get(one, {}).items()}
            joined = {name: " ".join(ids) for name, ids in others.items()}
            yield {"ocel:oid": one} | plain | event.values | named | joined


def _from_json(job: dict[str, Any]) -> Log:
    try:
        text = json.loads(Path(job["path"]).read_bytes().decode("utf-8-sig"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise damaged("The text is no JSON.", line) from error
    if isinstance(text, dict) and OLD_JSON & text.keys():
        raise _too_old()
    log = Log()
    try:
        for one in text["objects"]:
            log.add_object(one["id"], one["type"])
            log.values[one["id"]] = {each["name"]: cell_text(each["value"]) for each in one.get("attributes") or ()}
        for one in text["events"]:
            values = {each["name"]: cell_text(each["value"]) for each in one.get("attributes") or ()}
            objects = [each["objectId"] for each in one.get("relationships") or ()]
            log.events.append(Event(one["id"], one["type"], date_text(one["time"]) or "", values, objects))
    except (KeyError, TypeError, AttributeError) as error:
        raise damaged("The log lacks what OCEL 2.0 says of objects or events.") from error
    return log


def _too_old() -> RefusedError:
    return RefusedError("E-104", "The log is written as OCEL 1.0.", expected="an OCEL 2.0 log; export it anew as such")


def _from_xml(job: dict[str, Any]) -> Log:
    walker = Walker()
    feeder = Feeder(parser(walker.start, walker.end, walker.characters), job["limits"])
    with Path(job["path"]).open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            feeder.feed(chunk)
    feeder.feed(b"", is_last=True)
    return walker.log


class Walker:
    """Follows objects and events of an OCEL XML."""

    def __init__(self) -> None:
        """Begin before the log."""
        self.log = Log()
        self.event: Event | None = None
        self.object = self.attribute = self.text = ""
        self.section: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        tag, self.text = name.rpartition(" ")[2], ""
        self.section.append(tag)
        if tag == "global":  # what all events have by default: OCEL 1.0 alone knows it
            raise _too_old()
        if tag == "object" and self.event is None and "type" in attributes:
            self.object = attributes.get("id", "")
            self.log.add_object(self.object, attributes["type"])
        elif tag == "event":
            time = date_text(attributes.get("time", "")) or ""
            self.event = Event(attributes.get("id", ""), attributes.get("type", ""), time)
        elif tag == "attribute":
            self.attribute = attributes.get("name", "")
        elif tag in ("relationship", "object") and self.event is not None:
            self.event.objects.append(attributes.get("object-id", ""))

    def characters(self, text: str) -> None:
        """Take text."""
        self.text += text

    def end(self, name: str) -> None:
        """Take the end of an element."""
        tag = name.rpartition(" ")[2]
        self.section.pop()
        if tag == "attribute" and self.event is not None:
            self.event.values[self.attribute] = self.text.strip() or None
        elif tag == "attribute" and self.object:
            self.log.values.setdefault(self.object, {})[self.attribute] = self.text.strip() or None
        elif tag == "event" and self.event is not None:
            self.log.events.append(self.event)
            self.event = None
        elif tag == "object" and self.event is None:
            self.object = ""


def _from_sqlite(job: dict[str, Any]) -> Log:
    """Read the tables of OCEL 2.0; the database is opened as it is, without journal, views or other files."""
    address = f"file:{quote(job['path'])}?mode=ro&immutable=1"
    try:
        with sqlite3.connect(address, uri=True) as database:
            _harden(database, Path(job["path"]).stat().st_size)
            return _log_of(database)
    except sqlite3.Error as error:
        raise damaged("The database lacks what OCEL 2.0 says of objects or events.") from error


def _harden(database: sqlite3.Connection, size: int) -> None:
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1 << 24)
    for pragma in ("trusted_schema = off", "cell_size_check = on", "mmap_size = 0", "query_only = on"):
        database.execute(f"pragma {pragma}")
    steps = iter(range((STEPS + STEPS_A_BYTE * size) // 1000))
    database.set_progress_handler(lambda: next(steps, None) is None, 1000)


def _log_of(database: sqlite3.Connection) -> Log:
    tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    if tables >= OLD_TABLES and "object" not in tables:
        raise _too_old()
    log = Log()
    for name, kind in database.execute("select ocel_id, ocel_type from object"):
        log.add_object(str(name), str(kind))
    for kind in _maps(database, "object"):
        for row in _dicts(database, f"object_{kind}"):
            name = str(row.pop("ocel_id"))
            kept = {key: cell_text(value) for key, value in row.items() if not key.startswith("ocel_")}
            known = log.values.setdefault(name, {})
            log.values[name] = known | {key: value for key, value in kept.items() if value is not None}
    objects: dict[str, list[str]] = {}
    for event, one in database.execute("select ocel_event_id, ocel_object_id from event_object order by rowid"):
        objects.setdefault(str(event), []).append(str(one))
    types = {str(event): str(kind) for event, kind in database.execute("select ocel_id, ocel_type from event")}
    for kind in _maps(database, "event"):
        for row in _dicts(database, f"event_{kind}"):
            name, time = str(row.pop("ocel_id")), date_text(str(row.pop("ocel_time"))) or ""
            values = {key: cell_text(value) for key, value in row.items()}
            log.events.append(Event(name, types[name], time, values, objects.get(name, [])))
    if len(log.events) != len(types):
        raise damaged("An event of the log has no row in the table of its type.")
    return log


def _maps(database: sqlite3.Connection, what: str) -> list[str]:
    query = f"select distinct ocel_type_map from {what}_map_type order by 1"
    return [str(kind) for (kind,) in database.execute(query)]


def _dicts(database: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    quoted = '"' + table.replace('"', '""') + '"'
    if not database.execute("select 1 from sqlite_master where type = 'table' and name = ?", [table]).fetchone():
        raise damaged("A table of the log is missing.")
    cursor = database.execute(f"select * from {quoted} order by rowid")
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))
