"""What odd writers put into parquet comes as a person would write it, or is refused in words that fit."""

import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.errors import QdeepError
from tests.unit.reading import read, rows


def _cells(column: Any, folder: Path, **options: Any) -> list[str | None]:
    path = folder / "staff.parquet"
    pq.write_table(pa.table({"line": list(range(len(column))), "held": column}), path, **options)
    return [cells[1] for cells in rows(read(path, folder, format="parquet").tables["rows"])]


def test_the_open_end_that_spark_writes_stays_the_year_9999(tmp_path: Path) -> None:
    moments = pa.array([datetime(9999, 12, 31), datetime(2026, 9, 1, 8, 30)], pa.timestamp("us"))
    assert _cells(moments, tmp_path, use_deprecated_int96_timestamps=True) == ["9999-12-31", "2026-09-01 08:30:00"]


def test_a_uuid_is_the_id_that_a_text_file_would_hold(tmp_path: Path) -> None:
    one = uuid.UUID("6b1f0a52-7a55-4a0e-9d43-0c3fd1b2a111")
    column = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([one.bytes, None], pa.binary(16)))
    assert _cells(column, tmp_path) == [str(one), None]


def test_a_float_of_half_precision_has_its_own_shortest_text(tmp_path: Path) -> None:
    assert _cells(pa.array([0.1, 1.5], pa.float16()), tmp_path) == ["0.1", "1.5"]


@pytest.mark.parametrize("kind", [pa.timestamp("ms"), pa.date32()])
def test_a_moment_beyond_the_year_9999_spoils_its_own_cell_alone(tmp_path: Path, kind: Any) -> None:
    assert _cells(pa.array([2_000_000_000 if kind == pa.date32() else 10**18, 0], kind), tmp_path)[1] == "1970-01-01"


def test_octets_that_are_no_text_are_named_and_not_called_damage(tmp_path: Path) -> None:
    with pytest.raises(QdeepError, match=r"E-130 .*Column 2 holds octets that are no text"):
        _cells(pa.array([b"\xff\xfe\x01"], pa.binary()), tmp_path)
