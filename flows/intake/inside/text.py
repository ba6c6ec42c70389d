"""A regular CSV of complete records becomes Arrow: pyarrow reads it, all columns as text, with the given lines.

Its count of records is held against that of the parent, which cut the text without it.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

BLOCK_BYTES = 4 << 20
PLACES = ("_row", "_line")


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read the body that the parent has cut into records, and put their numbers and lines beside them."""
    places = _places(job["index"])
    rows, filled = _write(_records(job), places, job["target"])
    header = _drop_nameless(job["target"], job["header"], filled)
    return {"rows": {"header": header, "rows": rows if rows == len(places) else -1}}


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


def _write(batches: Iterable[Any], places: Any, target: str) -> tuple[int, Counter[str]]:
    """Write the records with their numbers and lines; return how many there are, and filled cells."""
    import pyarrow as pa

    file, rows, filled = None, 0, Counter[str]()
    with pa.OSFile(target, "wb") as sink:
        for batch in batches:
            filled.update({name: batch.num_rows - batch[name].null_count for name in batch.schema.names})
            here = slice(rows, rows + batch.num_rows)
            rows += batch.num_rows
            if rows <= len(places):
                numbers = [_numbers(places[here, column]) for column in range(len(PLACES))]
                placed = pa.RecordBatch.from_arrays([*numbers, *batch.columns], [*PLACES, *batch.schema.names])
                file = file or pa.ipc.new_file(sink, placed.schema)
                file.write_batch(placed)
        if file:
            file.close()
    return rows, filled


def _numbers(found: Any) -> Any:
    """Return numbers as a column; by their octets, because pyarrow loads pandas to look at an array of numbers."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.int64(), len(found), [None, pa.py_buffer(found.copy())])


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

    renamed = [*PLACES, *(f"c{number}" for number in range(len(names)))]
    with pa.OSFile(target) as source, pa.OSFile(f"{target}.kept", "wb") as sink:
        file = pa.ipc.open_file(source)
        schema = pa.schema(
            [(name, file.schema.field(old).type) for name, old in zip(renamed, [*PLACES, *names], strict=True)]
        )
        with pa.ipc.new_file(sink, schema) as fresh:
            for number in range(file.num_record_batches):
                fresh.write_batch(file.get_batch(number).select([*PLACES, *names]).rename_columns(renamed))
    Path(f"{target}.kept").replace(target)
