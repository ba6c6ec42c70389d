"""What a spreadsheet program shows in a workbook is read as text, with the row in which it stands."""

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from flows.errors import QdeepError
from tests.unit.reading import places, read, rows

DAY = date(2024, 2, 29)


def test_values_are_read_as_a_person_sees_them(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Xodimlar")
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        hours = book.add_format({"num_format": "hh:mm"})
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_row(1, 0, [31234567890123, 1.5, 0.1 + 0.2])
        sheet.write_datetime(2, 0, DAY, day)
        sheet.write_datetime(2, 1, datetime.combine(DAY, time(13, 5, 7)), moment)
        sheet.write_number(2, 2, 0.75, hours)
        sheet.write_row(3, 0, [True, "0012", "  x "])
        sheet.write_formula(4, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(4, 1, "=1+1", None, 2)
        sheet.write_formula(4, 2, '="a"', None, "a")
        sheet.write_number(5, 0, 45351.999999, moment)
    table = read(path, tmp_path, format="xlsx", sheet="xodimlar").tables["rows"]
    assert rows(table) == [
        ["31234567890123", "1.5", "0.3"],
        ["2024-02-29", "2024-02-29 13:05:07", "18:00:00"],
        ["true", "0012", "  x "],
        ["#DIV/0!", "2", "a"],
        ["2024-03-01", None, None],
    ]


def test_a_number_that_no_double_holds_stays_as_it_was_written(tmp_path: Path) -> None:
    path, made = tmp_path / "book.xlsx", tmp_path / "made.xlsx"
    with xlsxwriter.Workbook(str(made)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_row(1, 0, [12345, -6789, "1e400"])
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b"<v>12345<", b"<v>1E+400<").replace(b"<v>-6789<", b"<v>-1e999<")
            new.writestr(name, content)
    assert rows(read(path, tmp_path, format="xlsx").tables["rows"]) == [["1E+400", "-1e999", "1e400"]]


def test_dates_of_the_1904_system_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "day")
        sheet.write_datetime(1, 0, DAY, book.add_format({"num_format": "yyyy-mm-dd"}))
    assert rows(read(path, tmp_path, format="xlsx").tables["rows"]) == [["2024-02-29"]]


def test_merged_header_cells_are_filled_to_the_right_below_a_title(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        bold = book.add_format()
        sheet.merge_range("B1:E1", "Report", bold)
        sheet.merge_range("B3:B4", "No", bold)
        sheet.merge_range("C3:D3", "Unit", bold)
        sheet.write("E3", "Staff")
        sheet.write_row("C4", ["code", "name"])
        sheet.write_row("B5", [1, "001", "HR", 5])
        sheet.write_row("B8", [2, "002", "IT", 7])
        sheet.set_row(4, None, None, {"hidden": True})
    table = read(path, tmp_path, format="xlsx", title_rows=2, header_rows=2).tables["rows"]
    assert table.header == ("No", "Unit / code", "Unit / name", "Staff")
    assert rows(table) == [["1", "001", "HR", "5"], ["2", "002", "IT", "7"]]
    assert places(table) == [(1, 5), (2, 8)]


def test_repeat_groups_are_further_tables(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        main, step = book.add_worksheet("main"), book.add_worksheet("step")
        main.write_row(0, 0, ["_uuid"])
        main.write_row(1, 0, ["u1"])
        step.write_row(0, 0, ["d1", "_index"])
        step.write_row(1, 0, [3, 1])
        step.write_row(2, 0, [4, 2])
    repeats = {"step": {"sheet": "step", "parent": "_uuid", "order": "_index"}}
    raw = read(path, tmp_path, format="xlsx", repeats=repeats)
    assert raw.rows_counted == {"rows": 1, "step": 2}
    assert (raw.tables["step"].sheet, rows(raw.tables["step"])) == ("step", [["3", "1"], ["4", "2"]])
    assert raw.sheets == ("main", "step")


def test_cells_without_content_make_neither_rows_nor_columns(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, grey = book.add_worksheet(), book.add_format({"bg_color": "#DDDDDD"})
        sheet.write_row(0, 1, ["id", "", "name"], grey)
        sheet.write_row(1, 1, ["1", None, "a"])
        for row in range(2, 50):
            sheet.write_blank(row, 0, None, grey)
            sheet.write_string(row, 1, "", grey)
        sheet.write_row(50, 1, ["2", None, "b"])
    table = read(path, tmp_path, format="xlsx").tables["rows"]
    assert (table.header, rows(table)) == (("id", "name"), [["1", "a"], ["2", "b"]])
    assert places(table) == [(1, 2), (2, 51)]


def test_a_sheet_without_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("empty")
    with pytest.raises(QdeepError, match="E-101"):
        read(path, tmp_path, format="xlsx")


def rewritten(path: Path, book: Callable[[Any], None], change: Callable[[bytes], bytes]) -> Path:
    """Write a workbook, then its first sheet as another program writes it."""
    made = path.with_name("made.xlsx")
    with xlsxwriter.Workbook(str(made)) as written:
        book(written.add_worksheet())
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name.endswith("sheet1.xml") else content)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: re.sub(rb'(<c|<row) r="\w+"', rb"\1", xml),
        lambda xml: re.sub(rb'(<c) r="[B-Z]\w+"', rb"\1", xml),
        lambda xml: re.sub(rb"(<c\b[^>]*>|</v>|</f>|<row\b[^>]*>|</c>)", rb"\1\n    ", xml),
    ],
    ids=["no places at all", "the place of the first cell alone", "indented"],
)
def test_a_sheet_as_other_programs_write_it_is_the_same_table(change: Any, tmp_path: Path) -> None:
    def book(sheet: Any) -> None:
        for row, cells in enumerate((["id", "name", "sum"], [1, "a", 2.5], [2, "b", 4])):
            sheet.write_row(row, 0, cells)
        sheet.write_formula(2, 2, "=B3*2", None, 4)

    path = rewritten(tmp_path / "book.xlsx", book, change)
    table = read(path, tmp_path, format="xlsx").tables["rows"]
    assert (table.header, rows(table)) == (("id", "name", "sum"), [["1", "a", "2.5"], ["2", "b", "4"]])
    assert places(table) == [(1, 2), (2, 3)]


def test_an_error_in_a_cell_without_a_place_is_kept(tmp_path: Path) -> None:
    def book(sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "sum"])
        sheet.write_number(1, 0, 1)
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")

    path = rewritten(tmp_path / "book.xlsx", book, lambda xml: re.sub(rb'(<c|<row) r="\w+"', rb"\1", xml))
    assert rows(read(path, tmp_path, format="xlsx").tables["rows"]) == [["1", "#DIV/0!"]]


def test_formulas_pulled_down_below_the_last_row_leave_no_rows(tmp_path: Path) -> None:
    def book(sheet: Any) -> None:
        sheet.write_row(0, 1, ["id", "name"])
        sheet.write_row(1, 1, [1, "a"])
        for row in range(1, 9):
            sheet.write_formula(row, 0, '=IF(B9="","",B9)', None, "")
            sheet.write_formula(row, 3, '=IF(B9="","",B9)', None, "")

    path = rewritten(tmp_path / "book.xlsx", book, lambda xml: xml.replace(b'"><f>', b'" t="str"><f>'))
    table = read(path, tmp_path, format="xlsx").tables["rows"]
    assert (table.header, rows(table), places(table)) == (("id", "name"), [["1", "a"]], [(1, 2)])


def test_numbers_keep_the_digits_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 1, ["weight", "text"])
        cells = [
            (2 / 3, "0.1234567890"),
            (0.1 + 0.2, "0012"),
            (1e-12, "1.10"),
            (123456789.123456789, "5.0"),
            (-0.5, "x"),
        ]
        for row, (number, text) in enumerate(cells, start=1):
            sheet.write_number(row, 1, number)
            sheet.write_string(row, 2, text)
    assert rows(read(path, tmp_path, format="xlsx").tables["rows"]) == [
        ["0.666666666666667", "0.1234567890"],
        ["0.3", "0012"],
        ["0.000000000001", "1.10"],
        ["123456789.123457", "5.0"],
        ["-0.5", "x"],
    ]
