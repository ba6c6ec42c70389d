"""The cases of an SPSS system file are counted by walking its records and its bytecode, without decoding a value.

Layout: PSPP developers' manual, "System File Format": dictionary records 2, 3, 4, 6, 7, then 999 and the cases, plain,
as bytecode (one command byte per 8-byte cell), or as bytecode in zlib blocks (.zsav).
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.intake.inside.common import RefusedError, damaged

PLAIN, BYTECODE, ZLIB = 0, 1, 2
CHUNK = 1 << 20
VARIABLE, LABELS, LABELLED, DOCUMENT, EXTENSION, END = 2, 3, 4, 6, 7, 999
IGNORED, END_OF_DATA, RAW = 0, 252, 253
LABELS_MOST = 100_000


def count_cases(path: str, limits: dict[str, Any]) -> int:
    """Return the number of cases in the data part; the number that the header states must be the same or unknown."""
    with Path(path).open("rb") as file:
        cursor = Cursor(file)
        order, compression, stated = _header(cursor)
        cells = _dictionary(cursor, order, limits)
        if compression == PLAIN:
            start, size = file.tell(), Path(path).stat().st_size
            count, rest = divmod(size - start, 8 * cells)
        else:
            source = _chunks(file) if compression == BYTECODE else _inflated(cursor, order, limits)
            count, rest = divmod(_walk(source), cells)
    if rest or stated not in (-1, count):
        raise damaged("The SPSS file does not hold the number of cases that it states.")
    return count


class Cursor:
    """Reads fields of a file and notices its end."""

    def __init__(self, file: Any) -> None:
        """Begin where the file stands."""
        self.file = file

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        found = self.file.read(size) if 0 <= size <= 1 << 26 else b""
        if len(found) != size:
            raise damaged("The SPSS file is cut short or damaged.")
        return found

    def numbers(self, form: str) -> tuple[int, ...]:
        """Return the next numbers."""
        return struct.unpack(form, self.take(struct.calcsize(form)))


def _header(cursor: Cursor) -> tuple[str, int, int]:
    head = cursor.take(176)
    if head[:4] not in (b"$FL2", b"$FL3"):
        raise RefusedError("E-104", "The file is no SPSS system file.", expected="an SPSS file (.sav, .zsav)")
    order = next((one for one in "<>" if struct.unpack(one + "i", head[64:68])[0] in (2, 3)), "")
    if not order:
        raise damaged("The layout of the SPSS file is not known.")
    compression, _, stated = struct.unpack(order + "3i", head[72:84])
    if compression not in (PLAIN, BYTECODE, ZLIB):
        raise damaged("The compression of the SPSS file is not known.")
    return order, compression, stated


def _dictionary(cursor: Cursor, order: str, limits: dict[str, Any]) -> int:
    """Pass over the dictionary and return the cells of a case."""
    cells = 0
    while True:
        (kind,) = cursor.numbers(order + "i")
        if kind == VARIABLE:
            _variable(cursor, order)
            cells += 1
        elif kind == LABELS:
            (count,) = cursor.numbers(order + "i")
            _labels(cursor, count)
        elif kind == LABELLED:
            cursor.take(4 * cursor.numbers(order + "i")[0])
        elif kind == DOCUMENT:
            cursor.take(80 * cursor.numbers(order + "i")[0])
        elif kind == EXTENSION:
            _, size, count = cursor.numbers(order + "3i")
            cursor.take(size * count)
        elif kind == END:
            cursor.take(4)
            break
        else:
            raise damaged("The dictionary of the SPSS file is damaged.")
    if not 0 < cells <= limits["columns"] * 4096:
        raise damaged("The SPSS file has no variables, or far too many.")
    return cells


def _variable(cursor: Cursor, order: str) -> None:
    _, has_label, missing, _, _ = cursor.numbers(order + "5i")
    cursor.take(8)
    if has_label:
        size = cursor.numbers(order + "i")[0]
        cursor.take((size + 3) // 4 * 4)
    if not -3 <= missing <= 3:  # noqa: PLR2004 - up to three missing values, negative for a range
        raise damaged("A variable of the SPSS file is damaged.")
    cursor.take(8 * abs(missing))


def _labels(cursor: Cursor, count: int) -> None:
    if not 0 <= count <= LABELS_MOST:
        raise damaged("The value labels of the SPSS file are damaged.")
    for _ in range(count):
        cursor.take(8)
        size = cursor.take(1)[0]
        cursor.take((size + 8) // 8 * 8 - 1)


def _chunks(file: Any) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _inflated(cursor: Cursor, order: str, limits: dict[str, Any]) -> Iterator[bytes]:
    """Yield the bytecode of a .zsav file, block by block as its trailer lists them."""
    _, trailer, length = cursor.numbers(order + "3q")
    start = cursor.file.tell()
    cursor.file.seek(trailer)
    _, _, _, count = cursor.numbers(order + "2qii")
    if length != 24 + 24 * count or not 0 <= count <= LABELS_MOST:
        raise damaged("The trailer of the SPSS file is damaged.")
    blocks = [cursor.numbers(order + "2q2i") for _ in range(count)]
    cursor.file.seek(start)
    unpacked = packed = 0
    for _, _, size, packed_size in blocks:
        packed, unpacked = packed + packed_size, unpacked + size
        if unpacked > limits["unpacked"] or unpacked > max(limits["dense"], limits["ratio"] * packed):
            raise RefusedError("E-105", "The file unpacks to far more than it should.", expected="real data")
        try:
            data = zlib.decompressobj().decompress(cursor.take(packed_size), size + 1)
        except zlib.error as error:
            raise damaged("A block of the SPSS file cannot be unpacked.") from error
        if len(data) != size:
            raise damaged("A block of the SPSS file has another size than is stated.")
        yield data


def _walk(chunks: Iterator[bytes]) -> int:
    """Return the number of cells that the bytecode stands for."""
    cells, rest, skip = 0, b"", 0
    for chunk in chunks:
        buffer, place = rest + chunk, 0
        while place + 8 + skip <= len(buffer):
            place += skip
            commands = buffer[place : place + 8]
            ends = commands.find(END_OF_DATA)
            if ends >= 0:
                return cells + ends - commands.count(IGNORED, 0, ends)
            cells += 8 - commands.count(IGNORED)
            place, skip = place + 8, 8 * commands.count(RAW)
        rest = buffer[place:]
    if len(rest) != skip:
        raise damaged("The cases of the SPSS file are cut short.")
    return cells
