"""The files of merged persons name them by their new pseudonyms after the key has changed; all else in them stays."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.contracts.folders import read_folders
from flows.errors import Place, QdeepError
from flows.settings import ROOT, Settings

PSEUDONYM = re.compile(r"h1_[a-z2-7]{26}")  # as in expectations/schemas/merge.json
KEYS = ("survivor_key", "merged_key")


def merged_keys(settings: Settings, root: Path = ROOT) -> Iterator[tuple[str, Place]]:
    """Yield each key of the merge files with its place, of the lines that are not active too.

    Raises:
        QdeepError: E-405 where a file cannot be written, so that it could not be given new keys.
    """
    for sheet in read_folders(settings, root).merges.values():
        if not (os.access(sheet.path, os.W_OK) and os.access(sheet.path.parent, os.W_OK)):
            raise QdeepError("E-405", "The file of merged persons cannot be written.", Place(file=str(sheet.path)))
        for line, row in sheet.rows:
            yield from ((row[name], Place(file=str(sheet.path), line=line, column=name)) for name in KEYS)


def rename_keys(settings: Settings, renamed: Mapping[str, str], root: Path = ROOT) -> list[Path]:
    """Put new keys in the place of old ones, each file whole or not at all; doing it twice changes nothing more.

    Returns:
        The files that changed.
    """
    changed = []
    for sheet in read_folders(settings, root).merges.values():
        before = sheet.path.read_bytes().decode("utf-8")
        after = PSEUDONYM.sub(lambda found: renamed.get(found[0], found[0]), before)
        if after != before:
            _write(sheet.path, after)
            changed.append(sheet.path)
    return changed


def _write(target: Path, text: str) -> None:
    draft = target.with_name(f".{target.name}.part")
    with draft.open("wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(target.stat().st_mode & 0o777)
    draft.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
