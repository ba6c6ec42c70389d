"""What a reader hands over: every table of a received file as raw text, with its place in the file."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class BadRow:
    """A record whose structure is broken, for example with too many cells.

    Attributes:
        line: Line in the file, or row in the sheet.
        code: Reason code, for example E-312.
        text: The record as received; goes to the vault only.
    """

    line: int
    code: str
    text: str


@dataclass(frozen=True)
class RawTable:
    """One table of a received file.

    Attributes:
        name: `rows`, or the name of a repeat group.
        sheet: Sheet of a workbook; empty for text files.
        header: Header texts as received; several header rows joined with ` / `.
        path: Parquet file with `_row` (record number from 1), `_line` (line in the file or row in the
            sheet) and `c0`..`cN` (raw text; null where empty), one column per header text.
        rows: Number of records, broken ones included.
        bad_rows: Broken records; they are not in the parquet file.
    """

    name: str
    sheet: str
    header: tuple[str, ...]
    path: Path
    rows: int
    bad_rows: tuple[BadRow, ...] = ()


@dataclass(frozen=True)
class RawFile:
    """All tables of a received file, and what an independent count says about their records."""

    tables: dict[str, RawTable]
    encoding: str = ""
    sheets: tuple[str, ...] = ()
    rows_counted: dict[str, int] = field(default_factory=dict)
