"""An export that a server makes anew each time is fetched only if what it would hold has changed."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from flows.pull.naming import Period, file_name
from flows.pull.received import Received
from flows.pull.spool import Part, Spool


def exported(spool: Spool, period: Period, day: date, mark: str, fill: Callable[[Part], None]) -> Iterator[Received]:
    """Yield the export of a period, unless what it would hold has landed.

    Args:
        spool: Place of the source's files.
        period: What was submitted when.
        day: Today; a period that has ended is not asked for again.
        mark: Hash of what the sender has; empty where it has nothing.
        fill: Fetches the export into a part.
    """
    key, is_closed = period.name or "export", day >= period.end
    if not mark and not period.is_whole and not spool.has_had(key):
        spool.note_empty(key, is_closed=is_closed)
        return
    known = spool.known(key, mark)
    if known is not None:
        spool.close(key, is_closed=is_closed)
        yield from known
        return
    name = file_name(spool.contract, period, day)
    part = spool.part(key, mark, name)
    try:
        part.restart()
        fill(part)
        yield spool.keep(part, name, is_closed=is_closed)
    finally:
        part.close()


def as_json(value: Any) -> bytes:
    """Return a value as JSON, the same bytes for the same value; half a character stays half a character."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, indent=1).encode()
