"""Nothing but a plain, bounded file of the declared kind gets to a parser."""

import os
import zipfile
from pathlib import Path

import pytest

from flows.errors import QdeepError
from flows.intake.bookscan import scan_workbook
from flows.intake.filegate import copy_in
from flows.intake.limits import Limits
from tests.unit.reading import read

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData></worksheet>'
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'
PARTS = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": (
        '<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
    "xl/worksheets/sheet1.xml": SHEET.format(ROW),
}


def book(folder: Path, **changed: str | bytes) -> Path:
    """Write a workbook of bare parts; `sheet` is the XML of the sheet, `rows` that of its rows."""
    parts: dict[str, str | bytes] = dict(PARTS)
    if "rows" in changed:
        changed["sheet"] = SHEET.format(changed.pop("rows"))
    if "sheet" in changed:
        parts["xl/worksheets/sheet1.xml"] = changed.pop("sheet")
    path = folder / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | changed).items():
            archive.writestr(name, content)
    return path


def code_of(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(QdeepError) as caught:
        scan_workbook(path, ("",), limits or Limits())
    return caught.value.finding.code


def test_links_pipes_and_folders_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to("real.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("link.csv", "pipe.csv", "folder.csv"):
        with pytest.raises(QdeepError, match="E-102"):
            copy_in(tmp_path / name, tmp_path / "copy")


def test_a_file_that_vanished_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(QdeepError, match="E-116"):
        copy_in(tmp_path / "gone.csv", tmp_path / "copy")


def test_a_file_beyond_the_limit_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes(b"x" * 2048)
    with pytest.raises(QdeepError, match="E-103"):
        copy_in(tmp_path / "big.csv", tmp_path / "copy", Limits(file_bytes=1024))


def test_a_workspace_that_cannot_be_written_is_no_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n")
    with pytest.raises(QdeepError, match="E-405"):
        copy_in(tmp_path / "a.csv", tmp_path / "missing" / "copy")


@pytest.mark.parametrize(
    ("content", "format_", "code"),
    [
        (b"", "csv", "E-101"),
        (b"", "xlsx", "E-101"),
        (b"PK\x03\x04rest", "csv", "E-104"),
        (b"\xef\xbb\xbf<html><table>", "csv", "E-104"),
        (b"<html><table>", "xlsx", "E-104"),
        (b"id;a\n1;2\n", "xlsx", "E-104"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "xlsx", "E-104"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "csv", "E-104"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "xlsx", "E-108"),
        (b'<?xml version="1.0"?><document><LimeSurveyDocType>Survey</LimeSurveyDocType>', "csv", "E-104"),
        (b"PK\x03\x04rest", "xlsx", "E-106"),
    ],
)
def test_the_bytes_tell_the_kind_of_file_whatever_its_name_says(
    tmp_path: Path, content: bytes, format_: str, code: str
) -> None:
    path = tmp_path / "file.dat"
    path.write_bytes(content)
    with pytest.raises(QdeepError) as caught:
        read(path, tmp_path, format=format_)
    assert caught.value.finding.code == code


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"../../evil.txt": "x"}, "E-117"),
        ({"/evil.txt": "x"}, "E-117"),
        ({"xl\\..\\evil.txt": "x"}, "E-117"),
        ({"xl/styles.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x/>'}, "E-107"),
        ({"xl/styles.xml": "<x/>".encode("utf-16")}, "E-107"),
        ({"xl/workbook.xml": "<workbook"}, "E-106"),
        ({"xl/workbook.xml": "<workbook><sheets/></workbook>"}, "E-106"),
        ({"xl/_rels/workbook.xml.rels": "<Relationships/>"}, "E-106"),
    ],
)
def test_a_workbook_with_a_wrong_part_is_refused(tmp_path: Path, parts: dict[str, str], code: str) -> None:
    assert code_of(book(tmp_path, **parts)) == code


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "E-113"),
        ('<row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row>', "E-113"),
        ('<row r="4294967297"><c r="A4294967297"><v>1</v></c></row>', "E-113"),
        (ROW + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "E-113"),
        (ROW + '<row r="1048576"><c r="AN1048576"><v>1</v></c></row>', "E-113"),
        ('<row r="1"><c r="A9"><v>1</v></c></row>', "E-106"),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>', "E-106"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "E-106"),
        ('<row r="1"><c r="A1"><f>1+1</f></c></row>', "E-119"),
        ('<row r="1"><c r="A1"><f>1+1</f><v/></c></row>', "E-119"),
    ],
)
def test_a_sheet_that_would_mislead_a_reader_is_refused(tmp_path: Path, rows: str, code: str) -> None:
    assert code_of(book(tmp_path, rows=rows)) == code


def test_a_text_formula_may_have_given_an_empty_text(tmp_path: Path) -> None:
    path = book(tmp_path, rows=ROW + '<row r="2"><c r="A2" t="str"><f>""</f><v></v></c></row>')
    assert scan_workbook(path, ("",)).scans[""].rows == [1]


def test_a_sheet_may_carry_a_prefix_on_every_name(tmp_path: Path) -> None:
    row = '<x:row r="3"><x:c r="B3"><x:v>5</x:v></x:c></x:row>'
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{row}</x:sheetData></x:worksheet>'
    scan = scan_workbook(book(tmp_path, sheet=sheet), ("",)).scans[""]
    assert (scan.rows, scan.first_column, scan.last_column) == ([3], 2, 2)


def test_an_archive_that_lies_about_the_size_of_a_part_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, rows=ROW + "<row/>" * 1000)
    content = bytearray(path.read_bytes())
    size = len(SHEET.format(ROW + "<row/>" * 1000)).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(bytes(content).replace(size, (64).to_bytes(4, "little")))
    assert code_of(path) == "E-105"


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, rows=ROW * 1)
    content = bytearray(path.read_bytes())
    content[content.find(b"xl/worksheets/sheet1.xml") + 40] ^= 0xFF
    path.write_bytes(content)
    assert code_of(path) == "E-106"


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert code_of(path) == "E-106"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(parts=2), "E-105"),
        (Limits(unpacked_bytes=100), "E-105"),
        (Limits(ratio=1, ratio_from_bytes=10), "E-105"),
        (Limits(columns=0), "E-113"),
        (Limits(cells=0), "E-113"),
        (Limits(row_bytes=10), "E-112"),
    ],
)
def test_each_limit_of_a_workbook_is_kept(tmp_path: Path, limits: Limits, code: str) -> None:
    assert code_of(book(tmp_path, sheet="<worksheet>" + " " * 5000 + SHEET.format(ROW)), limits) == code


def test_a_missing_sheet_is_named(tmp_path: Path) -> None:
    with pytest.raises(QdeepError, match="E-118") as caught:
        scan_workbook(book(tmp_path), ("Staff",))
    assert "Staff" in caught.value.finding.expected
