"""A report as people build it (title, header of two rows, hidden row, totals, 1904) is the same in each workbook."""

import re
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
from tests.unit.writing import _record, write_ods, write_xls, write_xlsb, write_xlsx

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


def test_a_formula_as_older_programs_write_it_is_never_passed_over(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("data")
    for row, text in enumerate(("id", "a")):
        sheet.write(row, 0, text)
    sheet.write(2, 0, xlwt.Formula("1+1"))
    book.save(str(tmp_path / "made"))
    made = (tmp_path / "made").read_bytes()
    found = re.search(rb"\x06\x00..\x02\x00\x00\x00", made, re.DOTALL)  # the record of the cell A3
    assert found
    (tmp_path / "book").write_bytes(made[: found.start()] + b"\x06\x04" + made[found.start() + 2 :])
    with pytest.raises(QdeepError, match="E-115"):
        read(tmp_path / "book", tmp_path, format="xls")


def repacked(path: Path, changes: dict[str, Callable[[bytes], bytes]], more: dict[str, bytes] | None = None) -> None:
    """Write a workbook again with some of its parts changed, under the names that they have then."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        assert change(parts[name]) != parts[name]
        parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (parts | (more or {})).items():
            archive.writestr(name, content)


SPANS = "[h]:mm:ss;[h]:mm:ss"  # as long as the format that it takes the place of


def with_spans(form: str, path: Path) -> None:
    """Write moments, then show them as hours beyond a day, as sheets of hours worked do."""
    table = (["hours", "a"], [[LATER, 1], [datetime(1900, 3, 10, 6, 30), -0.5]])
    {"xlsx": write_xlsx, "xls": write_xls, "xlsb": write_xlsb}[form](path, table)
    plain = "dd.mm.yyyy hh:mm:ss"
    if form == "xlsx":
        repacked(path, {"xl/styles.xml": lambda part: part.replace(plain.encode(), SPANS.encode())})
    elif form == "xlsb":
        wide = [text.encode("utf-16-le") for text in (plain, SPANS)]
        repacked(path, {"xl/styles.bin": lambda part: part.replace(*wide)})
    else:
        path.write_bytes(path.read_bytes().replace(plain.encode(), SPANS.encode()))


@pytest.mark.parametrize("form", ["xlsx", "xls", "xlsb"])
def test_hours_beyond_a_day_are_no_day_of_january_1900(form: str, tmp_path: Path) -> None:
    with_spans(form, tmp_path / "book")
    table = read(tmp_path / "book", tmp_path, format=form).tables["rows"]
    assert rows(table) == [["1088437:05:07", "1"], ["1686:30:00", "-0.5"]]


def test_days_count_from_1904_whatever_an_extension_of_the_same_name_says(tmp_path: Path) -> None:
    """Excel for Mac writes such an extension, and the library took its silence about 1904 for an answer."""
    as_xlsx(tmp_path / "book")
    end, inner = b"</workbook>", b'<ext uri="{1}" xmlns:x14="urn:x"><x14:workbookPr defaultImageDpi="32767"/></ext>'
    changed = b"<extLst>" + inner + b"</extLst>" + end
    repacked(tmp_path / "book", {"xl/workbook.xml": lambda part: part.replace(end, changed)})
    raw = read(tmp_path / "book", tmp_path, format="xlsx", title_rows=1, header_rows=2)
    assert rows(raw.tables["rows"]) == READ


@pytest.mark.parametrize("form", ["xlsx", "xls"])
def test_a_time_of_day_has_no_day_in_a_workbook_of_1904_either(form: str, tmp_path: Path) -> None:
    if form == "xlsx":
        with xlsxwriter.Workbook(str(tmp_path / "book"), {"date_1904": True}) as book:
            sheet, clock = book.add_worksheet(), book.add_format({"num_format": "hh:mm"})
            sheet.write(0, 0, "at")
            sheet.write_number(1, 0, 0.375, clock)
            sheet.write_datetime(2, 0, LATER, clock)
    else:
        old = xlwt.Workbook()
        old.dates_1904 = True
        page = old.add_sheet("data")
        page.write(0, 0, "at")
        page.write(1, 0, 0.375, xlwt.easyxf(num_format_str="hh:mm"))
        page.write(2, 0, LATER, xlwt.easyxf(num_format_str="hh:mm"))
        old.save(str(tmp_path / "book"))
    table = read(tmp_path / "book", tmp_path, format=form).tables["rows"]
    assert rows(table) == [["09:00:00"], ["2024-02-29 13:05:07"]]


@pytest.mark.parametrize("form", ["xlsx", "xls", "xlsb", "ods"])
def test_a_day_in_the_header_is_written_as_in_the_rows(form: str, tmp_path: Path) -> None:
    write = {"xlsx": write_xlsx, "xls": write_xls, "xlsb": write_xlsb, "ods": write_ods}[form]
    write(tmp_path / "book", (["id", DAY], [["a", DAY]]))  # ty: ignore[invalid-argument-type] - a day for a text
    table = read(tmp_path / "book", tmp_path, format=form).tables["rows"]
    assert (table.header, rows(table)) == (("id", "2024-02-29"), [["a", "2024-02-29"]])


@pytest.mark.parametrize("page", [1251, 1252, 949])
def test_texts_of_an_old_workbook_are_read_whatever_code_page_it_names(page: int, tmp_path: Path) -> None:
    """Libraries other than Excel name one, though texts have none; each letter was read as two signs."""
    table = (["Ф.И.О.", "abc", "한국"], [["Ўзбек", "é", "Лист one"]])
    write_xls(tmp_path / "book", table)
    made = (tmp_path / "book").read_bytes()
    record = struct.pack("<3H", 0x42, 2, 1200)
    assert made.count(record) == 1
    (tmp_path / "book").write_bytes(made.replace(record, struct.pack("<3H", 0x42, 2, page)))
    found = read(tmp_path / "book", tmp_path, format="xls").tables["rows"]
    assert (list(found.header), rows(found)) == table


def test_queries_that_a_workbook_keeps_in_16_bit_text_are_none_of_its_parts(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "book", (["id"], [["a"]]))
    repacked(tmp_path / "book", {}, {"customXml/item1.xml": "<?xml version='1.0'?><DataMashup/>".encode("utf-16")})
    assert rows(read(tmp_path / "book", tmp_path, format="xlsx").tables["rows"]) == [["a"]]


def test_a_workbook_lies_where_its_archive_says(tmp_path: Path) -> None:
    """Some systems put all parts at the top of the archive."""
    with zipfile.ZipFile(tmp_path / "book", "w") as archive:
        space, office = "http://schemas.openxmlformats.org", "officeDocument/2006/relationships"
        main, package = f"{space}/spreadsheetml/2006/main", f"{space}/package/2006/relationships"
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{space}/{office}/officeDocument" '
            'Target="workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{space}/{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
        )
        archive.writestr(
            "_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{space}/{office}/worksheet" '
            'Target="sheet1.xml"/></Relationships>',
        )
        cells = "".join(
            f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c></row>'
            for row, text in enumerate(("id", "a"), 1)
        )
        archive.writestr("sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>')
    assert rows(read(tmp_path / "book", tmp_path, format="xlsx").tables["rows"]) == [["a"]]


INLINE = 't="inlineStr"><is>{}</is></c>'
CELLS = {
    "rich text with a family of fonts": (INLINE.format('<r><rPr><family val="2"/></rPr><t>a</t></r>'), "a"),
    "formula whose result is a text in place": (INLINE.replace("><is", "><f>A1</f><is").format("<t>a</t>"), "a"),
    "text that is marked as no XML": (INLINE.format("<t><![CDATA[a & b]]></t>"), "a & b"),
    "moment that is spelled out": ('t="d"><v>2024-02-29T13:05:07</v></c>', "2024-02-29 13:05:07"),
}


@pytest.mark.parametrize("what", CELLS)
def test_a_cell_of_another_program_is_read_as_if_excel_had_written_it(what: str, tmp_path: Path) -> None:
    cell, wanted = CELLS[what]
    write_xlsx(tmp_path / "book", (["id"], [["a"]]))
    plain = re.compile(rb't="s"><v>1</v></c>')
    repacked(tmp_path / "book", {"xl/worksheets/sheet1.xml": lambda part: plain.sub(cell.encode(), part)})
    assert rows(read(tmp_path / "book", tmp_path, format="xlsx").tables["rows"]) == [[wanted]]


def test_a_workbook_of_before_excel_97_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_xls(tmp_path / "book", (["id"], [["a"]]))
    made = (tmp_path / "book").read_bytes()
    name = "Workbook".encode("utf-16-le")
    entry = made.index(name)
    changed = made[:entry] + "Book".encode("utf-16-le").ljust(16, b"\0") + made[entry + 16 :]
    changed = changed[: entry + 64] + struct.pack("<H", 10) + changed[entry + 66 :]
    (tmp_path / "book").write_bytes(changed)
    with pytest.raises(QdeepError, match="E-104") as refused:
        read(tmp_path / "book", tmp_path, format="xls")
    assert "save it as .xlsx" in refused.value.finding.expected
