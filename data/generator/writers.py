"""Files as ministries send them, with the same bytes each time."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

CREATED = datetime(2026, 10, 5, 9, 0, 0)
Cell = str | int | float | datetime | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: its rows, and the ranges to merge as (first row, first column, last row, last column), from 0."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merges: Sequence[tuple[int, int, int, int]] = field(default_factory=tuple)


def write_csv(path: Path, rows: Iterable[Sequence[object]], delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Write rows as a delimited text file with CRLF line ends, packed where it is a `.gz`; None is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    content = text.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def write_xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write a workbook; dates get a date format, text stays text, numbers stay numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": CREATED})
        date_format = book.add_format({"num_format": "dd.mm.yyyy"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for row_number, row in enumerate(sheet.rows):
                for column, value in enumerate(row):
                    _write_cell(page, row_number, column, value, date_format)
            for first_row, first_column, last_row, last_column in sheet.merges:
                title = sheet.rows[first_row][first_column]
                page.merge_range(first_row, first_column, last_row, last_column, title)


def _write_cell(page: Worksheet, row: int, column: int, value: Cell, date_format: Format) -> None:
    match value:
        case None:
            return
        case datetime():
            page.write_datetime(row, column, value, date_format)
        case str():
            page.write_string(row, column, value)
        case _:
            page.write_number(row, column, value)
