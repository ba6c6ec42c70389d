"""The floor of intake: plain DuckDB reads the extract, casts it and writes parquet; no rules, no reasons, no keys."""

import sys

import duckdb

from tests.benchmarks.inputs import COLUMNS

DATES = ("birth_date", "civil_service_start_date", "start_date", "end_date", "long_leave_start", "long_leave_end")


def main(extract: str, target: str) -> None:
    """Read, cast, write."""
    names = COLUMNS.split(",")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    casts = ", ".join(
        f"try_strptime({n}, '%d.%m.%Y')::date as {n}"
        if n in DATES
        else f"try_cast({n} as double) as {n}"
        if n == "fte"
        else n
        for n in names
    )
    connection = duckdb.connect(config={"memory_limit": "2GB"})
    source = f"read_csv('{extract}', auto_detect=false, header=true, delim=',', quote='\"', columns={{{columns}}})"
    connection.execute(f"copy (select {casts} from {source}) to '{target}' (format parquet, compression zstd)")


main(*sys.argv[1:])
