"""Months of persons whose inputs have not changed stay on file, so that a new month costs a month and not the build.

The models write them (macro `kept_months`) to `<warehouse>/kept/<model>/digest=<digest>/`, where the digest says all
that a month hangs on; the warehouse file shows them in views. Trusted is what the last good build vouches for: a build
that was killed may have left half a file, so that whatever it wrote goes before the next one looks.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb

from flows.intake import land
from flows.settings import Settings

KEYS = "kept_months"
_MONTHS = f"select distinct model || '/digest=' || digest from intermediate.{KEYS} order by all"


def folder_of(settings: Settings) -> Path:
    """Return the folder of all months kept."""
    return settings.warehouse / "kept"


def trust_alone(settings: Settings, names: Iterable[str]) -> None:
    """Remove all months but those named, and leave the folder there."""
    folder, trusted = folder_of(settings), set(names)
    folder.mkdir(parents=True, exist_ok=True)
    for month in folder.glob("*/*"):
        if month.relative_to(folder).as_posix() not in trusted:
            shutil.rmtree(month, ignore_errors=True) if month.is_dir() else month.unlink()


def shown_by(settings: Settings, warehouse: Path) -> tuple[str, ...]:
    """Return the months that a warehouse file shows, as names below the folder; one without rows has no files."""
    with duckdb.connect(str(warehouse)) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where table_name = ?", [KEYS])
        names = [name for (name,) in connection.execute(_MONTHS).fetchall()] if tables.fetchall() else []
    return tuple(name for name in names if (folder_of(settings) / name).is_dir())


def sync(settings: Settings, names: Iterable[str]) -> None:
    """Bring the files of months, and the folders above them, to the disk, for their owner alone."""
    months = [folder_of(settings) / name for name in names]
    above = {folder for month in months for folder in (month.parent, folder_of(settings))}
    for folder in (*months, *sorted(above, reverse=True)):
        land.sync_all(folder)
