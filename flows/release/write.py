"""The tables of a release stand on disk as parquet files with their dictionary inside, the same bytes every time."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.release.labels import label, meaning
from flows.release.tables import LANGUAGES, Field, Table

ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
}
# Small enough that a reader can skip, large enough that a national table stays in one or two groups.
ROW_GROUP = 131_072


def as_arrow(table: Table, frame: pl.DataFrame) -> pa.Table:
    """Return the rows with the published types and the description of each column as field metadata."""
    fields = [
        pa.field(c.name, ARROW[c.type], metadata={"description": c.description, **_named(c)}) for c in table.fields
    ]
    plain = pa.schema([pa.field(one.name, one.type) for one in fields])
    parts = frame.select(plain.names).iter_slices(ROW_GROUP)  # the two forms of one part only are in memory at a time
    return pa.concat_tables([plain.empty_table(), *(part.to_arrow().cast(plain) for part in parts)]).cast(
        pa.schema(fields)
    )


def _named(column: Field) -> dict[str, str]:
    """Return the short names of a column as field metadata, `title_uz` to `title_ko`, and what it says in each."""
    meant = {f"description_{code}": text for code, text in meaning(column.name, column.description).items()}
    return {f"title_{code}": label(column.name, code) for code in LANGUAGES} | meant


def write_parquet(table: Table, rows: pa.Table, path: Path, lineage: Mapping[str, Any]) -> None:
    """Write one table as parquet with its dictionary inside.

    Args:
        table: Description of the table.
        rows: Rows as returned by `as_arrow`, sorted.
        path: File to write.
        lineage: What all files of the release say: release, as_of, known_on, deliveries, code version.
    """
    about = {
        "table": table.name,
        "title": dict(table.title),
        "description": table.description,
        "grain": list(table.grain),
        "questions": list(table.questions),
        "rule": "conf_status F is shown; C and N are withheld and empty; empty is never 0",
        "columns": {column.name: {"description": column.description, **_named(column)} for column in table.fields},
        **lineage,
    }
    marked = rows.replace_schema_metadata({"qdeep": json.dumps(about, ensure_ascii=False, sort_keys=True)})
    pq.write_table(
        marked,
        path,
        compression="zstd",
        compression_level=3,
        row_group_size=ROW_GROUP,
        write_page_checksum=True,
        store_schema=True,
    )


def sync(path: Path) -> None:
    """Make sure that a file, or the entries of a directory, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
