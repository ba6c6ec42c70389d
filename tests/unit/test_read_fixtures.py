"""Every bad file of the fixtures ends in a correct read or a clear refusal, within 512 MB and 30 processor seconds."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flows.settings import ROOT
from tests.unit.reading import read, rows

FIXTURES = ROOT.parent / "shared" / "fixtures"
BAD = FIXTURES / "bad_inputs"
pytestmark = [pytest.mark.fixtures, pytest.mark.skipif(not BAD.is_dir(), reason="no fixtures beside the project")]

XLSX: dict[str, Any] = {"format": "xlsx"}
GOOD = {
    "count": 20,
    "header": ["id", "Дата", "ФИО", "Пол", "Оценка"],
    "first": ["00000", "2024-01-01", "Сотрудник 0", "М", "1"],
}
# File -> style, expected code and line or part of the place, or what is read.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "csv_crafted/cp1251_semicolon.csv": (
        {"encoding": "cp1251", "delimiter": ";"},
        {"count": 2, "header": ["id", "ФИО", "Оценка"], "first": ["1", "Иванов", "5"]},
    ),
    "csv_crafted/csv_injection.csv": ({}, {"count": 4, "first": ["1", '=HYPERLINK("http://example.invalid")']}),
    "csv_crafted/kazakh_uzbek_letters_utf8.csv": (
        {},
        {"count": 2, "first": ["1", "Әйгерім Құрманғазы", "Oʻktamov Gʻayrat"]},
    ),
    "csv_crafted/koi8r.csv": ({"encoding": "koi8-r"}, {"count": 1, "first": ["1", "хорошо"]}),
    "csv_crafted/mixed_encoding.csv": ({}, {"code": "E-109", "place": "line 3"}),
    "csv_crafted/nul_bytes.csv": ({}, {"code": "E-110", "place": "line 2"}),
    "csv_crafted/one_field_20MB.csv.gz": ({}, {"code": "E-112", "place": "line 2"}),
    "csv_crafted/ragged_rows.csv": ({}, {"count": 3, "first": ["1", "2", "3"], "lines": [6], "bad": [2, 3]}),
    "csv_crafted/unclosed_quote.csv": ({}, {"code": "E-111", "place": "line 2"}),
    "csv_crafted/utf16le_bom_tab.csv": (
        {"encoding": "utf-16", "delimiter": "\t"},
        {"count": 1, "header": ["id", "Оценка"], "first": ["1", "5"]},
    ),
    "csv_crafted/utf8_bom_crlf.csv": ({}, {"count": 1, "header": ["id", "Оценка"], "first": ["1", "5"]}),
    "xlsx_crafted/bad_shared_string_index.xlsx": (XLSX, {"code": "E-106"}),
    "xlsx_crafted/billion_laughs_1GB.xlsx": (XLSX, {"code": "E-107"}),
    "xlsx_crafted/date1904.xlsx": (XLSX, {"count": 1, "first": ["1", "2024-02-29"]}),
    "xlsx_crafted/duplicate_blank_headers.xlsx": (XLSX, {"count": 2, "lines": [2, 4], "first": list("123456")}),
    "xlsx_crafted/duplicate_zip_entry.xlsx": (XLSX, {"code": "E-106"}),
    "xlsx_crafted/empty.xlsx": (XLSX, {"code": "E-101"}),
    "xlsx_crafted/far_cell_XFD1048576.xlsx": (XLSX, {"code": "E-113"}),
    "xlsx_crafted/formulas_no_cached_values.xlsx": (XLSX, {"code": "E-119", "place": "line 2, column A"}),
    "xlsx_crafted/good.xlsx": (XLSX, GOOD),
    "xlsx_crafted/hidden_rows_cols_sheets.xlsx": (XLSX, GOOD),
    "xlsx_crafted/html_as_xls.xls": (XLSX, {"code": "E-104"}),
    "xlsx_crafted/lying_dimension.xlsx": (XLSX, GOOD),
    "xlsx_crafted/merged_title_two_row_header_totals.xlsx": (
        XLSX | {"title_rows": 3, "header_rows": 2},
        {
            "count": 3,
            "header": [
                "№",
                "Подразделение / Код",
                "Подразделение / Название",
                "Численность / Всего",
                "Численность / Женщин",
            ],
            "first": ["1", "001", "Департамент кадров", "1 234", "56,5%"],
        },
    ),
    "xlsx_crafted/missing_sheet_part.xlsx": (XLSX, {"code": "E-106"}),
    "xlsx_crafted/not_a_zip.xlsx": (XLSX, {"code": "E-104"}),
    "xlsx_crafted/numbers_as_text_mixed_dates.xlsx": (
        XLSX,
        {"count": 4, "first": ["012345678901", "000123", "01.02.2019", "1 234 567,89"]},
    ),
    "xlsx_crafted/sheet_bomb_95MB_200k_rows.xlsx": (XLSX, {"count": 199_999}),
    "xlsx_crafted/truncated.xlsx": (XLSX, {"code": "E-106"}),
    "xlsx_crafted/wide_16384_cols.xlsx": (XLSX, {"code": "E-113"}),
    "xlsx_crafted/xxe_external_entity.xlsx": (XLSX, {"code": "E-107"}),
    "xlsx_crafted/zip_bomb_100MB.xlsx": (XLSX, {"code": "E-105"}),
    "xlsx_crafted/zip_slip.xlsx": (XLSX, {"code": "E-117"}),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Read all of them in one process of its own."""
    jobs = tmp_path_factory.mktemp("jobs") / "jobs.json"
    jobs.write_text(json.dumps([[str(BAD / name), style] for name, (style, _) in CASES.items()]), encoding="utf-8")
    command = [sys.executable, "-m", "tests.unit.read_all", str(jobs)]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return dict(zip(CASES, json.loads(printed), strict=True))


@pytest.mark.slow
@pytest.mark.xdist_group("read_fixtures")
@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_read_right_or_refused_with_its_place(found: dict[str, dict[str, Any]], name: str) -> None:
    expected, actual = CASES[name][1], found[name]
    for part in ("code", "count", "header", "lines"):
        assert actual.get(part) == expected.get(part, actual.get(part)), actual
    assert ("code" in expected) == ("code" in actual), actual
    assert expected.get("place", "") in actual.get("place", "")
    assert expected.get("first") in (None, *actual.get("rows", ()))
    assert [line for line, _ in actual.get("bad", ())] == expected.get("bad", [])
    assert actual["seconds"] < 30
    assert actual["mb"] < 512


def test_no_bad_file_was_left_out() -> None:
    folders = [BAD / "csv_crafted", BAD / "xlsx_crafted"]
    assert {f"{path.parent.name}/{path.name}" for folder in folders for path in folder.iterdir()} == set(CASES)


@pytest.mark.slow
def test_a_csv_equals_the_published_answer(tmp_path: Path) -> None:
    for path in sorted((BAD / "csv_spectrum" / "csvs").iterdir()):
        folder = tmp_path / path.stem
        folder.mkdir()
        table = read(path, folder).tables["rows"]
        answer = json.loads((BAD / "csv_spectrum" / "json" / f"{path.stem}.json").read_text("utf-8"))
        read_rows = [dict(zip(table.header, (cell or "" for cell in row), strict=True)) for row in rows(table)]
        assert read_rows == answer, path.name
        assert not table.bad_rows


def test_awkward_strings_come_through_unchanged(tmp_path: Path) -> None:
    strings = [text for text in json.loads((BAD / "blns.json").read_text("utf-8")) if text and "\0" not in text]
    path = tmp_path / "awkward.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["id", "text"], *enumerate(strings)])
    assert [row[1] for row in rows(read(path, tmp_path).tables["rows"])] == strings


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Unknown extension:UserWarning")
@pytest.mark.parametrize("folder", ["surveys/csps", "surveys/xlsform/example_xls"])
def test_real_workbooks_are_read_as_another_reader_reads_them(tmp_path: Path, folder: str) -> None:
    for path in sorted((FIXTURES / folder).glob("*.xlsx")):
        title, wanted = other_reader(path)
        (tmp_path / path.stem).mkdir()
        table = read(path, tmp_path / path.stem, format="xlsx", title_rows=title).tables["rows"]
        found = [[cell for cell in row if cell is not None] for row in rows(table)]
        assert [len(row) for row in found] == [len(row) for row in wanted], path.name
        pairs = [pair for mine, theirs in zip(found, wanted, strict=True) for pair in zip(mine, theirs, strict=True)]
        assert [mine for mine, theirs in pairs if isinstance(theirs, str) and mine != theirs] == [], path.name


def other_reader(path: Path) -> tuple[int, list[list[Any]]]:
    """Return the rows above the header, and the cells with content of the rows below it."""
    import openpyxl

    sheet = openpyxl.load_workbook(path, data_only=True, read_only=True).worksheets[0]
    cells = [[cell for cell in row if cell not in (None, "")] for row in sheet.iter_rows(values_only=True)]
    title = next(number for number, row in enumerate(cells) if row)
    return title, [row for row in cells[title + 1 :] if row]
