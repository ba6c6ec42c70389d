"""Refused rows can be listed by place and reason, and handed back to their sender as a workbook to be mended."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.errors import Place, QdeepError
from flows.intake.parcel import REFUSED
from flows.settings import Settings

FORMULA = re.compile(
    r"[=@\t\r]|[+-](?![\d\s.,]*$)"
)  # a spreadsheet program runs a cell that begins so; +998 90 it does not
WHOLE = {"excluded": "By its contract no row of data.", "delivery": "The delivery was refused as a whole."}
FIRST_COLUMNS = ("Line", "Reason")
SHEET_ROWS = 1_000_000
CELL_LENGTH = 32_767  # longest text of a cell of an Excel workbook
WIDE, NARROW = 60, 8


def list_refused(settings: Settings, source: str | None = None, delivery: str | None = None) -> list[dict[str, Any]]:
    """Return the places and reasons of refused rows: source, delivery_id, table, sheet, line, codes, rules."""
    import pyarrow.parquet as pq

    listed = []
    for path in _files(settings, source, delivery):
        names = {"source": path.parent.parent.name, "delivery_id": path.parent.name}
        rows = pq.read_table(path, columns=["_table", "_sheet", "_line", "codes", "rules"]).to_pylist()
        listed += [
            {
                **names,
                "table": row["_table"],
                "sheet": row["_sheet"],
                "line": row["_line"],
                "codes": ", ".join(row["codes"]),
                "rules": ", ".join(row["rules"]),
            }
            for row in rows
        ]
    return listed


def export_refused(settings: Settings, delivery_id: str, target: Path) -> Counter[str]:
    """Write the refused rows of a delivery as a workbook: line, reason, cells as received, wrong cells yellow.

    Returns:
        Rows written by table.

    Raises:
        QdeepError: E-502 where the delivery has no refused rows, E-405 where the workbook cannot be written.
    """
    import pyarrow.parquet as pq
    from xlsxwriter.exceptions import FileCreateError

    path = next(_files(settings, None, delivery_id), None)
    if path is None:
        where = Place(delivery_id=delivery_id, file=delivery_id)
        raise QdeepError("E-502", "There are no refused rows of this delivery.", where, "an id of qdeep deliveries")
    with pq.ParquetFile(path) as file:
        marks = json.loads(file.schema_arrow.metadata[b"qdeep"])
        try:
            return _write_book(file, marks, target)
        except (OSError, FileCreateError) as error:
            raise QdeepError("E-405", "The workbook cannot be written.", Place(file=str(target))) from error


def _files(settings: Settings, source: str | None, delivery: str | None) -> Iterator[Path]:
    """Yield the files of refused rows of deliveries that are committed: those with a folder in the lake."""
    for path in sorted(settings.vault.glob(f"*/*/{REFUSED}")):
        is_asked = source in (None, path.parent.parent.name) and delivery in (None, path.parent.name)
        if is_asked and (settings.lake / path.parent.parent.name / path.parent.name / "manifest.json").is_file():
            yield path


def _write_book(file: Any, marks: dict[str, Any], target: Path) -> Counter[str]:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written: Counter[str] = Counter()
    target.unlink(missing_ok=True)
    with xlsxwriter.Workbook(str(target), options) as book:
        target_sheet = None
        yellow = book.add_format({"bg_color": "#FFF2A8"})
        for batch in file.iter_batches(batch_size=10_000):
            for row in batch.to_pylist():
                table, place = row["_table"], written[row["_table"]] % SHEET_ROWS
                if place == 0:
                    target_sheet = _new_sheet(book, table, written[table] // SHEET_ROWS, marks["header"][table])
                _write_row(target_sheet, place + 1, row, marks, yellow)
                written[table] += 1
    return written


def _new_sheet(book: Any, table: str, number: int, header: list[str]) -> Any:
    sheet = book.add_worksheet(f"{table}_{number + 1}"[-31:] if number else table[:31])
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    sheet.freeze_panes(1, len(FIRST_COLUMNS))
    sheet.set_column(0, 0, NARROW)
    sheet.set_column(1, 1, WIDE)
    for column, text in enumerate((*FIRST_COLUMNS, *header)):
        sheet.write_string(0, column, _harmless(text), bold)
    return sheet


def _write_row(sheet: Any, place: int, row: dict[str, Any], marks: dict[str, Any], yellow: Any) -> None:
    wrong = {marks["marks"][row["_table"]].get(rule) for rule in row["rules"]}
    sheet.write_number(place, 0, row["_line"])
    sheet.write_string(place, 1, _reason(row, marks["meaning"]))
    for column, text in enumerate(row["cells"]):
        cell = _harmless(text or "")
        if cell:
            sheet.write_string(place, column + len(FIRST_COLUMNS), cell, yellow if column in wrong else None)
        elif column in wrong:
            sheet.write_blank(place, column + len(FIRST_COLUMNS), None, yellow)


def _reason(row: dict[str, Any], meaning: dict[str, str]) -> str:
    told = [(WHOLE | meaning).get(rule) or rule for rule in row["rules"]]
    return f"{', '.join(row['codes'])}: {' '.join(told)}"


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula, even after it was saved as CSV."""
    return (f"'{text}" if FORMULA.match(text) else text)[:CELL_LENGTH]
