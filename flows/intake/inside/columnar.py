"""Parquet becomes text: Arrow decodes the pages, DuckDB counts by the footer, and both must agree."""

from collections.abc import Iterator
from typing import Any

from flows.intake.inside.common import RefusedError, Row, cell_text, damaged, write_table

BATCH_ROWS = 20_000
NESTED = "a column of plain values"
SMALL = {"halffloat": "float16", "float": "float32"}


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read one parquet file; nested columns are refused, categories become their texts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    counted = _count(job)
    try:
        # Spark writes an open end as the year 9999, which nanoseconds cannot hold: it would come as 1816.
        file = pq.ParquetFile(job["path"], page_checksum_verification=True, coerce_int96_timestamp_unit="us")
        schema = file.schema_arrow
    except (pa.ArrowException, OSError, ValueError) as error:
        raise damaged("The file is no complete parquet file.") from error
    header = [field.name for field in schema if field.name != "__index_level_0__"]
    if len(header) > job["limits"]["columns"]:
        raise RefusedError("E-113", "The file has too many columns.", expected=f"at most {job['limits']['columns']}")
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if nested:
        raise RefusedError("E-130", f"{len(nested)} columns hold lists or structures.", expected=NESTED)
    found = write_table(job["tables"][0]["target"], header, _rows(file, header), job["limits"])
    return {job["tables"][0]["name"]: found | {"counted": counted - _blank(counted, found["rows"], file, header)}}


def _rows(file: Any, header: list[str]) -> Iterator[Row]:
    try:
        yield from _batches(file, header)
    except OSError as error:
        raise damaged("A page of the parquet file is damaged.") from error


def _batches(file: Any, header: list[str]) -> Iterator[Row]:
    line = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=header, use_threads=False):
        columns = [_named(column, place) for place, column in enumerate(batch.columns, start=1)]
        for cells in zip(*columns, strict=True):
            line += 1
            yield line, cells


def _named(column: Any, place: int) -> list[str | None]:
    try:
        return _texts(column)
    except UnicodeDecodeError as error:
        raise RefusedError("E-130", f"Column {place} holds octets that are no text.", expected=NESTED) from error


def _texts(column: Any) -> list[str | None]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _texts(column.dictionary_decode())
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_time64(kind) and kind.unit == "ns":
        column = column.cast(pa.time64("us"), safe=False)
    if str(kind) in SMALL:
        return [cell_text(None if text is None else float(text)) for text in _short(column, SMALL[str(kind)])]
    try:
        return [cell_text(value) for value in column.to_pylist()]
    except (OverflowError, ValueError):
        return _beyond(column)


def _short(column: Any, kind: str) -> list[str | None]:
    """Return floats of single or half precision by their own shortest text, not by the digits of their double."""
    import numpy as np

    as_kind = getattr(np, kind)
    return [None if value is None else str(as_kind(value)) for value in column.to_pylist()]


def _beyond(column: Any) -> list[str | None]:
    """Return days and moments of which some lie beyond the year 9999: those stay the numbers that the file holds."""
    return [cell_text(_held(value)) for value in column]


def _held(value: Any) -> Any:
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return value.value


def _count(job: dict[str, Any]) -> int:
    import duckdb

    with duckdb.connect(config={"memory_limit": job["memory"], "threads": 1}) as connection:
        connection.execute(f"set allowed_paths = ['{job['path']}']")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            return connection.execute("select count(*) from read_parquet($path)", {"path": job["path"]}).fetchall()[0][
                0
            ]
        except duckdb.Error as error:
            raise damaged("The file is no complete parquet file.") from error


def _blank(counted: int, rows: int, file: Any, header: list[str]) -> int:
    """Return how many rows hold nothing at all; looked for only where the counts differ."""
    if counted == rows:
        return 0
    return sum(1 for _, cells in _rows(file, header) if all(cell is None for cell in cells))
