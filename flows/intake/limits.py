"""How large, deep and dense a received file may be; whatever is beyond is refused before a parser sees it."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of one received file.

    Attributes:
        file_bytes: Size as received.
        unpacked_bytes: True size after unpacking, counted while unpacking.
        ratio: Unpacked to packed size, looked at above `ratio_from_bytes`. Real workbooks reach about 60.
        parts: Entries of a zip archive.
        columns: Columns of a table.
        cells: Rows times columns of the used range of a sheet.
        record_bytes: One record of a text file, or one line of it.
        row_bytes: XML of one row of a sheet.
        child_bytes: Memory of the reading process besides what grows with the file.
        child_seconds: CPU seconds of the reading process for each 50 MB of text, at least that.
    """

    file_bytes: int = 2048 * MIB
    unpacked_bytes: int = 4096 * MIB
    ratio: int = 200
    ratio_from_bytes: int = 50 * MIB
    parts: int = 2000
    columns: int = 5_000
    cells: int = 40_000_000
    record_bytes: int = MIB
    row_bytes: int = 16 * MIB
    child_bytes: int = 3072 * MIB
    child_seconds: int = 30


LIMITS = Limits()
CHUNK = 4 * MIB
