"""The floor of publishing: DuckDB sorts the same tables, pyarrow writes them as parquet, DuckDB as database and CSV."""

import hashlib
import json
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

LONG = 100_000  # rows beyond which a text copy is packed, as in expectations/release.yml


def main(workspace: str, out: str, *formats: str) -> None:
    """Write the tables of a warehouse in the forms named besides parquet, with the hash of each file."""
    source, folder = Path(workspace) / "warehouse", Path(out)
    folder.mkdir()
    nodes = json.loads((source / "dbt_manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{source / 'warehouse.duckdb'}' as built (read_only)")
        if "duckdb" in formats:
            connection.execute(f"attach '{folder / 'marts.duckdb'}' as copy")
        for node in nodes:
            name, order = node["name"], ", ".join(node["config"]["meta"]["publish"]["grain"])
            rows = connection.sql(f"from built.marts.{name} order by {order}").to_arrow_table()
            pq.write_table(rows, folder / f"{name}.parquet", compression="zstd")
            if "duckdb" in formats:
                connection.execute(f"create table copy.{name} as from rows")
            if "csv" in formats:
                file = folder / f"{name}.csv{'.gz' if rows.num_rows > LONG else ''}"
                connection.execute(f"copy (from rows) to '{file}'")
    for file in folder.iterdir():
        with file.open("rb") as stream:
            hashlib.file_digest(stream, "sha256").hexdigest()


main(*sys.argv[1:])
