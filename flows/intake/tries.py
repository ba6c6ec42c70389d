"""A file that ends its reader, or the run that reads it, again and again is tried so many times; then it is refused.

A try is noted in the vault before the file is read, and taken back when the try ends in any way but a sudden one: by
an error, by Ctrl-C, by a verdict. What the machine ends (E-134), or a run that was killed while it read, stays noted.
A run that ended because the machine was started anew says nothing of the file, so it does not count.
"""

from dataclasses import asdict, dataclass, replace
from json import dumps, loads
from pathlib import Path

from flows.errors import Finding, Place, QdeepError
from flows.intake.filegate import make_folder
from flows.pull.received import Received
from flows.settings import Settings

MOST = 5  # each of them starts the reader twice
FOLDER = "tries"
BOOT = Path("/proc/sys/kernel/random/boot_id")
SMALLER = "a smaller file, or a machine with more memory"


@dataclass(frozen=True)
class Tries:
    """Tries of one file: those whose reader the machine ended, those begun of which nobody heard the end."""

    ended: int = 0
    begun: int = 0
    boot: str = ""

    @property
    def are_spent(self) -> bool:
        """Whether the file has had all its tries."""
        return self.ended + self.begun >= MOST


def begin(received: Received, settings: Settings) -> None:
    """Note that a file is about to be read.

    Raises:
        QdeepError: E-235 where so many tries were ended before this one; it is refused unread.
    """
    now = _now(received, settings)
    if now.are_spent:
        text = f"{MOST} runs were ended from outside while they read this file: it needs more memory than there is."
        raise QdeepError("E-235", text, Place(file=received.name), SMALLER)
    _write(received, settings, replace(now, begun=now.begun + 1))


def told(finding: Finding, received: Received, settings: Settings) -> Finding:
    """Return the finding with which a try ended, or E-235 where the machine ended its reader once too often."""
    end(received, settings)
    if finding.code != "E-134":
        return finding
    now = _now(received, settings)
    now = replace(now, ended=now.ended + 1)
    if not now.are_spent:
        _write(received, settings, now)
        return finding
    forget(received, settings)
    text = f"In {MOST} tries something ended the reading process: the machine has too little memory for the file."
    return replace(finding, code="E-235", text=text, expected=SMALLER)


def end(received: Received, settings: Settings) -> None:
    """Take the last try back: it ended by itself."""
    now = _now(received, settings)
    if now.ended or now.begun > 1:
        _write(received, settings, replace(now, begun=max(0, now.begun - 1)))
    else:
        forget(received, settings)


def forget(received: Received, settings: Settings) -> None:
    """Take the signs of a file away: it has its verdict."""
    _path(received, settings).unlink(missing_ok=True)


def _now(received: Received, settings: Settings) -> Tries:
    path, boot = _path(received, settings), BOOT.read_text("utf-8").strip() if BOOT.is_file() else ""
    try:
        found = Tries(**loads(path.read_text("utf-8"))) if path.is_file() else Tries(boot=boot)
    except (ValueError, TypeError):
        return Tries(boot=boot)  # cut by whatever ended the run, or of an earlier version
    return found if found.boot == boot else Tries(found.ended, 0, boot)


def _path(received: Received, settings: Settings) -> Path:
    return settings.vault / FOLDER / received.delivery_id


def _write(received: Received, settings: Settings, now: Tries) -> None:
    path = _path(received, settings)
    fresh = make_folder(path.parent) / f"{path.name}.new"
    fresh.write_text(dumps(asdict(now)), encoding="utf-8")
    fresh.replace(path)
