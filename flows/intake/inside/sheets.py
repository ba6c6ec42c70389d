"""Sheets of a workbook become text: calamine reads the cells, what was counted before says where they stand."""

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flows.intake.inside import xls
from flows.intake.inside.common import RefusedError, number_text, refuse_nul

ISO_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00(?:\.0+)?$"
ISO_MOMENT = r"^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})"
TIME_ONLY = r"^1899-12-3[01] (\d{2}:\d{2}:\d{2})$"  # a time of day is a fraction of day 0 of the workbook
MOMENT = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
DAY_ZERO, YEAR_1904 = datetime(1899, 12, 31), datetime(1904, 1, 1)
SLICE_ROWS = 10_000
LONG_NUMBER = r"^-?\d+\.\d{6,9}$"  # the library writes no more decimals than nine
DIGITS = 15  # of a number that a spreadsheet keeps, shows and saves as text
FRACTION = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d+$"


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read the sheets of an .xlsx workbook that the parent has looked through."""
    import fastexcel

    book = fastexcel.read_excel(job["path"])
    return {table["name"]: _read_sheet(book, table) for table in job["tables"]}


def read_other(job: dict[str, Any]) -> dict[str, Any]:
    """Read the sheets of an .xls, .xlsb or .ods workbook; its own counter looks through it first."""
    import importlib

    import fastexcel

    counter = importlib.import_module(f"flows.intake.inside.{job['format']}")
    found = counter.sheets(job["path"], job["limits"])
    tables = [_described(table | {"format": job["format"]}, found, job["limits"]) for table in job["tables"]]
    book = fastexcel.read_excel(xls.source(job["path"]) if job["format"] == "xls" else job["path"])
    counted = {table["name"]: table.pop("counted") for table in tables}
    return {
        table["name"]: _read_sheet(book, table) | {"counted": counted[table["name"]], "sheet": table["sheet"]}
        for table in tables
    }


def _chosen(table: dict[str, Any], sheets: list[Any]) -> Any:
    """Return the sheet that is wanted; where none is named the first that a person sees, never a hidden one."""
    wanted = _folded(table["sheet"])
    fitting = (one for one in sheets if _folded(one.name) == wanted or not (wanted or one.is_hidden))
    sheet = next(fitting, None)
    if sheet is None and not wanted:
        raise RefusedError("E-118", "All sheets of the workbook are hidden.", expected="`file.sheet` in the contract")
    if sheet is None:
        raise RefusedError("E-118", "The workbook has no such sheet.", expected=f"a sheet named {table['sheet']}")
    return sheet


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _described(table: dict[str, Any], sheets: list[Any], limits: dict[str, Any]) -> dict[str, Any]:
    """Return what reading must know of a sheet."""
    sheet = _chosen(table, sheets)
    sheet.check_size(limits)
    top, below = table["title_rows"], table["title_rows"] + table["header_rows"]
    if not any(top < row <= below for row in sheet.rows):
        raise RefusedError("E-101", "The sheet holds no header.", expected="a header and rows", sheet=sheet.name)
    return table | {
        "sheet": sheet.name,
        "first_column": min(sheet.columns),
        "width": max(sheet.columns) - min(sheet.columns) + 1,
        "height": sheet.height,
        "merges": [merge for merge in sheet.merges if top < merge[0] <= below],
        "errors": sheet.texts,
        "is_iso": table["format"] == "ods",
        "is_1904": sheet.is_1904,
        "counted": sum(row > below for row in sheet.rows),
    }


def _read_sheet(book: Any, table: dict[str, Any]) -> dict[str, Any]:
    batch = book.load_sheet(table["sheet"], header_row=None, skip_rows=0, dtypes="string").to_arrow()
    if batch.num_columns != table["width"] or batch.num_rows != table["height"]:
        return {"header": [], "rows": -1}
    batch = _in_full(book, batch, table["sheet"])
    batch = _with_errors(_since_1904(book, batch, table["sheet"]) if table.get("is_1904") else batch, table)
    top, skip = table["title_rows"], table["title_rows"] + table["header_rows"]
    header = _header([_tidy(column.slice(top, skip - top), table).to_pylist() for column in batch.columns], table)
    kept = [i for i, column in enumerate(batch.columns) if header[i].strip() or _has_cell(column.slice(skip))]
    rows = _write_sheet(batch, kept, skip, table)
    return {"header": [header[i] for i in kept], "rows": rows}


def _in_full(book: Any, batch: Any, sheet: str) -> Any:
    """Write the numbers of columns with long fractions to their last digit, as the same cells are saved as text."""
    return _read_again(book, batch, sheet, pattern=LONG_NUMBER, kind="float", made=_full_number)


def _since_1904(book: Any, batch: Any, sheet: str) -> Any:
    """Write the moments of a workbook whose days count from 1904; the library may overlook that they do."""
    return _read_again(book, batch, sheet, pattern=MOMENT, kind="duration", made=_moment_since_1904)


def _read_again(  # noqa: PLR0913 - a sheet, what is looked for, and what is made of it
    book: Any, batch: Any, sheet: str, *, pattern: str, kind: str, made: Callable[[str | None, Any], str | None]
) -> Any:
    """Write the columns in which a text fits a pattern anew, each cell from its text and its value of another kind."""
    import pyarrow as pa

    pc = _compute()
    found = [i for i, column in enumerate(batch.columns) if pc.any(pc.match_substring_regex(column, pattern)).as_py()]
    if not found:
        return batch
    values = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes=kind).to_arrow()
    columns = list(batch.columns)
    for place in found:
        cells = zip(columns[place].to_pylist(), values.column(place).to_pylist(), strict=True)
        columns[place] = pa.array([made(text, value) for text, value in cells], pa.string())
    return pa.record_batch(columns, names=batch.schema.names)


def _moment_since_1904(text: str | None, days: timedelta | None) -> str | None:
    """Return the moment of a cell, a time of day without its day 0; what is no moment has no days and stays."""
    if days is None:
        return text
    start = DAY_ZERO if timedelta() <= days < timedelta(days=1) else YEAR_1904
    return (start + days).isoformat(" ", "milliseconds" if days.microseconds else "seconds")


def _full_number(text: str | None, value: float | None) -> str | None:
    """Return the digits of a number; a cell of text, which the library reads as a number too, stays as it is."""
    if text is None or value is None or f"{value:.9f}".rstrip("0").rstrip(".") != text:
        return text
    return number_text(float(f"{value:.{DIGITS}g}"))


def _compute() -> Any:
    """Return the compute functions, which are made at import and so are not known to type checkers."""
    import importlib

    return importlib.import_module("pyarrow.compute")


def _has_cell(column: Any) -> bool:
    pc = _compute()
    return bool(pc.any(pc.not_equal(column, "")).as_py())


def _write_sheet(batch: Any, kept: list[int], skip: int, table: dict[str, Any]) -> int:
    """Write the rows with content, some thousand at a time, and return their number."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    places = [pa.field("_row", pa.int64()), pa.field("_line", pa.int64())]
    schema = pa.schema([*places, *(pa.field(f"c{number}", pa.string()) for number in range(len(kept)))])
    rows = 0
    with pq.ParquetWriter(table["target"], schema, compression="lz4") as writer:
        for start in range(skip, batch.num_rows, SLICE_ROWS):
            part = _tidy_rows(batch.slice(start, SLICE_ROWS), kept, start, rows, table)
            refuse_nul(part)
            writer.write_table(pa.table(part, schema=schema))
            rows += len(part[0])
    return rows


def _tidy_rows(batch: Any, kept: list[int], start: int, rows: int, table: dict[str, Any]) -> list[Any]:
    """Return the columns of a slice: record number, row in the sheet, tidy cells; rows without content left out."""
    import functools

    import pyarrow as pa

    pc = _compute()

    columns = [_tidy(batch.column(i), table) for i in kept]
    filled = functools.reduce(pc.or_, [pc.is_valid(column) for column in columns])
    lines = pa.array(range(start + 1, start + 1 + batch.num_rows), pa.int64()).filter(filled)
    numbers = pa.array(range(rows + 1, rows + 1 + len(lines)), pa.int64())
    return [numbers, lines, *(column.filter(filled) for column in columns)]


def _with_errors(batch: Any, table: dict[str, Any]) -> Any:
    """Put back the text of cells in which a formula failed: an error is not an empty cell."""
    import pyarrow as pa

    columns = list(batch.columns)
    errors: dict[int, list[tuple[int, str]]] = {}
    for row, at, text in table["errors"]:
        errors.setdefault(at - table["first_column"], []).append((row - 1, text))
    for place, found in errors.items():
        texts = columns[place].to_pylist()
        for row, text in found:
            texts[row] = text
        columns[place] = pa.array(texts, pa.string())
    return pa.record_batch(columns, names=batch.schema.names)


def _tidy(column: Any, table: dict[str, Any]) -> Any:
    """Write dates without midnight, times without a day, moments in whole seconds; an empty text is no cell."""
    import pyarrow as pa

    pc = _compute()

    if table.get("is_iso"):
        column = pc.replace_substring_regex(column, ISO_MOMENT, r"\1 \2")
    column = _whole_seconds(column)
    column = pc.replace_substring_regex(column, ISO_MIDNIGHT, r"\1")
    column = pc.replace_substring_regex(column, TIME_ONLY, r"\1")
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _whole_seconds(column: Any) -> Any:
    """Round moments with a fraction: a spreadsheet keeps them as binary fractions of a day, never exact."""
    import pyarrow as pa

    pc = _compute()

    is_fraction = pc.fill_null(pc.match_substring_regex(column, FRACTION), fill_value=False)
    if not pc.any(is_fraction).as_py():
        return column
    moments = pc.cast(column.filter(is_fraction), pa.timestamp("ms"))
    rounded = pc.strftime(pc.round_temporal(moments, unit="second"), "%Y-%m-%d %H:%M:%S")
    texts = pc.replace_substring_regex(rounded, r"\.0+$", "")
    return pc.replace_with_mask(column, is_fraction, texts)


def _header(columns: list[list[str | None]], table: dict[str, Any]) -> list[str]:
    """Join the header rows of each column after merged cells have been filled to the right."""
    for top, left, bottom, right in table["merges"]:
        row, first = top - 1 - table["title_rows"], left - table["first_column"]
        last = min(right - table["first_column"], len(columns) - 1)
        if 0 <= row < table["header_rows"] and 0 <= first <= last and bottom >= top:
            for number in range(first + 1, last + 1):
                columns[number][row] = columns[first][row]
    if table["header_row"]:
        return [column[table["header_row"] - 1] or "" for column in columns]
    return [" / ".join(text for text in column if text) for column in columns]
