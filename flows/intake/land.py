"""After this a delivery stands in vault and lake, complete and on disk; at no moment does a reader see half of it.

Both folders are made under tmp/, outside all that readers glob, and synced; then the vault folder is renamed into
place, and last the lake folder, which is the commit. A run that dies before it leaves no delivery, or a vault
folder that the next run replaces.
"""

import ctypes
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from flows.intake.filegate import make_folder
from flows.settings import Settings

FILE_MODE, FOLDER_MODE = 0o600, 0o700
ASIDE = "lake.old"  # stands in the vault folder of a delivery while its verdict is replaced
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # <fcntl.h>, <linux/fs.h>


def checkpoint(_step: str) -> None:
    """Mark the end of a step; tests of faults put a function in its place that ends the process."""


def land(parcel: Path, source: str, delivery_id: str, settings: Settings) -> Path:
    """Move the folders `vault` and `lake` of a parcel into place; return the lake folder.

    Args:
        parcel: Folder under the tmp folder of the workspace.
        source: Source of the delivery.
        delivery_id: Its id.
        settings: Where vault and lake are.

    Raises:
        OSError: The disk is full or a folder cannot be written; nothing is visible then.
    """
    for name in ("vault", "lake"):
        sync_all(parcel / name)
    checkpoint("synced")
    lake = settings.lake / source / delivery_id
    _put_aside(lake, parcel / "damaged_lake")
    checkpoint("cleared")
    _place(parcel / "vault", settings.vault / source / delivery_id, parcel / "old_vault")
    checkpoint("vault_placed")
    _place(parcel / "lake", lake, parcel / "old_lake")
    checkpoint("lake_placed")
    return lake


def replace_verdict(parcel: Path, source: str, delivery_id: str, settings: Settings) -> Path:
    """Put a new verdict in the place of an old one; the original stays untouched, and older refused rows stay beside.

    The refused rows of each verdict have a name of their own, so that the exchange of the lake folder is the one
    commit: before it the old verdict stands with its rows, after it the new one.
    """
    for name in ("vault", "lake"):
        sync_all(parcel / name)
    checkpoint("synced")
    vault, lake = settings.vault / source / delivery_id, settings.lake / source / delivery_id
    for path in sorted((parcel / "vault").iterdir()):
        path.replace(vault / path.name)
    sync(vault)
    checkpoint("vault_placed")
    exchange(parcel / "lake", lake, vault / ASIDE)
    checkpoint("lake_placed")
    return lake


def add(path: Path, folder: Path) -> None:
    """Move a file into a folder of the vault that stands, complete or not at all."""
    path.chmod(FILE_MODE)
    sync(path)
    path.replace(folder / path.name)
    sync(folder)


def exchange(fresh: Path, standing: Path, aside: Path) -> None:
    """Put a folder in the place of another, in one step where the file system can; else `restore` mends it."""
    if standing.exists() and not _exchanged(fresh, standing):
        standing.rename(aside)
        sync(aside.parent)
        checkpoint("put_aside")
    if not standing.exists():
        fresh.rename(standing)
    sync(standing.parent)
    if fresh.parent.exists():
        sync(fresh.parent)
    shutil.rmtree(aside, ignore_errors=True)


def restore(settings: Settings) -> None:
    """Put back the verdicts that a run killed between two renames had put aside."""
    for aside in sorted(settings.vault.glob(f"*/*/{ASIDE}")):
        lake = settings.lake / aside.parent.parent.name / aside.parent.name
        if lake.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(lake)
            sync(lake.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders by renameat2(2); return whether kernel, C library and file system know how."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return call(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0


def _place(folder: Path, target: Path, spare: Path) -> None:
    _make_synced(target.parent)
    _put_aside(target, spare)
    folder.rename(target)
    sync(target.parent)
    sync(folder.parent)


def _put_aside(folder: Path, spare: Path) -> None:
    """Move away what an earlier run left; it is removed with the parcel."""
    if folder.exists():
        folder.rename(spare)
        sync(folder.parent)


def _make_synced(folder: Path) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    make_folder(folder)
    for one in missing:
        sync(one.parent)


def sync_all(folder: Path) -> None:
    """Bring all files of a folder and the folder to the disk, for their owner alone."""
    for path in _tree(folder):
        path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
        sync(path)


def _tree(folder: Path) -> Iterator[Path]:
    """Yield all files, then the folder itself."""
    yield from sorted(folder.iterdir())
    yield folder


def sync(path: Path) -> None:
    """Bring a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
