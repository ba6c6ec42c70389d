"""What a connector fetched stands in `<workspace>/spool/<source>/` until it has landed, and is not fetched twice.

`state.json` notes what the sender had when it was fetched. It only saves work: without it everything is fetched
again, and the same bytes are the same delivery.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from flows.contracts.model import Contract
from flows.errors import Place, QdeepError
from flows.intake.filegate import make_folder, no_room
from flows.intake.limits import LIMITS
from flows.intake.store import standing
from flows.pull.received import Received, fingerprint
from flows.pull.trouble import place
from flows.settings import TIMEZONE, Settings

STATE = "state.json"
HOW_NOT_WHAT = ("tries", "wait_s", "timeout_s", "query_timeout_s", "overlap_days", "ca_file", "ssl", "host_key")
OLD_PART_S = 7 * 24 * 3600  # a download that nobody went on with for a week


@dataclass
class Part:
    """A download under way: bytes are added at its end, and it survives until it is complete.

    Attributes:
        key: What is fetched.
        mark: What the sender says of its state; another mark makes another part.
    """

    path: Path
    key: str
    mark: str
    where: Place
    file: BinaryIO = field(init=False)

    def __post_init__(self) -> None:
        """Open the file for adding to it."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise no_room(self.path, error) from error
        self.file = os.fdopen(handle, "r+b")
        self.file.seek(0, os.SEEK_END)

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.file.tell()

    @property
    def validator(self) -> str:
        """What the sender called the version that these bytes are of; empty where it gave none."""
        try:
            return self._note.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    @validator.setter
    def validator(self, text: str) -> None:
        try:
            self._note.write_text(text, encoding="utf-8")
            self._note.chmod(0o600)
        except OSError as error:
            raise no_room(self._note, error) from error

    @property
    def _note(self) -> Path:
        return self.path.with_suffix(".tag")

    def write(self, chunk: bytes) -> None:
        """Add bytes.

        Raises:
            QdeepError: E-103 too large, E-405 no room on our own disk.
        """
        if self.size + len(chunk) > LIMITS.file_bytes:
            self.restart()
            raise QdeepError("E-103", "The file is too large.", self.where, f"at most {LIMITS.file_bytes >> 20} MB")
        try:
            self.file.write(chunk)
            self.file.flush()
        except OSError as error:
            raise no_room(self.path, error) from error

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        self.file.seek(0)
        head = self.file.read(size)
        self.file.seek(0, os.SEEK_END)
        return head

    def restart(self) -> None:
        """Begin anew."""
        self._note.unlink(missing_ok=True)
        self.file.seek(0)
        self.file.truncate()

    def close(self) -> None:
        """Close it; the bytes stay for another try, and an empty one goes."""
        if not self.file.closed:
            is_empty = self.size == 0
            self.file.close()
            if is_empty:
                self.drop()

    def drop(self) -> None:
        """Remove the file and what was noted of it."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


@dataclass(frozen=True)
class Spool:
    """The place of one source's fetched files."""

    contract: Contract
    settings: Settings

    @property
    def folder(self) -> Path:
        """Folder of the source."""
        return self.settings.workspace / "spool" / self.contract.source

    def known(self, key: str, mark: str) -> list[Received] | None:
        """Return what need not be fetched: nothing if it has landed, the file if it waits; None where it must be.

        Args:
            key: What is fetched, for example a remote path.
            mark: What the sender says of its state (tag, size and time, or a hash).
        """
        entry = self._state().get(self._id(key))
        if not entry or entry["mark"] != self._mark(mark):
            return None
        if self._has_landed(entry):
            return []
        path = self.folder / entry["file"]
        received = fingerprint(self.contract.source, path)
        is_same = received.sha256 and received.delivery_id == entry["delivery_id"]
        return [replace(received, name=entry["name"])] if is_same else None

    def mark_of(self, key: str) -> str:
        """Return what the sender said of the state of something when it was fetched last; empty where unknown."""
        mark = self._state().get(self._id(key), {}).get("mark", "")
        return mark.removeprefix(f"{self._digest()}:") if mark.startswith(self._digest()) else ""

    def pulled_at(self, key: str) -> float:
        """Return the moment at which something was fetched last; 0 where it never was."""
        return self._state().get(self._id(key), {}).get("pulled_at", 0.0)

    def is_closed(self, key: str) -> bool:
        """Return whether a period was fetched after its end and has landed (or had nothing in it).

        What was closed at a moment that is still to come was closed by a wrong clock: its period may not be over.
        """
        entry = self._state().get(self._id(key))
        if not entry or not entry["is_closed"] or entry.get("closed_at", 0.0) > time.time():
            return False
        return entry["mark"].startswith(self._digest()) and self._is_done(entry)

    def has_had(self, key: str) -> bool:
        """Return whether something was ever fetched under this key."""
        return bool(self._state().get(self._id(key), {}).get("delivery_id"))

    def has_any(self) -> bool:
        """Return whether anything was ever fetched from this sender."""
        return any(entry["delivery_id"] for entry in self._state().values())

    def part(self, key: str, mark: str = "", name: str = "") -> Part:
        """Return the download of something, as far as it has come; with another mark it begins anew."""
        make_folder(self.folder)
        stem = self._id(key)
        path = self.folder / f"{stem}-{_short(self._mark(mark))}.part"
        for other in self.folder.glob(f"{stem}-*"):
            if other.stem != path.stem:
                other.unlink(missing_ok=True)
        return Part(path, key, mark, place(self.contract, name))

    def keep(self, part: Part, name: str, mark: str | None = None, *, is_closed: bool = False) -> Received:
        """Take a complete download into the spool and return it as received; the bytes are on the disk then."""
        try:
            part.file.flush()
            os.fsync(part.file.fileno())
            part.file.close()
            target = part.path.with_name(f"{self._id(part.key)}.bin")
            part.path.replace(target)
            part.drop()
        except OSError as error:
            raise no_room(part.path, error) from error
        received = replace(fingerprint(self.contract.source, target), name=name)
        entry = {"delivery_id": received.delivery_id, "file": target.name, "name": name, "is_closed": is_closed}
        self._note(part.key, part.mark if mark is None else mark, entry)
        return received

    def note_empty(self, key: str, *, is_closed: bool) -> None:
        """Note that a period has nothing in it."""
        self._note(key, "", {"delivery_id": "", "file": "", "name": "", "is_closed": is_closed})

    def close(self, key: str, *, is_closed: bool) -> None:
        """Note that what was fetched earlier is all of its period."""
        seen = self._state()
        entry = seen[self._id(key)]
        if is_closed and not entry["is_closed"]:
            _write(self.folder, seen | {self._id(key): {**entry, "is_closed": True, "closed_at": time.time()}})

    def _note(self, key: str, mark: str, entry: dict[str, Any]) -> None:
        now = time.time()
        noted = {**entry, "mark": self._mark(mark), "pulled_at": now} | (
            {"closed_at": now} if entry["is_closed"] else {}
        )
        _write(self.folder, self._state() | {self._id(key): noted})

    def _state(self) -> dict[str, dict[str, Any]]:
        return _read(self.folder)

    def _has_landed(self, entry: dict[str, Any]) -> bool:
        return _has_landed(entry, self.contract, self.settings)

    def _is_done(self, entry: dict[str, Any]) -> bool:
        return not entry["delivery_id"] or self._has_landed(entry)

    def _mark(self, mark: str) -> str:
        return f"{self._digest()}:{mark}"

    def _digest(self) -> str:
        """Return a digest of what the contract asks for; asking otherwise is another question."""
        asked = {name: value for name, value in self.contract.pull.items() if name not in HOW_NOT_WHAT}
        return _short(json.dumps(asked, sort_keys=True, default=str) + repr(self.contract.file))

    @staticmethod
    def _id(key: str) -> str:
        """Return the name under which something stands here; nothing of a sender's name is used."""
        return _short(key)


def sweep(contracts: dict[str, Contract], settings: Settings) -> None:
    """Remove from the spool what has landed, and downloads that nobody goes on with."""
    for folder in sorted((settings.workspace / "spool").glob("*/")):
        contract = contracts.get(folder.name)
        entries = _read(folder).values() if contract else []
        for entry in entries:
            if contract and entry["file"] and _has_landed(entry, contract, settings):
                (folder / entry["file"]).unlink(missing_ok=True)
        for part in (*folder.glob("*.part"), *folder.glob("*.tag")):
            if time.time() - part.stat().st_mtime > OLD_PART_S:
                part.unlink(missing_ok=True)


def _has_landed(entry: dict[str, Any], contract: Contract, settings: Settings) -> bool:
    now = datetime.now(TIMEZONE)
    received = Received(contract.source, Path(), entry["name"], 0, "", entry["delivery_id"], now)
    return bool(entry["delivery_id"]) and standing(received, contract, settings) is not None


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the state of a source; nothing where it is lost or damaged."""
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return {key: entry for key, entry in state["seen"].items() if {"mark", "file", "delivery_id"} <= entry.keys()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(folder: Path, seen: dict[str, dict[str, Any]]) -> None:
    make_folder(folder)
    draft = folder / f"{STATE}.new"
    try:
        with suppress(FileNotFoundError):
            draft.unlink()
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"version": 1, "seen": seen}, file, ensure_ascii=False, indent=1, sort_keys=True)
        draft.replace(folder / STATE)
    except OSError as error:
        raise no_room(folder, error) from error


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
