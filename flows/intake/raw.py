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
            sheet) and `c0`..`cN` (raw text; null where empty), one column per header text. Without the
            first two where `first_line` is given.
        rows: Number of records, broken ones included.
        bad_rows: Broken records; they are not in the parquet file.
        first_line: Line of the first record where each record takes one line and none is left out; else 0.
    """

    name: str
    sheet: str
    header: tuple[str, ...]
    path: Path
    rows: int
    bad_rows: tuple[BadRow, ...] = ()
    first_line: int = 0

    @property
    def source(self) -> str:
        """SQL source of `_row`, `_line` and the cells."""
        path = "'" + self.path.as_posix().replace("'", "''") + "'"
        if not self.first_line:
            return f"read_parquet({path})"
        places = f"file_row_number + 1 as _row, file_row_number + {self.first_line} as _line"
        cells = "* exclude (file_row_number)"
        return f"(select {places}, {cells} from read_parquet({path}, file_row_number = true))"


@dataclass(frozen=True)
class RawFile:
    """All tables of a received file, and what an independent count says about their records."""

    tables: dict[str, RawTable]
    encoding: str = ""
    sheets: tuple[str, ...] = ()
    rows_counted: dict[str, int] = field(default_factory=dict)
