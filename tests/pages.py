"""The pages of a parquet file as they lie there, unpacked: what no row uses any more may still stand in them."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MAGIC = b"\x28\xb5\x2f\xfd"
KINDS = {"INT32": "<i4", "INT64": "<i8", "DOUBLE": "<f8", "FLOAT": "<f4"}


def pages_of(path: Path) -> Iterator[bytes]:
    """Yield every page packed by Zstandard, unpacked."""
    content = path.read_bytes()
    start = content.find(MAGIC)
    while start >= 0:
        yield _unpacked(content, start)
        start = content.find(MAGIC, start + 4)


def words_of(path: Path) -> Iterator[tuple[str, set[object]]]:
    """Yield for each column and group of rows the values that its dictionary holds, used or not."""
    footer, content = pq.read_metadata(path), path.read_bytes()
    for group in map(footer.row_group, range(footer.num_row_groups)):
        for column in map(group.column, range(footer.num_columns)):
            if column.has_dictionary_page and column.compression == "ZSTD":
                page = _unpacked(content, content.find(MAGIC, column.dictionary_page_offset))
                yield column.path_in_schema, _values(page, column.physical_type)


def _unpacked(content: bytes, start: int) -> bytes:
    """Unpack one frame, whose end is found block by block (RFC 8878, 3.1.1)."""
    flags = content[start + 4]
    is_single, width = flags >> 5 & 1, (flags >> 5 & 1, 2, 4, 8)[flags >> 6]
    place, is_last = start + 5 + (1 - is_single) + (0, 1, 2, 4)[flags & 3] + width, False
    while not is_last and place < len(content):
        block = int.from_bytes(content[place : place + 3], "little")
        is_last, place = bool(block & 1), place + 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
    frame = content[start : place + 4 * (flags >> 2 & 1)]
    try:
        return pa.input_stream(pa.py_buffer(frame), compression="zstd").read()
    except OSError:  # four bytes of a page that look like the beginning of a frame
        return b""


def _values(page: bytes, kind: str) -> set[object]:
    if kind in KINDS:
        return set(np.frombuffer(page, KINDS[kind]).tolist())
    found, place = set(), 0
    while place < len(page):
        (length,) = struct.unpack_from("<I", page, place)
        found.add(page[place + 4 : place + 4 + length].decode())
        place += 4 + length
    return found
