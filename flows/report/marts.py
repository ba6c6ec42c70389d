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
# The long table of indicators is nine tenths of a release, and what pages show of it stands in the wide tables.
UNREAD = ("hrm_indicators",)
TIME = ("period_start", "period_end")


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

    def of_unit(self, table: str, unit: str, **equal: object) -> list[Row]:
        """Return the rows of one unit by time, in the structure as it was; read once and kept."""
        found = self._by_unit(table).get(unit, ())
        return [row for row in found if all(row[column] == value for column, value in equal.items())]

    @cached_property
    def units(self) -> dict[str, Row]:
        """Organisational units by id."""
        return {row["org_unit_id"]: row for row in self.rows("dim_org_units")}

    @cached_property
    def indicators(self) -> dict[str, Row]:
        """Indicator cards by id."""
        return {row["indicator_id"]: row for row in self.rows("dim_indicators")}

    @cached_property
    def inputs(self) -> dict[str, Row]:
        """Inputs of the HRM model by id: indicators, questions and rules in writing."""
        return {row["input_id"]: row for row in self.rows("dim_model", row_kind="input")}

    @cached_property
    def processes(self) -> dict[str, Row]:
        """Processes by id."""
        return {row["process_id"]: row for row in self.rows("dim_processes")}

    @cached_property
    def ministries(self) -> tuple[str, ...]:
        """Ids of the units that have no parent but the service as a whole, sorted."""
        return tuple(sorted(unit for unit, row in self.units.items() if unit != SERVICE and row["level"] == "ministry"))

    def below(self, unit: str) -> tuple[str, ...]:
        """Return the ministries of the service, or the units right below another unit, sorted."""
        return self.ministries if unit == SERVICE else self._children.get(unit, ())

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for unit, row in sorted(self.units.items()):
            found.setdefault(row["parent_id"], []).append(unit)
        return {parent: tuple(units) for parent, units in found.items()}

    @cached_property
    def _kept(self) -> dict[str, dict[str, list[Row]]]:
        return {}

    def _by_unit(self, table: str) -> dict[str, list[Row]]:
        if table not in self._kept:
            self._kept[table] = _grouped(self.frames.get(table, pl.DataFrame()))
        return self._kept[table]


def read_marts(folder: Path) -> Marts:
    """Read the parquet files of a release folder, but for those that no page reads.

    Raises:
        QdeepError: E-502 where the folder holds no published table.
    """
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise QdeepError("E-502", "The folder holds no published table.", Place(file=folder.name))
    read = [path for path in files if path.stem not in UNREAD]
    tables = {path.stem: pq.ParquetFile(path, page_checksum_verification=True).read() for path in read}
    about = json.loads((pq.read_schema(files[0]).metadata or {})[b"qdeep"])
    return Marts(about, {name: pl.DataFrame(pl.from_arrow(table)) for name, table in tables.items()})


def _grouped(frame: pl.DataFrame) -> dict[str, list[Row]]:
    if "org_unit_id" not in frame.columns:
        return {}
    kept = frame.filter(pl.col("org_view") == "as_was") if "org_view" in frame.columns else frame
    ordered = kept.sort([name for name in TIME if name in frame.columns], maintain_order=True)
    found: dict[str, list[Row]] = {}
    for row in ordered.iter_rows(named=True):
        found.setdefault(row["org_unit_id"], []).append(row)
    return found
