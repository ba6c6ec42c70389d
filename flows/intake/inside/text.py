"""A regular CSV of complete records becomes Arrow: pyarrow reads it, all columns as text, with the given lines.

Records come through a pipe, a block at a time, while the parent cuts more. The count of each block is held against
that of the parent, which cut the text without pyarrow.
"""

import json
import os
import struct
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from flows.intake.inside.memory import keep_memory

Block = tuple[bytes, bytes, bool]

PLACES = ("_row", "_line")
SIZES = struct.Struct("<3q")  # of a block: records, octets, and whether a cell may hold a line end
END = -1  # records of the block that there is not
THREADS = 2


class CutShortError(Exception):
    """The sender of records ended before it said so: it found a fault, or is gone."""


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read the records that come through a pipe, while the parent cuts more."""
    keep_memory()
    with _opened(job["pipe"]) as pipe:
        header = json.loads(_octets(pipe, SIZES.unpack(_octets(pipe, SIZES.size))[1]))
        rows, filled = _write(_in_turn(_blocks(pipe), header, job), job["target"])
    return {"rows": {"header": _drop_nameless(job["target"], header, filled), "rows": rows}}


def _opened(path: str) -> BinaryIO:
    """Open the pipe without waiting for a sender: ours has it open already, and one that was killed never comes."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb")


def _blocks(pipe: BinaryIO) -> Iterator[Block]:
    """Yield the records of each block, their places, and whether a cell may hold a line end."""
    while True:
        count, size, is_serial = SIZES.unpack(_octets(pipe, SIZES.size))
        if count == END:
            return
        places = _octets(pipe, 16 * count)
        yield _octets(pipe, size), places, bool(is_serial)


def _octets(pipe: BinaryIO, size: int) -> bytes:
    found = pipe.read(size)
    if len(found) < size:
        raise CutShortError
    return found


def _in_turn(blocks: Iterable[Block], header: list[str], job: dict[str, Any]) -> Iterator[Any]:
    """Yield each block as a batch, in order, while the next ones are parsed."""
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for block in blocks:
            waiting.append(pool.submit(_parsed, block, len(header), job))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        if not waiting:
            yield _parsed((b"", b"", False), len(header), job)
        while waiting:
            yield waiting.popleft().result()


def _parsed(block: Block, width: int, job: dict[str, Any]) -> Any:
    """Return records as a batch of text with their places; an empty cell is null, quoted or not.

    Raises:
        ValueError: The parser found other records than were cut.
    """
    import pyarrow as pa
    from pyarrow import csv

    records, places, is_serial = block
    names = [f"c{number}" for number in range(width)]
    if not records:
        return pa.RecordBatch.from_arrays(
            [*_numbers(places), *(pa.array([], pa.string()) for _ in names)], [*PLACES, *names]
        )
    # The reader takes a bare CR for a line end too.
    parse = csv.ParseOptions(
        delimiter=job["delimiter"],
        quote_char=job["quote"] or False,
        newlines_in_values=is_serial,
        ignore_empty_lines=False,
    )
    convert = csv.ConvertOptions(
        check_utf8=False,  # the parent has decoded it, and looks through what stands here
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
    )
    options = csv.ReadOptions(use_threads=False, block_size=len(records) + 1, column_names=names)
    table = csv.read_csv(pa.BufferReader(records), options, parse, convert).combine_chunks()
    if table.num_rows != len(places) // 16:
        raise ValueError
    columns = [column.chunk(0) for column in table.columns]
    return pa.RecordBatch.from_arrays([*_numbers(places), *columns], [*PLACES, *names])


def _write(batches: Iterable[Any], target: str) -> tuple[int, Counter[str]]:
    """Write the records with their numbers and lines; return how many there are, and filled cells."""
    import pyarrow as pa

    file, rows, filled = None, 0, Counter[str]()
    with pa.OSFile(target, "wb") as sink:
        for batch in batches:
            filled.update({name: batch.num_rows - batch[name].null_count for name in batch.schema.names})
            rows += batch.num_rows
            file = file or pa.ipc.new_file(sink, batch.schema)
            file.write_batch(batch)
        if file:
            file.close()
    return rows, filled


def _numbers(places: bytes) -> Iterator[Any]:
    """Yield the numbers and the lines of records as columns.

    By their octets, because pyarrow loads pandas to look at an array of numbers.
    """
    import numpy as np
    import pyarrow as pa

    for column in np.frombuffer(places, np.int64).reshape(-1, len(PLACES)).T:
        yield pa.Array.from_buffers(pa.int64(), len(column), [None, pa.py_buffer(column.copy())])


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
