"""Submissions look as KoboToolbox exports them with XML values and headers."""

import random
from datetime import datetime, timedelta
from typing import Any

from data.generator.writers import Cell

LOCAL_AHEAD = timedelta(hours=5)  # Tashkent is five hours ahead of UTC all year
TAIL = (
    *("_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by"),
    *("__version__", "_tags", "meta/rootUuid", "_index"),
)
REPEAT_TAIL = (
    *("_index", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid"),
    *("_submission__submission_time", "_submission__validation_status"),
)
SATURDAY = 5


def new_uuid(rng: random.Random) -> str:
    """Return a random id in the form of a version 4 UUID."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def times(rng: random.Random, first_day: datetime, days: int) -> dict[str, datetime]:
    """Return local start, end and submission of a form filled in on a working day."""
    day = first_day + timedelta(days=rng.randrange(days))
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    start = day + timedelta(hours=9, seconds=rng.randrange(9 * 3600))
    end = start + timedelta(seconds=rng.randrange(240, 1500))
    return {"start": start, "end": end, "submitted": end + timedelta(seconds=rng.randrange(1, 90))}


def local_text(moment: datetime) -> str:
    """Return a moment as the form writes it: local time with its offset."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+05:00"


def utc_text(moment: datetime) -> str:
    """Return a moment as the server writes it: UTC without an offset."""
    return f"{moment - LOCAL_AHEAD:%Y-%m-%dT%H:%M:%S}"


def tail(values: dict[str, Any], index: int) -> list[Cell]:
    """Return the columns that the server adds to a submission."""
    return [
        700_000 + index,
        values["uuid"],
        utc_text(values["submitted"]),
        values["validation_status"],
        None,
        "submitted_via_web",
        None,
        values["form_version"],
        None,
        f"uuid:{values['root']}",
        index,
    ]
