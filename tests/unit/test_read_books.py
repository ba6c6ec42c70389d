"""A report as people build it (title, header of two rows, hidden row, totals, 1904) is the same in each workbook."""

import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from flows.errors import QdeepError
from tests.unit.reading import places, read, rows
from tests.unit.writing import _record, write_ods, write_xlsb

DAY, LATER = date(2024, 2, 29), datetime(2024, 2, 29, 13, 5, 7)
LINES = [["0012", 5, DAY, LATER], ["0013", 7.25, None, LATER], ["1 234,50", -3, DAY, None], ["Jami", 12, DAY, LATER]]
READ = [
    ["0012", "5", "2024-02-29", "2024-02-29 13:05:07"],
    ["0013", "7.25", None, "2024-02-29 13:05:07"],
    ["1 234,50", "-3", "2024-02-29", None],
    ["Jami", "12", "2024-02-29", "2024-02-29 13:05:07"],
]
TOP = [["Hisobot", None, None, None], ["No", "Xodimlar", None, "Vaqt"], [None, "soni", "kuni", None]]
MERGES = [(0, 0, 0, 3), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 2, 3)]  # first row, first column, last row, last column
HIDDEN = 4
EPOCHS = 1462  # days between the two ways in which spreadsheets count them


def as_xlsx(path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        day, moment = (book.add_format({"num_format": one}) for one in ("dd.mm.yyyy", "dd.mm.yyyy hh:mm:ss"))
        for top, left, bottom, right in MERGES:
            sheet.merge_range(top, left, bottom, right, TOP[top][left], book.add_format())
        for column in (1, 2):
            sheet.write(2, column, TOP[2][column])
        for number, line in enumerate(LINES, start=3):
            for column, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, moment if isinstance(value, datetime) else day)
                elif value is not None:
                    (sheet.write_string if isinstance(value, str) else sheet.write_number)(number, column, value)
        sheet.set_row(HIDDEN, None, None, {"hidden": True})


def as_xls(path: Path) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("data")
    day, moment = (xlwt.easyxf(num_format_str=one) for one in ("dd.mm.yyyy", "dd.mm.yyyy hh:mm:ss"))
    for top, left, bottom, right in MERGES:
        sheet.write_merge(top, bottom, left, right, TOP[top][left])
    for column in (1, 2):
        sheet.write(2, column, TOP[2][column])
    for number, line in enumerate(LINES, start=3):
        for column, value in enumerate(line):
            if isinstance(value, date):
                sheet.write(number, column, value, moment if isinstance(value, datetime) else day)
            elif value is not None:
                sheet.write(number, column, value)
    sheet.row(HIDDEN).hidden = True
    book.save(str(path))


def as_xlsb(path: Path) -> None:
    """Write the cells, then the merges, the hidden row and the 1904 system into the records."""
    write_xlsb(path, (TOP[0], [*TOP[1:], *LINES]))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.bin"]
    merges = [(176, struct.pack("<4I", top, bottom, left, right)) for top, left, bottom, right in MERGES]
    records = [(146, b""), (177, struct.pack("<I", len(MERGES))), *merges, (178, b"")]
    sheet = sheet.replace(_record(146, b""), b"".join(_record(*one) for one in records))
    sheet = sheet.replace(struct.pack("<3IBI", HIDDEN, 0, 0x12C, 0, 0), struct.pack("<3IBI", HIDDEN, 0, 0x12C, 0x10, 0))
    for value in (45351.0, (LATER - datetime(1899, 12, 30)).total_seconds() / 86_400):
        sheet = sheet.replace(struct.pack("<d", value), struct.pack("<d", value - EPOCHS))
    parts["xl/worksheets/sheet1.bin"] = sheet
    parts["xl/workbook.bin"] = parts["xl/workbook.bin"].replace(
        struct.pack("<3I", 0, 0, 0), struct.pack("<3I", 1, 0, 0)
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def as_ods(path: Path) -> None:
    """Write the cells, then the spans and the hidden row into the XML; its days are written out, whatever the epoch."""
    write_ods(path, (TOP[0], [*TOP[1:], *LINES]))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    content = parts["content.xml"].replace(
        "<office:spreadsheet>",
        '<office:spreadsheet><table:calculation-settings><table:null-date table:date-value="1904-01-01"/>'
        "</table:calculation-settings>",
    )
    for top, left, bottom, right in MERGES:
        plain = f'<table:table-cell office:value-type="string"><text:p>{TOP[top][left]}<'
        spans = f'table:number-columns-spanned="{right - left + 1}" table:number-rows-spanned="{bottom - top + 1}"'
        assert content.count(plain) == 1
        content = content.replace(plain, plain.replace("<table:table-cell ", f"<table:table-cell {spans} "))
    hidden = '<table:table-row table:visibility="collapse"><table:table-cell office:value-type="string"><text:p>0013<'
    content = content.replace(hidden.replace(' table:visibility="collapse"', ""), hidden)
    assert hidden in content
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in (parts | {"content.xml": content}).items():
            archive.writestr(name, part)


BOOKS: dict[str, Callable[[Path], None]] = {"xlsx": as_xlsx, "xls": as_xls, "xlsb": as_xlsb, "ods": as_ods}


@pytest.mark.parametrize("form", BOOKS)
def test_a_report_is_the_same_table_in_each_kind_of_workbook(form: str, tmp_path: Path) -> None:
    BOOKS[form](tmp_path / "book")
    raw = read(tmp_path / "book", tmp_path, format=form, title_rows=1, header_rows=2)
    table = raw.tables["rows"]
    assert table.header == ("No", "Xodimlar / soni", "Xodimlar / kuni", "Vaqt")
    assert rows(table) == READ
    assert places(table) == [(1, 4), (2, 5), (3, 6), (4, 7)]
    assert raw.rows_counted == {"rows": 4}


def two_sheets(form: str, path: Path) -> None:
    """Write a hidden sheet of lists before the one with the rows."""
    if form == "xlsx":
        with xlsxwriter.Workbook(str(path)) as book:
            hidden, data = book.add_worksheet("lists"), book.add_worksheet("data")
            data.activate()
            data.set_first_sheet()
            hidden.very_hidden()
            for sheet, text in ((hidden, "secret"), (data, "a")):
                sheet.write_row(0, 0, ["id"])
                sheet.write_row(1, 0, [text])
        return
    book = xlwt.Workbook()
    for name, text in (("lists", "secret"), ("data", "a")):
        sheet = book.add_sheet(name)
        sheet.visibility = 2 if name == "lists" else 0
        sheet.write(0, 0, "id")
        sheet.write(1, 0, text)
    book.active_sheet = 1
    book.save(str(path))


@pytest.mark.parametrize("form", ["xlsx", "xls"])
def test_a_hidden_sheet_is_read_only_where_the_contract_names_it(form: str, tmp_path: Path) -> None:
    two_sheets(form, tmp_path / "book")
    assert rows(read(tmp_path / "book", tmp_path, format=form).tables["rows"]) == [["a"]]
    assert rows(read(tmp_path / "book", tmp_path, format=form, sheet="lists").tables["rows"]) == [["secret"]]


def as_hidden(form: str, path: Path) -> None:
    """Write a workbook whose only sheet is hidden, as no program does and some exports do."""
    write = write_xlsb if form == "xlsb" else write_ods
    write(path, (["id"], [["a"]]))
    style = b"""<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><style:style
        style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>
        </office:automatic-styles><office:body>"""
    changes = {
        "xl/workbook.bin": (struct.pack("<2I", 0, 1), struct.pack("<2I", 1, 1)),
        "content.xml": (b"<office:body>", style),
    }
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            changed = content.replace(*changes[name], 1) if name in changes else content
            changed = changed.replace(b"<table:table ", b'<table:table table:style-name="ta1" ')
            archive.writestr(name, changed)


@pytest.mark.parametrize("form", ["xlsb", "ods"])
def test_where_all_sheets_are_hidden_the_contract_must_name_one(form: str, tmp_path: Path) -> None:
    as_hidden(form, tmp_path / "book")
    with pytest.raises(QdeepError, match="E-118"):
        read(tmp_path / "book", tmp_path, format=form)
    assert rows(read(tmp_path / "book", tmp_path, format=form, sheet="data").tables["rows"]) == [["a"]]


def hollow_below(form: str, path: Path) -> None:
    """Write a row, and empty texts below and beside it, as formulas pulled down leave them."""
    if form == "xls":
        book = xlwt.Workbook()
        sheet = book.add_sheet("data")
        for row, cells in enumerate((["", "id", ""], ["", "a", ""], ["", "", ""])):
            for column, text in enumerate(cells):
                sheet.write(row, column, text)
        book.save(str(path))
    else:
        write_xlsb(path, (["", "id", ""], [["", "a", ""], ["", "", ""]]))


@pytest.mark.parametrize("form", ["xls", "xlsb"])
def test_empty_texts_below_the_last_row_are_no_rows(form: str, tmp_path: Path) -> None:
    hollow_below(form, tmp_path / "book")
    table = read(tmp_path / "book", tmp_path, format=form).tables["rows"]
    assert (table.header, rows(table)) == (("id",), [["a"]])
