"""Sheets of an OpenDocument workbook are counted by a stream of XML events, with repeats, without a DTD."""

import re
import zipfile
from typing import Any

from flows.intake.inside.common import RefusedError, damaged
from flows.intake.inside.scan import GRID_COLUMNS, TEXTS_MOST, Sheet
from flows.intake.inside.xmlgate import feed, parser

CONTENT = "content.xml"
REPEATS_MOST = 10_000  # a run of equal rows with content; longer ones are the grey rest of a sheet
MANIFEST, ENCRYPTED = "META-INF/manifest.xml", b"encryption-data"
SPAN = re.compile(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")


def sheets(path: str, limits: dict[str, Any]) -> list[Sheet]:
    """Return what stands in each sheet."""
    walker = Walker()
    engine = parser(walker.start, walker.end, walker.text)
    with zipfile.ZipFile(path) as archive:
        _check_parts(archive)
        with archive.open(CONTENT) as content:
            feed(engine, iter(lambda: content.read(1 << 20), b""), limits)
    if not walker.sheets:
        raise damaged("The workbook names no sheet.")
    return walker.sheets


def _check_parts(archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if MANIFEST in names and ENCRYPTED in archive.read(MANIFEST):
        raise RefusedError("E-108", "The workbook is protected by a password.", expected="no password")
    if CONTENT not in names:
        raise RefusedError("E-104", "The archive is no OpenDocument workbook.", expected="a workbook (.ods)")


class Walker:
    """Follows tables, rows and cells."""

    def __init__(self) -> None:
        """Begin before the first table."""
        self.sheets: list[Sheet] = []
        self.row = self.column = self.depth = 0
        self.row_times = self.cell_times = 1
        self.cell: dict[str, str] | None = None
        self.has_text = False
        self.filled: list[tuple[int, int, str | None]] = []
        self.annotation = 0
        self.style = ""
        self.hiding: set[str] = set()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        tag = name.rpartition(" ")[2] if " " in name else name
        own = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if tag == "table" and self._is_table(name):
            self.depth += 1
            if self.depth > 1:
                raise damaged("A table stands in a cell of another one.")
            self.sheets.append(Sheet(own.get("name", ""), own.get("style-name", "") in self.hiding))
            self.row = 0
        elif self.depth != 1:
            self._note_style(tag, own)
        elif tag == "table-row":
            self.row_times, self.column, self.filled = _times(own, "number-rows-repeated"), 0, []
        elif tag in ("table-cell", "covered-table-cell"):
            self.cell, self.has_text, self.cell_times = own, False, _times(own, "number-columns-repeated")
        elif tag == "annotation":
            self.annotation += 1

    def _note_style(self, tag: str, own: dict[str, str]) -> None:
        """Note which styles hide a table; they stand before all tables."""
        if tag == "style":
            self.style = own.get("name", "")
        elif tag == "table-properties" and own.get("display") == "false":
            self.hiding.add(self.style)

    @staticmethod
    def _is_table(name: str) -> bool:
        return name.startswith("urn:oasis:names:tc:opendocument:xmlns:table")

    def text(self, text: str) -> None:
        """Note that the cell has a text."""
        if self.cell is not None and not self.annotation and text.strip("\r\n"):
            self.has_text = True

    def end(self, name: str) -> None:
        """Take the end of an element."""
        tag = name.rpartition(" ")[2]
        if tag == "table" and self._is_table(name):
            self.depth -= 1
        elif self.depth != 1:
            return
        elif tag == "annotation":
            self.annotation -= 1
        elif tag in ("table-cell", "covered-table-cell") and self.cell is not None:
            self._take_cell(self.cell)
            self.cell = None
        elif tag == "table-row":
            self._take_row()

    def _take_cell(self, cell: dict[str, str]) -> None:
        kind = cell.get("value-type", "")
        has_value = kind not in ("", "string") or self.has_text or bool(cell.get("string-value"))
        self._take_merge(cell)
        if has_value:
            if self.column + self.cell_times > GRID_COLUMNS:
                raise RefusedError("E-113", "A cell lies outside the grid of a sheet.", expected="cells within A1:XFD")
            for number in range(self.column + 1, self.column + 1 + self.cell_times):
                self.filled.append((self.row + 1, number, _time(cell) if kind == "time" else None))
        self.column += self.cell_times

    def _take_merge(self, cell: dict[str, str]) -> None:
        wide, high = _times(cell, "number-columns-spanned"), _times(cell, "number-rows-spanned")
        if wide > 1 or high > 1:
            top, left = self.row + 1, self.column + 1
            self.sheets[-1].merges.append((top, left, top + high - 1, left + wide - 1))

    def _take_row(self) -> None:
        if self.filled and self.row_times > REPEATS_MOST:
            raise RefusedError("E-113", "A row of the sheet is repeated too often.", expected=f"at most {REPEATS_MOST}")
        sheet, again = self.sheets[-1], self.row_times if self.filled else 0
        for row, column, _ in self.filled:
            sheet.note(row + again - 1, column)  # the last of them tells whether all lie within the grid
        sheet.rows.update(range(self.row + 1, self.row + 1 + again))
        times = [(column, text) for _, column, text in self.filled if text is not None]
        if len(sheet.texts) + again * len(times) > TEXTS_MOST:
            raise RefusedError("E-113", "The sheet holds too many times.", expected=f"at most {TEXTS_MOST:,}")
        sheet.texts.extend((self.row + 1 + n, column, text) for n in range(again) for column, text in times)
        self.row += self.row_times


def _times(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if not re.fullmatch(r"\d{1,8}", text):
        raise damaged("The sheet repeats a cell in a way that is no number.")
    return int(text)


def _time(cell: dict[str, str]) -> str:
    match = SPAN.fullmatch(cell.get("time-value", ""))
    if not match:
        return cell.get("time-value", "")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return f"{days * 24 + hours:02d}:{minutes:02d}:{seconds:02d}"
