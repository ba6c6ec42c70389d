"""The published tables of one release stand in memory, with names of units and indicators at hand."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from flows.errors import Place, QdeepError

Row = dict[str, Any]
SERVICE = "UZ"


@dataclass(frozen=True)
class Marts:
    """Everything that a page may show: the parquet files of a release and nothing else.

    Attributes:
        about: Origin of the release, as every parquet file carries it.
        frames: Table name -> published rows.
    """

    about: Mapping[str, Any]
    frames: Mapping[str, pl.DataFrame]

    def rows(self, table: str, **equal: object) -> list[Row]:
        """Return the rows of a table whose columns equal the given values; none where the table was not published."""
        frame = self.frames.get(table, pl.DataFrame())
        same = [pl.col(column) == value for column, value in equal.items()]
        return (frame.filter(same) if same and frame.width else frame).to_dicts()

    @cached_property
    def units(self) -> dict[str, Row]:
        """Organisational units by id."""
        return {row["org_unit_id"]: row for row in self.rows("dim_org_units")}

    @cached_property
    def indicators(self) -> dict[str, Row]:
        """Indicator cards by id."""
        return {row["indicator_id"]: row for row in self.rows("dim_indicators")}

    @cached_property
    def ministries(self) -> tuple[str, ...]:
        """Ids of the units that have no parent but the service as a whole, sorted."""
        return tuple(sorted(unit for unit, row in self.units.items() if unit != SERVICE and row["level"] == "ministry"))


def read_marts(folder: Path) -> Marts:
    """Read the parquet files of a release folder.

    Raises:
        QdeepError: E-502 where the folder holds no published table.
    """
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise QdeepError("E-502", "The folder holds no published table.", Place(file=folder.name))
    tables = {path.stem: pq.read_table(path, page_checksum_verification=True) for path in files}
    about = json.loads((next(iter(tables.values())).schema.metadata or {})[b"qdeep"])
    return Marts(about, {name: pl.DataFrame(pl.from_arrow(table)) for name, table in tables.items()})
