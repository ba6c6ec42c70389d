"""The parquet files of a release stand once more in one DuckDB file, with comments, readable since DuckDB 1.0.

A child process writes the file, so that the same rows give the same bytes: DuckDB leaves memory as it finds it in the
unused parts of a block, so the child's allocator is told to hand out zeros (on Linux, where DuckDB brings its own
allocator), and what the parent did before cannot change how the child's memory is laid out. It works beside the parent,
on the other core, and ends with it.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
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
PR_SET_PDEATHSIG = 1  # linux/prctl.h
TYPES = {
    "string": "varchar",
    "int64": "bigint",
    "int32": "integer",
    "double": "double",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
    "bool": "boolean",
}


@contextlib.contextmanager
def database_beside(folder: Path) -> Generator[None]:
    """Write `marts.duckdb` from the parquet files of a folder while the caller does other things; it stands at the end.

    Raises:
        QdeepError: E-405 where the file cannot be written.
    """
    command = [sys.executable, "-m", "flows.release.database", str(folder)]
    nowhere = subprocess.DEVNULL
    child = subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, env={**os.environ, **ZEROED}, stdin=nowhere, stdout=nowhere, stderr=nowhere
    )
    try:
        yield
        ended = child.wait()
    finally:
        child.kill()
        child.wait()
    if ended:
        raise QdeepError("E-405", f"The database of the release cannot be written (exit {ended}).", Place(file=FILE))


def fill(folder: Path) -> None:
    """Write the file in this process; the bytes are the same every time only in a process of its own."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    try:
        connection.execute(f"set disabled_compression_methods = '{NOT_USED}'")
        connection.execute(f"attach {_text(str(folder / FILE))} as marts (storage_version '{STORAGE}')")
        connection.execute("begin")  # one for all: a thousand comments are not synced one by one
        for path in sorted(folder.glob("*.parquet")):
            _store(connection, path)
        connection.execute("commit")
        connection.execute("checkpoint marts")
        connection.execute("detach marts")
    finally:
        connection.close()


def _store(connection: Any, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    connection.execute("; ".join(_statements(f'marts."{path.stem}"', file.schema_arrow)))
    parts = (part for at in range(file.num_row_groups) for part in file.read_row_group(at).to_batches())
    rows = pa.RecordBatchReader.from_batches(file.schema_arrow, parts)
    connection.register("rows_of_table", rows)  # read part by part, so that no table is in memory as a whole
    connection.execute(f'insert into marts."{path.stem}" select * from rows_of_table')
    connection.unregister("rows_of_table")


def _statements(table: str, schema: Any) -> Iterator[str]:
    """Yield what makes an empty table with its comments."""
    columns = ", ".join(f'"{column.name}" {TYPES[str(column.type)]}' for column in schema)
    yield f"create table {table} ({columns})"
    yield f"comment on table {table} is {_text(_comment(json.loads(schema.metadata[b'qdeep'])))}"
    for column in schema:
        yield f'comment on column {table}."{column.name}" is {_text(_meant(column.metadata))}'


def _meant(told: dict[bytes, bytes]) -> str:
    """Return what a column says: the description of its model, then its name and meaning in each language, by lines."""
    names = {code: told[f"title_{code}".encode()].decode() for code in LANGUAGES}
    texts = {code: told.get(f"description_{code}".encode(), b"").decode() for code in LANGUAGES}
    lines = [f"{code}: {' — '.join(filter(None, (names[code], texts[code])))}" for code in LANGUAGES if names[code]]
    return "\n".join([told[b"description"].decode(), *lines])


def _comment(about: dict[str, Any]) -> str:
    sample = " SAMPLE: every figure is invented." if about["is_sample"] else ""
    release = f"Release {about['release_id']}, as of {about['as_of']}, as known on {about['known_on']}."
    return f"{about['description']} ({' / '.join(about['title'][code] for code in LANGUAGES)}) {release}{sample}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


if __name__ == "__main__":
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # never outlives the run that started it
    fill(Path(sys.argv[1]))
