"""The floor of intake: plain DuckDB reads the extract, casts it and writes parquet; no rules, no reasons, no keys."""

import sys
from pathlib import Path

import duckdb

from tests.benchmarks.inputs import COLUMNS, TYPES

THREADS = 2


def main(extract: str, target: str) -> None:
    """Read, cast, write."""
    casts = ", ".join(_cast(name) for name in COLUMNS.split(","))
    connection = duckdb.connect(config={"memory_limit": "2GB", "threads": THREADS})
    source = _book(connection, extract) if Path(extract).suffix == ".xlsx" else _text(extract)
    connection.execute(f"copy (select {casts} from {source}) to '{target}' (format parquet, compression zstd)")


def _text(extract: str) -> str:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS.split(","))
    return f"read_csv('{extract}', auto_detect=false, header=true, delim=',', quote='\"', columns={{{columns}}})"


def _book(connection: duckdb.DuckDBPyConnection, extract: str) -> str:
    import fastexcel

    connection.register("book", fastexcel.read_excel(extract).load_sheet(0, dtypes="string").to_arrow())
    return "book"


def _cast(name: str) -> str:
    kind = TYPES.get(name)
    if kind == "date":
        return f"try_strptime({name}, '%d.%m.%Y')::date as {name}"
    return f"try_cast({name} as {kind}) as {name}" if kind else name


main(*sys.argv[1:])
