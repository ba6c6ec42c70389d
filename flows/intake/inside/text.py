"""A regular CSV of complete records becomes parquet: DuckDB reads it, all columns as text, with the given lines."""

from pathlib import Path
from typing import Any


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
    # Where records and lines keep step, their numbers follow from the place, and the parser may use all processors.
    places = None if job["first_line"] else _register_places(connection, job["index"])
    joined = relation if places is None else f"{relation} positional join places"
    numbered = [] if places is None else ["_row", "_line"]
    query = f"select {', '.join([*numbered, *names])} from {joined}"
    parameters = {name: job[name] for name in ("body", "delimiter", "quote", "longest")}
    connection.execute(f"copy ({query}) to '{job['target']}' (format parquet, compression lz4)", parameters)
    header = _drop_nameless(connection, job["target"], job["header"], numbered)
    count = f"select count(*), {'null' if places is None else 'count(_row)'} from read_parquet($target)"
    rows, placed = connection.execute(count, {"target": job["target"]}).fetchall()[0]
    return {"rows": {"header": header, "rows": rows if placed == places and places in (None, rows) else -1}}


def _register_places(connection: Any, index: str) -> int:
    """Make `places` of the numbers and lines of the records, and return how many there are."""
    import numpy as np

    pairs = np.fromfile(index, np.int64).reshape(-1, 2)
    places = {"_row": np.ascontiguousarray(pairs[:, 0]), "_line": np.ascontiguousarray(pairs[:, 1])}
    connection.register("places", places)
    return len(pairs)


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
