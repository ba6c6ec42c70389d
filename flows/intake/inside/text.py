"""A regular CSV of complete records becomes parquet: DuckDB reads it, all columns as text, with the given lines."""

from pathlib import Path
from typing import Any


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read the body that the parent has cut into records, and put their numbers and lines beside them."""
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
