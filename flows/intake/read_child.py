"""After this process has ended, each table of one file stands as parquet, all cells as text, and a JSON tells its rows.

Started by read.py with a job file as its only argument; it imports nothing of qdeep, limits itself before it loads a
parser, and hands back nothing but files. What it prints is thrown away, because a parser's message may quote a row.
"""

import ctypes
import errno
import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1  # linux/prctl.h
ISO_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00(?:\.0+)?$"
TIME_ONLY = r"^1899-12-3[01] (\d{2}:\d{2}:\d{2})$"  # a time of day is a fraction of day 0 of the workbook
SLICE_ROWS = 10_000
FRACTION = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d+$"


def main() -> None:
    """Do the job, and write its result last."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    _limit_self(job["limits"])
    tables = _read_text(job) if job["format"] == "csv" else _read_workbook(job)
    Path(job["result"]).write_text(json.dumps({"tables": tables}), encoding="utf-8")


def _limit_self(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # never outlives the run that started it
    for name, kind in (("memory", resource.RLIMIT_AS), ("cpu", resource.RLIMIT_CPU), ("file", resource.RLIMIT_FSIZE)):
        resource.setrlimit(kind, (limits[name], limits[name]))


def _read_text(job: dict[str, Any]) -> dict[str, Any]:
    import duckdb
    import numpy as np

    index = np.fromfile(job["index"], np.int64).reshape(-1, 2)
    places = {"_row": np.ascontiguousarray(index[:, 0]), "_line": np.ascontiguousarray(index[:, 1])}
    connection = duckdb.connect(config={"memory_limit": job["memory"], "threads": job["threads"]})
    connection.execute(f"set temp_directory = '{job['folder']}'")
    connection.execute(f"set allowed_directories = ['{job['folder']}']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    connection.register("places", places)
    names = [f"c{number}" for number in range(job["width"])]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    relation = (
        "read_csv($body, auto_detect = false, header = false, encoding = 'utf-8', compression = 'none', "
        "delim = $delimiter, quote = $quote, escape = $quote, new_line = '\\n', nullstr = '', strict_mode = true, "
        f"max_line_size = $longest, parallel = {'false' if job['is_serial'] else 'true'}, columns = {{{columns}}})"
    )
    query = f"select places._row, places._line, {', '.join(names)} from {relation} positional join places"
    parameters = {name: job[name] for name in ("body", "delimiter", "quote", "longest")}
    connection.execute(f"copy ({query}) to '{job['target']}' (format parquet, compression lz4)", parameters)
    header = _drop_nameless(connection, job["target"], job["header"])
    count = "select count(*), count(_row) from read_parquet($target)"
    rows, placed = connection.execute(count, {"target": job["target"]}).fetchall()[0]
    return {"rows": {"header": header, "rows": rows if rows == placed == len(index) else -1}}


def _drop_nameless(connection: Any, target: str, header: list[str]) -> list[str]:
    """Leave out columns that have neither a header text nor a cell; spreadsheets write them behind the last column."""
    nameless = [number for number, text in enumerate(header) if not text.strip()]
    if not nameless:
        return header
    counts = ", ".join(f"count(c{number})" for number in nameless)
    found = connection.execute(f"select {counts} from read_parquet('{target}')").fetchone()
    empty = {number for number, count in zip(nameless, found, strict=True) if not count}
    kept = [number for number in range(len(header)) if number not in empty]
    columns = ", ".join(["_row", "_line", *(f"c{old} as c{new}" for new, old in enumerate(kept))])
    query = f"select {columns} from read_parquet('{target}')"
    connection.execute(f"copy ({query}) to '{target}.kept' (format parquet, compression lz4)")
    Path(f"{target}.kept").replace(target)
    return [header[number] for number in kept]


def _read_workbook(job: dict[str, Any]) -> dict[str, Any]:
    import fastexcel

    book = fastexcel.read_excel(job["book"])
    return {table["name"]: _read_sheet(book, table) for table in job["tables"]}


def _read_sheet(book: Any, table: dict[str, Any]) -> dict[str, Any]:
    batch = book.load_sheet(table["sheet"], header_row=None, skip_rows=0, dtypes="string").to_arrow()
    if batch.num_columns != table["width"] or batch.num_rows != table["height"]:
        return {"header": [], "rows": -1}
    top, skip = table["title_rows"], table["title_rows"] + table["header_rows"]
    header = _header([column.slice(top, skip - top).to_pylist() for column in batch.columns], table)
    kept = [i for i, column in enumerate(batch.columns) if header[i].strip() or _has_cell(column.slice(skip))]
    rows = _write_sheet(batch, kept, skip, table)
    return {"header": [header[i] for i in kept], "rows": rows}


def _compute() -> Any:
    """Return the compute functions, which are made at import and so are not known to type checkers."""
    import importlib

    return importlib.import_module("pyarrow.compute")


def _has_cell(column: Any) -> bool:
    pc = _compute()
    return bool(pc.any(pc.not_equal(column, "")).as_py())


def _write_sheet(batch: Any, kept: list[int], skip: int, table: dict[str, Any]) -> int:
    """Write the rows with content, some thousand at a time, and return their number."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    places = [pa.field("_row", pa.int64()), pa.field("_line", pa.int64())]
    schema = pa.schema([*places, *(pa.field(f"c{number}", pa.string()) for number in range(len(kept)))])
    rows = 0
    with pq.ParquetWriter(table["target"], schema, compression="lz4") as writer:
        for start in range(skip, batch.num_rows, SLICE_ROWS):
            part = _tidy_rows(batch.slice(start, SLICE_ROWS), kept, start, rows, table)
            writer.write_table(pa.table(part, schema=schema))
            rows += len(part[0])
    return rows


def _tidy_rows(batch: Any, kept: list[int], start: int, rows: int, table: dict[str, Any]) -> list[Any]:
    """Return the columns of a slice: record number, row in the sheet, tidy cells; rows without content left out."""
    import functools

    import pyarrow as pa

    pc = _compute()

    columns = [_tidy(_with_errors(batch.column(i), i, start, table)) for i in kept]
    filled = functools.reduce(pc.or_, [pc.is_valid(column) for column in columns])
    lines = pa.array(range(start + 1, start + 1 + batch.num_rows), pa.int64()).filter(filled)
    numbers = pa.array(range(rows + 1, rows + 1 + len(lines)), pa.int64())
    return [numbers, lines, *(column.filter(filled) for column in columns)]


def _with_errors(column: Any, number: int, start: int, table: dict[str, Any]) -> Any:
    """Put back the text of cells in which a formula failed: an error is not an empty cell."""
    import pyarrow as pa

    errors = {row - 1 - start: text for row, at, text in table["errors"] if at == table["first_column"] + number}
    if not errors:
        return column
    return pa.array([errors.get(row, text) for row, text in enumerate(column.to_pylist())], pa.string())


def _tidy(column: Any) -> Any:
    """Write dates without midnight, times without a day, moments in whole seconds; an empty text is no cell."""
    import pyarrow as pa

    pc = _compute()

    column = _whole_seconds(column)
    column = pc.replace_substring_regex(column, ISO_MIDNIGHT, r"\1")
    column = pc.replace_substring_regex(column, TIME_ONLY, r"\1")
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _whole_seconds(column: Any) -> Any:
    """Round moments with a fraction: a spreadsheet keeps them as binary fractions of a day, never exact."""
    import pyarrow as pa

    pc = _compute()

    is_fraction = pc.fill_null(pc.match_substring_regex(column, FRACTION), fill_value=False)
    if not pc.any(is_fraction).as_py():
        return column
    moments = pc.cast(column.filter(is_fraction), pa.timestamp("ms"))
    rounded = pc.strftime(pc.round_temporal(moments, unit="second"), "%Y-%m-%d %H:%M:%S")
    texts = pc.replace_substring_regex(rounded, r"\.0+$", "")
    return pc.replace_with_mask(column, is_fraction, texts)


def _header(columns: list[list[str | None]], table: dict[str, Any]) -> list[str]:
    """Join the header rows of each column after merged cells have been filled to the right."""
    for top, left, bottom, right in table["merges"]:
        row, first = top - 1 - table["title_rows"], left - table["first_column"]
        last = min(right - table["first_column"], len(columns) - 1)
        if 0 <= row < table["header_rows"] and 0 <= first <= last and bottom >= top:
            for number in range(first + 1, last + 1):
                columns[number][row] = columns[first][row]
    if table["header_row"]:
        return [column[table["header_row"] - 1] or "" for column in columns]
    return [" / ".join(text for text in column if text) for column in columns]


def _exit_status(error: BaseException) -> int:
    """Tell a full disk and a lack of memory from a file that cannot be parsed; the message itself stays here."""
    text = str(error)
    if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in text:
        return errno.ENOSPC
    is_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException"
    return errno.ENOMEM if is_memory else 1


if __name__ == "__main__":
    try:
        main()
    except BaseException as error:  # noqa: BLE001 - a panic of a parser is no Exception
        sys.exit(_exit_status(error))
