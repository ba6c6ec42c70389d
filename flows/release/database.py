"""The parquet files of a release stand once more in one DuckDB file, with comments, readable since DuckDB 1.0.

A child process writes the file, so that the same rows give the same bytes: DuckDB leaves memory as it finds it in the
unused parts of a block, so the child's allocator is told to hand out zeros (on Linux, where DuckDB brings its own
allocator), and what the parent did before cannot change how the child's memory is laid out.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from flows.errors import Place, QdeepError
from flows.release.tables import LANGUAGES
from flows.settings import ROOT

FILE = "marts.duckdb"
# DuckDB 1.0 is the oldest client that must open the file.
STORAGE = "v1.0.0"
# Methods that choose by random samples, pad with stale memory, or are too new for old clients; dictionary and rle stay.
NOT_USED = "fsst,dict_fsst,alp,alprd,zstd,chimp,patas,bitpacking"
ZEROED = {"DUCKDB_JE_MALLOC_CONF": "zero:true"}
TYPES = {
    "string": "varchar",
    "int64": "bigint",
    "int32": "integer",
    "double": "double",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
    "bool": "boolean",
}


def write_database(folder: Path) -> Path:
    """Write `marts.duckdb` beside the parquet files of a folder, from these files alone.

    Raises:
        QdeepError: E-405 where the file cannot be written.
    """
    command = [sys.executable, "-m", "flows.release.database", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **ZEROED}, check=False, capture_output=True)  # noqa: S603  # our own module
    if done.returncode:
        raise QdeepError(
            "E-405", f"The database of the release cannot be written (exit {done.returncode}).", Place(file=FILE)
        )
    return folder / FILE


def fill(folder: Path) -> None:
    """Write the file in this process; the bytes are the same every time only in a process of its own."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    try:
        connection.execute(f"set disabled_compression_methods = '{NOT_USED}'")
        connection.execute(f"attach {_text(str(folder / FILE))} as marts (storage_version '{STORAGE}')")
        for path in sorted(folder.glob("*.parquet")):
            _store(connection, path)
        connection.execute("checkpoint marts")
        connection.execute("detach marts")
    finally:
        connection.close()


def _store(connection: Any, path: Path) -> None:
    import pyarrow.parquet as pq

    rows = pq.read_table(path)
    table, about = f'marts."{path.stem}"', json.loads(rows.schema.metadata[b"qdeep"])
    columns = ", ".join(f'"{column.name}" {TYPES[str(column.type)]}' for column in rows.schema)
    connection.execute(f"create table {table} ({columns})")
    connection.register("rows_of_table", rows)
    connection.execute(f"insert into {table} select * from rows_of_table")
    connection.unregister("rows_of_table")
    connection.execute(f"comment on table {table} is {_text(_comment(about))}")
    for column in rows.schema:
        named = [column.metadata[f"title_{code}".encode()].decode() for code in LANGUAGES]
        text = f"{column.metadata[b'description'].decode()} ({' / '.join(filter(None, named))})"
        connection.execute(f'comment on column {table}."{column.name}" is {_text(text)}')


def _comment(about: dict[str, Any]) -> str:
    sample = " SAMPLE: every figure is invented." if about["is_sample"] else ""
    release = f"Release {about['release_id']}, as of {about['as_of']}, as known on {about['known_on']}."
    return f"{about['description']} ({' / '.join(about['title'][code] for code in LANGUAGES)}) {release}{sample}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
