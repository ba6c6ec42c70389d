"""What every reader of the limited process shares: a refusal that quotes nothing, cell texts, and a parquet of text."""

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import UUID

WHOLE, HUNDREDTHS = 2, 1  # bits of a packed number ([MS-XLS] 2.5.217)
SPAN_DAYS = 2_958_466  # behind the last day of a spreadsheet, 31 December 9999
SLICE_CELLS = 400_000  # cells that are held as Python texts at a time
Row = tuple[int, Sequence[str | None]]


class RefusedError(Exception):
    """The file cannot be read; carries a code, a sentence without values, and a place."""

    def __init__(self, code: str, text: str, *, expected: str = "", line: int | None = None, sheet: str = "") -> None:
        """Keep what the parent turns into a finding."""
        self.finding = {"code": code, "text": text, "expected": expected, "line": line, "sheet": sheet}
        super().__init__(text)


def damaged(text: str, line: int | None = None) -> RefusedError:
    """Return E-130: the inside of the file is not what its format promises."""
    return RefusedError("E-130", text, expected="a complete file; export it anew", line=line)


def write_table(target: str, header: Sequence[str], rows: Iterable[Row], limits: dict[str, Any]) -> dict[str, Any]:
    """Write rows with content as text, and return header and count; columns without name and cell are left out.

    Args:
        target: Parquet file to write: `_row`, `_line`, `c0`..`cN`.
        header: Header texts.
        rows: Line and cells of each row.
        limits: `columns`: the most that a table may have.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if len(header) > limits["columns"]:
        raise RefusedError("E-113", "The file has too many columns.", expected=f"at most {limits['columns']}")
    places = [pa.field("_row", pa.int64()), pa.field("_line", pa.int64())]
    schema = pa.schema([*places, *(pa.field(f"c{number}", pa.string()) for number in range(len(header)))])
    count = 0
    with pq.ParquetWriter(target, schema, compression="lz4") as writer:
        for part in _slices(_apart(rows), max(1, SLICE_CELLS // max(1, len(header)))):
            numbers = range(count + 1, count + 1 + len(part))
            columns = [list(column) for column in zip(*(cells for _, cells in part), strict=True)]
            rows_read = pa.table([numbers, [line for line, _ in part], *columns], schema=schema)
            refuse_nul(rows_read.columns)
            writer.write_table(rows_read)
            count += len(part)
    return {"header": list(header), "rows": count}


def refuse_nul(columns: Sequence[Any]) -> None:
    """Refuse a table whose texts hold NUL, as a text file with one is refused; first the lines, then the cells.

    Raises:
        RefusedError: E-110 with the line.
    """
    import importlib

    pc = cast("Any", importlib.import_module("pyarrow.compute"))  # made at import: unknown to type checkers
    for column in columns[2:]:
        found = pc.index(pc.fill_null(pc.match_substring(column, "\0"), fill_value=False), value=True).as_py()
        if found >= 0:
            line = columns[1][found].as_py()
            raise RefusedError("E-110", "A text of the file holds NUL.", line=line, expected="text")


def _apart(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield each row with a line of its own, for by its line a row is named and mended.

    Of several that begin on one line each further one counts as a line further: in a text without line ends the line
    is the number of the row.
    """
    last = 0
    for line, cells in rows:
        last = max(line, last + 1)
        yield last, cells


def _slices(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    part: list[Row] = []
    for line, cells in rows:
        if any(cell is not None for cell in cells):
            part.append((line, cells))
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part


def cell_text(value: Any) -> str | None:  # noqa: PLR0911 - one line per type
    """Return a value as a person would write it: no midnight, no exponent, no zeros behind the last digit."""
    match value:
        case None | "":
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | UUID():
            return str(value)
        case float() | Decimal():
            return number_text(value)
        case datetime():
            return moment_text(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return span_text(value)
        case bytes():
            return value.decode("utf-8", "strict") or None
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def number_text(value: float | Decimal) -> str | None:
    """Return the shortest decimal text of a number; not a number is no value."""
    if value != value:  # noqa: PLR0124 - the test for not a number
        return None
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        return str(value)
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def moment_text(value: datetime) -> str:
    """Return a moment as `2024-02-29 13:05:07`, a day without its midnight; an offset stays."""
    if value.tzinfo is None and value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ")


def span_text(value: timedelta) -> str:
    """Return a span of time as hours, minutes, seconds."""
    seconds = round(value.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def span_of_days(days: float) -> str:
    """Return a number of days as hours, minutes, seconds; nothing where a spreadsheet shows no span either."""
    return span_text(timedelta(days=days)) if 0 <= days < SPAN_DAYS else ""


def unpacked(packed: int) -> float:
    """Return a number of 32 bits: whole or the upper half of a double, a hundredth of it where a bit says so."""
    upper = struct.unpack("<d", struct.pack("<q", (packed & ~3) << 32))[0]
    number = float(packed >> 2) if packed & WHOLE else upper
    return number / 100 if packed & HUNDREDTHS else number


def inner_name(path: str, member: str) -> Path:
    """Return a path beside another, for files of our own making."""
    return Path(path).with_name(member)
