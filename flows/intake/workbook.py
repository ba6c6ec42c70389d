"""Refused rows stand in a workbook: what is wrong is marked and explained, and a row that returns is known again.

A row is known by its line and by a check over delivery, table, line and cells, so that no other workbook can be
mistaken for it. Cells are of the format text, so that what is typed into them stays as it was typed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.explain import explain
from flows.intake.normalise import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ABOUT = "qdeep"  # sheet that says which delivery the workbook is about
FORM = "1"
FIRST_COLUMNS = ("Line", "Check", "Reason")
SHEET_ROWS = 1_000_000
CELL_LENGTH = 32_767  # longest text of a cell of an Excel workbook
NARROW, CHECK_WIDTH, WIDE = 8, 15, 60
BATCH = 10_000
# A spreadsheet program runs a cell that begins so; +998 90 it does not. A leading apostrophe is escaped too, so
# that taking one away always gives back what stood there.
FORMULA = r"'*([=@\t\r]|[+-][^\d\s.,]|[+-][\d\s.,]+[^\d\s.,])"


@dataclass(frozen=True)
class Book:
    """What a workbook is about: a delivery, the headers of its tables, and the cells that its rules mark."""

    source: str
    delivery_id: str
    header: dict[str, list[str]]
    marks: dict[str, dict[str, int]]
    meaning: dict[str, str]
    language: str = "en"


def harmless(text: str) -> str:
    """Return SQL of a text that no spreadsheet program takes for a formula, even after it was saved as CSV."""
    escaped = f"case when regexp_matches({text}, {literal('^' + FORMULA)}) then '''' || {text} else {text} end"
    return f"left({escaped}, {CELL_LENGTH})"


def unescaped(text: str) -> str:
    """Return SQL of the text that `harmless` was given."""
    pattern = literal("^'" + FORMULA)
    return f"case when regexp_matches({text}, {pattern}) then substr({text}, 2) else {text} end"


def check_of(delivery_id: str) -> str:
    """Return SQL of the check of a refused row, over `_table`, `_line` and `cells`."""
    cells = "array_to_string(list_transform(cells, lambda cell: coalesce(cell, chr(30))), chr(31))"
    return f"left(sha256({literal(delivery_id)} || chr(31) || _table || chr(31) || _line || chr(31) || {cells}), 12)"


def write_book(connection: "DuckDBPyConnection", rows: Path, book: Book, target: Path) -> Counter[str]:
    """Write a workbook of refused rows: line, check, reason, cells as received, wrong cells yellow.

    Args:
        connection: Any connection.
        rows: The file of refused rows.
        book: What it is about.
        target: Workbook to write.

    Returns:
        Rows written by table.
    """
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written: Counter[str] = Counter()
    with xlsxwriter.Workbook(str(target), options) as workbook:
        formats = {
            "plain": workbook.add_format({"num_format": "@"}),
            "wrong": workbook.add_format({"num_format": "@", "bg_color": "#FFF2A8"}),
            "head": workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "num_format": "@"}),
        }
        sheet = None
        for row in _rows(connection, rows, book):
            place = written[row["_table"]] % SHEET_ROWS
            if place == 0:
                number = written[row["_table"]] // SHEET_ROWS
                sheet = _new_sheet(workbook, sheet_name(row["_table"], number), book.header[row["_table"]], formats)
            _write_row(sheet, place + 1, row, book, formats)
            written[row["_table"]] += 1
        _write_about(workbook, book)
    return written


def sheet_name(table: str, number: int) -> str:
    """Return the name of the sheet that holds the rows of a table; a long table goes on in further sheets."""
    return f"{table}_{number + 1}"[-31:] if number else table[:31]


def _rows(connection: "DuckDBPyConnection", rows: Path, book: Book) -> Iterator[dict[str, Any]]:
    shown = f"list_transform(cells, lambda cell: {harmless('cell')})"
    query = (
        f"select _table, _line, codes, rules, {check_of(book.delivery_id)} as mark, {shown} as cells "
        f"from read_parquet({literal(rows.as_posix())}) order by _table, _line"
    )
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    while batch := found.fetchmany(BATCH):
        for row in batch:
            yield dict(zip(names, row, strict=True))


def _new_sheet(workbook: Any, name: str, header: list[str], formats: dict[str, Any]) -> Any:
    sheet = workbook.add_worksheet(name)
    sheet.freeze_panes(1, len(FIRST_COLUMNS))
    for column, width in enumerate((NARROW, CHECK_WIDTH, WIDE)):
        sheet.set_column(column, column, width)
    for column, text in enumerate((*FIRST_COLUMNS, *header)):
        sheet.write_string(0, column, plain_header(text), formats["head"])
    return sheet


def plain_header(text: str) -> str:
    """Return a header text that no spreadsheet program runs."""
    return f"'{text}" if text[:1] in "=@+-\t\r" and text else text


def _write_row(sheet: Any, place: int, row: dict[str, Any], book: Book, formats: dict[str, Any]) -> None:
    wrong = {book.marks[row["_table"]].get(rule) for rule in row["rules"]}
    sheet.write_number(place, 0, row["_line"])
    sheet.write_string(place, 1, row["mark"])
    sheet.write_string(place, 2, _reason(row, book))
    for column, text in enumerate(row["cells"]):
        look = formats["wrong" if column in wrong else "plain"]
        if text:
            sheet.write_string(place, column + len(FIRST_COLUMNS), text, look)
        elif column in wrong:
            sheet.write_blank(place, column + len(FIRST_COLUMNS), None, look)


def _reason(row: dict[str, Any], book: Book) -> str:
    """Say for each code what it means and what to do; the rules themselves are told in English only."""
    messages = [explain(code, book.language) for code in row["codes"]]
    told = [f"{message.code}: {message.title} {message.cure}" for message in messages]
    rules = [book.meaning[rule] for rule in row["rules"] if rule in book.meaning] if book.language == "en" else []
    return "\n".join([*told, *rules])


def _write_about(workbook: Any, book: Book) -> None:
    sheet = workbook.add_worksheet(ABOUT)
    for place, line in enumerate(
        (("key", "value"), ("form", FORM), ("source", book.source), ("delivery", book.delivery_id))
    ):
        sheet.write_row(place, 0, line)
