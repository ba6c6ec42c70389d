"""A file whose reader the machine ends again and again is tried so many times and no more; then it is refused.

Each try that was ended from outside (E-134) leaves one sign in the vault. A file that is read takes its signs away.
"""

from dataclasses import replace
from pathlib import Path

from flows.errors import Finding
from flows.intake import land
from flows.intake.filegate import make_folder
from flows.pull.received import Received
from flows.settings import Settings

MOST = 5  # each of them starts the reader twice
FOLDER = "tries"


def told(finding: Finding, received: Received, settings: Settings) -> Finding:
    """Return the finding, or E-235 where it is that of a reader ended from outside once too often."""
    if finding.code != "E-134":
        return finding
    path = _path(received, settings)
    tries = 1 + (path.stat().st_size if path.is_file() else 0)
    if tries < MOST:
        _write(path, tries)
        return finding
    forget(received, settings)
    text = f"In {MOST} tries something ended the reading process: the machine has too little memory for the file."
    return replace(finding, code="E-235", text=text, expected="a smaller file, or a machine with more memory")


def forget(received: Received, settings: Settings) -> None:
    """Take the signs of a file away: it has its verdict."""
    _path(received, settings).unlink(missing_ok=True)


def _path(received: Received, settings: Settings) -> Path:
    return settings.vault / FOLDER / received.delivery_id


def _write(path: Path, tries: int) -> None:
    fresh = make_folder(path.parent) / f"{path.name}.new"
    fresh.write_bytes(b"." * tries)
    fresh.replace(path)
    land.sync(path.parent)
