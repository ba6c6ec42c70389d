"""What a counter finds in a sheet of an .xls, .xlsb or .ods workbook, and what follows from it for the reader."""

import re
from dataclasses import dataclass, field
from typing import Any

from flows.intake.inside.common import RefusedError

FAULTS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
GRID_ROWS, GRID_COLUMNS = 1_048_576, 16_384
TEXTS_MOST = 2_000_000  # times of day, and spans, in a sheet
BUILT_IN_SPAN = 46  # the format [h]:mm:ss, which no file need spell out
ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)  # hours, minutes or seconds that go on beyond a day
BESIDE = re.compile(r'"[^"]*"|\\.|_.')  # of a number format: texts and signs that are no fields


def shows_span(code: str) -> bool:
    """Return whether a format of numbers shows hours beyond a day, as `[h]:mm` does."""
    return bool(ELAPSED.search(BESIDE.sub("", code)))


@dataclass
class Sheet:
    """A sheet: rows with content (from 1), used columns (from 1; 0 where there are none), merged ranges, texts to set.

    Attributes:
        columns: Those of empty texts too, which the library counts as used: `=IF(A9="","",...)` pulled down.
        height: Last used row, likewise.
        merges: First row, first column, last row, last column, from 1.
        texts: Row, column and text of cells that the library drops or writes otherwise: failed formulas, times,
            spans of time, texts of 16-bit letters.
    """

    name: str
    is_hidden: bool = False
    is_1904: bool = False
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    height: int = 0
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)

    def note(self, row: int, column: int) -> None:
        """Note a cell with content, counted from 1."""
        self.touch(row, column)
        self.rows.add(row)

    def touch(self, row: int, column: int) -> None:
        """Note a cell that is used, counted from 1, be its text empty."""
        if row > GRID_ROWS or column > GRID_COLUMNS:
            text = "A cell lies outside the grid of a sheet."
            raise RefusedError("E-113", text, sheet=self.name, expected="cells within A1:XFD1048576")
        self.columns.add(column)
        self.height = max(self.height, row)

    def check_size(self, limits: dict[str, Any]) -> None:
        """Refuse a used range for which the reader would need far too much memory."""
        width = max(self.columns, default=0) - min(self.columns, default=1) + 1
        if width > limits["columns"]:
            text, expected = "The sheet has too many columns.", f"at most {limits['columns']}"
            raise RefusedError("E-113", text, sheet=self.name, expected=expected)
        if len(self.texts) > TEXTS_MOST:
            text, expected = "The sheet holds too many times.", f"at most {TEXTS_MOST:,}"
            raise RefusedError("E-113", text, sheet=self.name, expected=expected)
        if width * self.height > limits["cells"]:
            text, expected = "The used range of the sheet is too large.", f"at most {limits['cells']:,} cells"
            raise RefusedError("E-113", text, sheet=self.name, expected=expected)
