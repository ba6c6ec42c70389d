"""The answers of each respondent stand on one sheet: a byte an item, in the order of the items' names.

A million sheets of sixty items are sixty megabytes, and every figure of a survey is a count over them. 0 says that
there is no answer of the scale (blank, not asked, "do not know"), 1 and more the place of the option in its list.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
OPTIONS = 256  # a byte an item


def written(responses: pl.DataFrame, answers: Iterable[pa.RecordBatch]) -> pa.Array:
    """Return one sheet a response, in the order of the responses.

    Args:
        responses: delivery_no, row_number (place in the delivery), items (questions with a scale of its instrument).
        answers: Batches of delivery_no, row_number and cell (`OPTIONS` times the place of the item, plus that of the
            option), in any order; an answer without its response is left out.

    Returns:
        Binary strings of `items` bytes each.
    """
    widths = responses["items"].to_numpy().astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(widths)])
    bases, first_bytes = _first_bytes(responses, ends[:-1])
    sheet = np.zeros(int(ends[-1]), np.uint8)
    for batch in answers:
        delivery, row, cell = (batch.column(place).to_numpy(zero_copy_only=False) for place in range(3))
        start = first_bytes[np.minimum(bases[delivery] + row, first_bytes.size - 1)]
        known = start >= 0
        sheet[start[known] + (cell[known] // OPTIONS)] = cell[known] % OPTIONS
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(sheet)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), responses.height, buffers)


def _first_bytes(responses: pl.DataFrame, starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each delivery where its rows begin, and for each row the first byte of its sheet, -1 for none."""
    delivery, row = responses["delivery_no"].to_numpy(), responses["row_number"].to_numpy()
    rows = np.zeros(int(delivery.max(initial=0)) + 1, np.int64)
    np.maximum.at(rows, delivery, row + 1)
    bases = np.concatenate([[0], np.cumsum(rows)[:-1]])
    first = np.full(int(rows.sum()) + 1, -1)
    first[bases[delivery] + row] = starts
    return bases, first


def read(sheets: pa.ChunkedArray, items: int) -> Bytes:
    """Return sheets of one instrument as an array of shape (respondents, items)."""
    whole = sheets.combine_chunks() if sheets.num_chunks != 1 else sheets.chunk(0)
    if not len(whole):
        return np.zeros((0, items), np.uint8)
    offset_type = np.int64 if pa.types.is_large_binary(whole.type) else np.int32
    _, offsets, content = whole.buffers()
    ends = np.frombuffer(offsets, offset_type)[whole.offset : whole.offset + len(whole) + 1]
    return np.frombuffer(content, np.uint8)[ends[0] : ends[-1]].reshape(len(whole), items)
