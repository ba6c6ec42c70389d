"""A contract and settings for reading one file, and the rows that were read as plain lists."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from flows.contracts.model import Contract, FileStyle, Kind
from flows.intake.limits import LIMITS, Limits
from flows.intake.raw import RawFile, RawTable
from flows.intake.read import read_tables
from flows.settings import Settings

DAY = date(2026, 1, 1)


def contract_for(**style: Any) -> Contract:
    """Return a contract of which the file style alone matters."""
    return Contract("staff", Kind("personnel", {}, "", ()), 1, Path("staff.yml"), {}, file=FileStyle(**style))


def settings_for(folder: Path) -> Settings:
    """Return settings whose workspace lies in a folder."""
    return Settings(folder / "workspace", folder / "inbox", (), DAY, DAY, folder / "key")


def read(path: Path, folder: Path, limits: Limits = LIMITS, **style: Any) -> RawFile:
    """Read a file with a file style."""
    return read_tables(path, contract_for(**style), settings_for(folder), limits=limits)


def rows(table: RawTable) -> list[list[str | None]]:
    """Return the cells of a raw table."""
    return [list(row) for row in _asked(table, "* exclude (_row, _line)")]


def places(table: RawTable) -> list[tuple[int, int]]:
    """Return record number and line of each row."""
    return _asked(table, "_row, _line")


def _asked(table: RawTable, columns: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"select {columns} from {table.shown_to(connection)}").fetchall()


class Kept:
    """Keeps what a text is cut into."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.records, self.places = b"", list[tuple[int, int]]()

    def begin(self, header: tuple[str, ...]) -> None:
        """Keep nothing of the header, which the scan tells."""

    def take(self, records: bytes, places: np.ndarray, *, has_inner_newlines: bool) -> None:  # noqa: ARG002 - as sent
        """Keep records and their places."""
        self.records += records
        self.places += map(tuple, places.tolist())
