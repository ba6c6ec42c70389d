"""A regular CSV of complete records becomes parquet: DuckDB reads it, all columns as text, with the given lines."""

from pathlib import Path
from typing import Any

BATCH_ROWS, BATCH_BYTES, DICTIONARY_BYTES = 122_880, 64 << 20, 16 << 10


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read the body that the parent has cut into records, and put their numbers and lines beside them."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": job["memory"], "threads": job["threads"]})
    connection.execute(f"set temp_directory = '{job['folder']}'")
    connection.execute(f"set allowed_directories = ['{job['folder']}']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    names = [f"c{number}" for number in range(job["width"])]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    relation = (
        "read_csv($body, auto_detect = false, header = false, encoding = 'utf-8', compression = 'none', "
        "delim = $delimiter, quote = $quote, escape = $quote, new_line = '\\n', nullstr = '', strict_mode = true, "
        f"max_line_size = $longest, parallel = {'false' if job['is_serial'] else 'true'}, columns = {{{columns}}})"
    )
    parameters = {name: job[name] for name in ("body", "delimiter", "quote", "longest")}
    # Where records and lines keep step, their numbers follow from the place.
    places = None if job["first_line"] else _places(job["index"])
    records = connection.execute(f"select {', '.join(names)} from {relation}", parameters)
    rows = _write(records.to_arrow_reader(_batch(job)), places, job["target"])
    header = _drop_nameless(connection, job["target"], job["header"], [] if places is None else ["_row", "_line"])
    return {"rows": {"header": header, "rows": rows if places is None or rows == len(places) else -1}}


def _batch(job: dict[str, Any]) -> int:
    """Return how many records are held at a time: fewer where they are long."""
    size, count = Path(job["body"]).stat().st_size, Path(job["index"]).stat().st_size // 16
    return min(BATCH_ROWS, max(BATCH_BYTES * count // max(size, 1), 1))


def _write(records: Any, places: Any, target: str) -> int:
    """Write the records, with their numbers and lines where they have own ones; return how many there are.

    pyarrow takes half of the time that the engine takes for the same file: it keeps no statistics that nobody asks for.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers: list[Any] = [] if places is None else [pa.field(name, pa.int64()) for name in ("_row", "_line")]
    schema, rows = pa.schema([*numbers, *records.schema]), 0
    # A dictionary that grows beyond some pages of text costs more than it saves.
    options: dict[str, Any] = {"dictionary_pagesize_limit": DICTIONARY_BYTES, "write_statistics": False}
    with pq.ParquetWriter(target, schema, compression="lz4", **options) as file:
        for batch in records:
            here = slice(rows, rows + batch.num_rows)
            rows += batch.num_rows
            arrays = [pa.array(places[here, column]) for column in range(len(numbers))]
            if places is None or rows <= len(places):
                file.write_batch(pa.record_batch([*arrays, *batch.columns], schema))
    return rows


def _places(index: str) -> Any:
    """Return the number and the line of each record."""
    import numpy as np

    return np.fromfile(index, np.int64).reshape(-1, 2)


def _drop_nameless(connection: Any, target: str, header: list[str], places: list[str]) -> list[str]:
    """Leave out columns that have neither a header text nor a cell; spreadsheets write them behind the last column."""
    nameless = [number for number, text in enumerate(header) if not text.strip()]
    if not nameless:
        return header
    counts = ", ".join(f"count(c{number})" for number in nameless)
    found = connection.execute(f"select {counts} from read_parquet('{target}')").fetchone()
    empty = {number for number, count in zip(nameless, found, strict=True) if not count}
    kept = [number for number in range(len(header)) if number not in empty]
    columns = ", ".join([*places, *(f"c{old} as c{new}" for new, old in enumerate(kept))])
    query = f"select {columns} from read_parquet('{target}')"
    connection.execute(f"copy ({query}) to '{target}.kept' (format parquet, compression lz4)")
    Path(f"{target}.kept").replace(target)
    return [header[number] for number in kept]
