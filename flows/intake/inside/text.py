"""A regular CSV of complete records becomes parquet: pyarrow reads it, all columns as text, with the given lines.

Its count of records is held against that of the parent, which cut the text without it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BATCH_ROWS, BATCH_BYTES = 122_880, 48 << 20
BLOCK_BYTES = 4 << 20
PLACES = ("_row", "_line")
DICTIONARY_BYTES = 16 << 10  # a dictionary that grows beyond some pages of text costs more than it saves
OPTIONS: dict[str, Any] = {
    "compression": "none",  # read twice and gone: packing costs more than it saves
    "dictionary_pagesize_limit": DICTIONARY_BYTES,
    "write_statistics": False,  # nobody asks for them
    "store_schema": False,
}


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read the body that the parent has cut into records, and put their numbers and lines beside them."""
    # Where records and lines keep step, their numbers follow from the place.
    places = None if job["first_line"] else _places(job["index"])
    rows, filled = _write(_gathered(_records(job)), places, job["target"])
    header = _drop_nameless(job["target"], job["header"], filled)
    return {"rows": {"header": header, "rows": rows if places is None or rows == len(places) else -1}}


def _records(job: dict[str, Any]) -> Iterable[Any]:
    """Return the records as batches of text; an empty cell is null, quoted or not."""
    import pyarrow as pa
    from pyarrow import csv

    names = [f"c{number}" for number in range(job["width"])]
    if not Path(job["body"]).stat().st_size:
        return [pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in names})]
    # The reader takes a bare CR for a line end too.
    parse = csv.ParseOptions(
        delimiter=job["delimiter"],
        quote_char=job["quote"] or False,
        newlines_in_values=job["is_serial"],
        ignore_empty_lines=False,
    )
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    pa.set_cpu_count(job["threads"])  # the next block is parsed while this one is written
    read = csv.ReadOptions(use_threads=True, block_size=max(BLOCK_BYTES, 4 * job["longest"]), column_names=names)
    return csv.open_csv(job["body"], read, parse, convert)


def _gathered(batches: Iterable[Any]) -> Iterator[Any]:
    """Put small batches together, for row groups of a usual size: the engine then keeps to the same ones."""
    import pyarrow as pa

    held: list[Any] = []
    for batch in batches:
        held.append(batch)
        rows = sum(one.num_rows for one in held)
        if rows >= BATCH_ROWS or sum(one.nbytes for one in held) >= BATCH_BYTES:
            table, whole = pa.Table.from_batches(held), rows - rows % BATCH_ROWS or rows
            yield table[:whole]
            held = table[whole:].to_batches()
    if held:
        yield pa.Table.from_batches(held)


def _write(tables: Iterable[Any], places: Any, target: str) -> tuple[int, Counter[str]]:
    """Write the records, with their numbers and lines where they have own ones; return how many, and filled cells."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file, rows, filled = None, 0, Counter[str]()
    for table in tables:
        filled.update({name: table.num_rows - table[name].null_count for name in table.column_names})
        here = slice(rows, rows + table.num_rows)
        rows += table.num_rows
        numbers = {} if places is None else {name: places[here, column] for column, name in enumerate(PLACES)}
        if places is None or rows <= len(places):
            placed = pa.table(numbers | dict(zip(table.column_names, table.columns, strict=True)))
            file = file or pq.ParquetWriter(target, placed.schema, **OPTIONS)
            file.write_table(placed)
    if file:
        file.close()
    return rows, filled


def _places(index: str) -> Any:
    """Return the number and the line of each record."""
    import numpy as np

    return np.fromfile(index, np.int64).reshape(-1, 2)


def _drop_nameless(target: str, header: list[str], filled: Counter[str]) -> list[str]:
    """Leave out columns that have neither a header text nor a cell; spreadsheets write them behind the last column."""
    kept = [number for number, text in enumerate(header) if text.strip() or filled[f"c{number}"]]
    if len(kept) < len(header):
        _keep(target, [f"c{number}" for number in kept])
    return [header[number] for number in kept]


def _keep(target: str, names: list[str]) -> None:
    """Write a file anew with some of its columns, numbered from 0."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(target) as file:
        old = file.schema_arrow
        places = [name for name in PLACES if name in old.names]
        renamed = [*places, *(f"c{number}" for number in range(len(names)))]
        fields = [old.field(name).with_name(new) for name, new in zip([*places, *names], renamed, strict=True)]
        with pq.ParquetWriter(f"{target}.kept", pa.schema(fields), **OPTIONS) as fresh:
            for group in range(file.num_row_groups):
                fresh.write_table(file.read_row_group(group, [*places, *names]).rename_columns(renamed))
    Path(f"{target}.kept").replace(target)
