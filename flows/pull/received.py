"""A received file has an id made from its bytes and its source, so that the same bytes twice are one delivery."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.errors import QdeepError
from flows.intake.filegate import open_plain
from flows.intake.limits import CHUNK
from flows.settings import TIMEZONE

ID_LENGTH = 16


@dataclass(frozen=True)
class Received:
    """A file as received.

    Attributes:
        source: Source that sent it.
        path: Where it stands; never changed and never removed by us.
        name: Its name at the sender's.
        bytes: Size; 0 where it cannot be opened (a link, a pipe), which taking it in then reports.
        sha256: Of its bytes; empty where it cannot be opened.
        delivery_id: First 16 hex digits of SHA-256 over source, NUL and bytes.
        received_at: Moment of the pull.
    """

    source: str
    path: Path
    name: str
    bytes: int
    sha256: str
    delivery_id: str
    received_at: datetime


def fingerprint(source: str, path: Path) -> Received:
    """Return a file with its size, hash and delivery id."""
    plain, named, size = hashlib.sha256(), hashlib.sha256(source.encode() + b"\0"), 0
    now = datetime.now(TIMEZONE)
    try:
        with open_plain(path) as file, ThreadPoolExecutor(1) as beside:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                other = beside.submit(named.update, chunk)
                plain.update(chunk)
                other.result()
    except QdeepError:
        return Received(source, path, path.name, 0, "", _id_of_name(source, path), now)
    return Received(source, path, path.name, size, plain.hexdigest(), named.hexdigest()[:ID_LENGTH], now)


def _id_of_name(source: str, path: Path) -> str:
    """Return an id for what has no bytes to take one from."""
    return hashlib.sha256(f"{source}\0\0{path.name}".encode()).hexdigest()[:ID_LENGTH]
