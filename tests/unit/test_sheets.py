"""No text of a published table can act in a spreadsheet, and what is withheld is never a number."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from flows.release.copies import text_copies
from flows.release.policy import Policy, Retention
from flows.release.sheets import data_sheets, text_sheet, write_workbook
from flows.release.tables import Field, Table

RISKY = ("=1+1", "+7", "-cmd|' /C calc'!A0", "@sum(A1)", "\t=1", "\r=1", "<b>&", "00123", "1e5", "ўқғҳ 한국")
TABLE = Table(
    "t", "", "d", (Field("code", "VARCHAR", "d"), Field("n", "BIGINT", "d"), Field("conf_status", "VARCHAR", "d"))
)


def rows() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "code": RISKY,
            "n": [None, None, *range(len(RISKY) - 2)],
            "conf_status": ["C", "F", *["F"] * (len(RISKY) - 2)],
        },
        schema={"code": pl.String, "n": pl.Int64, "conf_status": pl.String},
    )


def test_texts_stay_texts_in_a_workbook(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", list(data_sheets(TABLE, rows(), ["n"], "data")))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value.replace("_x000D_", "\r") for cell in cells] == [text.replace("\r", "\n") for text in RISKY]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix or not cell.value.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_withheld_cell_is_no_number_and_an_empty_one_is_empty(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", list(data_sheets(TABLE, rows(), ["n"], "data")))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]
    assert [sheet.cell(row, 2).value for row in (2, 3, 4)] == ["[c]", None, 0]
    assert [sheet.cell(row, 2).fill.patternType for row in (2, 3)] == ["lightUp", None]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        sheets = [*data_sheets(TABLE, rows(), ["n"], "data"), text_sheet("x", ["a"], [["=1"]], [10])]
        write_workbook(tmp_path / name, sheets)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize("name", ["csv/t.csv", "csv_local/t.csv"])
def test_no_cell_of_a_text_copy_begins_a_formula(name: str) -> None:
    policy = Policy(("csv", "csv_local"), ("en",), Retention(2, 0), {}, {}, "internal")
    separator = "," if name.startswith("csv/") else ";"
    text = text_copies(TABLE, rows(), policy)[name].decode("utf-8-sig")
    cells = pl.read_csv(text.encode(), separator=separator, infer_schema=False)["code"].to_list()
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert len(cells) == len(RISKY)


def test_a_long_table_has_a_packed_text_and_no_local_one() -> None:
    policy = Policy(("csv", "csv_local"), ("en",), Retention(2, 0), {}, {}, "internal", spreadsheet_rows=3)
    assert list(text_copies(TABLE, rows(), policy)) == ["csv/t.csv.gz"]
