"""The same table, written in every format that qdeep reads, by writers that share nothing with its readers."""

import csv
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import xlsxwriter
import xlwt

Value = str | int | float | date | datetime | None
Table = tuple[Sequence[str], Sequence[Sequence[Value]]]
EXCEL_DAY = datetime(1899, 12, 30)
SECONDS_A_DAY = 86_400


def text(value: Value) -> str:
    """Return a value as a text format holds it."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(sep=" ")
        case _:
            return str(value)


def write_csv(path: Path, table: Table, encoding: str = "utf-8", delimiter: str = ",") -> None:
    """Write a text with a delimiter."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([table[0], *([text(value) for value in row] for row in table[1])])
    path.write_bytes(out.getvalue().encode(encoding))


def write_xlsx(path: Path, table: Table) -> None:
    """Write a workbook with numbers as numbers and days as days."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day, moment = (book.add_format({"num_format": one}) for one in ("dd.mm.yyyy", "dd.mm.yyyy hh:mm:ss"))
        for r, row in enumerate([table[0], *table[1]]):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, moment if isinstance(value, datetime) else day)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                elif value is not None:
                    sheet.write_number(r, c, value)


def write_xls(path: Path, table: Table) -> None:
    """Write an old workbook."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("data")
    day, moment = (xlwt.easyxf(num_format_str=one) for one in ("dd.mm.yyyy", "dd.mm.yyyy hh:mm:ss"))
    for r, row in enumerate([table[0], *table[1]]):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write(r, c, value, moment if isinstance(value, datetime) else day)
            elif value is not None:
                sheet.write(r, c, value)
    book.save(str(path))


def write_ods(path: Path, table: Table) -> None:
    """Write an OpenDocument workbook, with the grey rest of the sheet as LibreOffice does."""
    names = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in names.items())
    rows = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in [table[0], *table[1]]
    )
    rest = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="data">{rows}{rest}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{space}"/>')


def _ods_cell(value: Value) -> str:
    match value:
        case None:
            return "<table:table-cell/>"
        case date():
            shown = f"<text:p>{value.strftime('%d.%m.%Y')}</text:p>"
            kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
            return f"<table:table-cell {kind}>{shown}</table:table-cell>"
        case str():
            return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
        case _:
            kind = f'office:value-type="float" office:value="{value}"'
            return f"<table:table-cell {kind}><text:p>shown</text:p></table:table-cell>"


def write_xlsb(path: Path, table: Table) -> None:
    """Write a binary workbook of the fewest records that readers accept ([MS-XLSB])."""
    space = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{space}/content-types"><Default Extension="bin" '
            'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        )
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{space}/relationships"><Relationship Id="rId1" Type="{office}/worksheet" '
            f'Target="worksheets/sheet1.bin"/><Relationship Id="rId2" Type="{office}/styles" Target="styles.bin"/>'
            "</Relationships>",
        )
        bundle = struct.pack("<2I", 0, 1) + _wide("rId1") + _wide("data")
        book = [(131, b""), (153, struct.pack("<3I", 0, 0, 0)), (143, b""), (156, bundle), (144, b""), (132, b"")]
        archive.writestr("xl/workbook.bin", b"".join(_record(*one) for one in book))
        archive.writestr("xl/styles.bin", _xlsb_styles())
        archive.writestr("xl/worksheets/sheet1.bin", _xlsb_sheet(table))


def _xlsb_styles() -> bytes:
    formats = [
        (44, struct.pack("<H", number) + _wide(code))
        for number, code in ((170, "dd.mm.yyyy"), (171, "dd.mm.yyyy hh:mm:ss"))
    ]
    faces = [(47, struct.pack("<7HBB", 0, number, 0, 0, 0, 0, 0, 0, 0)) for number in (0, 170, 171)]
    parts = [(278, b""), (615, struct.pack("<I", 2)), *formats, (616, b""), (617, struct.pack("<I", 3)), *faces]
    return b"".join(_record(*one) for one in [*parts, (618, b""), (279, b"")])


def _xlsb_sheet(table: Table) -> bytes:
    height, width = len(table[1]), len(table[0])
    parts = [(129, b""), (148, struct.pack("<4I", 0, height, 0, width - 1)), (145, b"")]
    for r, row in enumerate([table[0], *table[1]]):
        parts.append((0, struct.pack("<3IBI", r, 0, 0x12C, 0, 0)))
        parts += [
            (number, struct.pack("<2I", c, style) + body)
            for c, value in enumerate(row)
            for number, style, body in _xlsb_cell(value)
        ]
    return b"".join(_record(*one) for one in [*parts, (146, b""), (130, b"")])


def _xlsb_cell(value: Value) -> list[tuple[int, int, bytes]]:
    match value:
        case None:
            return []
        case str():
            return [(6, 0, _wide(value))]
        case date():
            moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
            serial = (moment - EXCEL_DAY).total_seconds() / SECONDS_A_DAY
            return [(5, 2 if isinstance(value, datetime) else 1, struct.pack("<d", serial))]
        case _:
            return [(5, 0, struct.pack("<d", float(value)))]


def _wide(value: str) -> bytes:
    return struct.pack("<I", len(value.encode("utf-16-le")) // 2) + value.encode("utf-16-le")


def _record(number: int, body: bytes) -> bytes:
    head = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    size, parts = len(body), []
    while True:
        parts.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return head + bytes(parts) + body


def write_sav(path: Path, table: Table) -> None:
    """Write an SPSS file: numbers as doubles, days and moments with their formats."""
    kinds = {
        name: next((type(row[i]) for row in table[1] if row[i] is not None), str) for i, name in enumerate(table[0])
    }
    columns: dict[str, Any] = {}
    for i, name in enumerate(table[0]):
        values = [row[i] for row in table[1]]
        if kinds[name] in (int, float):
            columns[name] = pd.Series(
                [float("nan") if value is None else float(value) for value in values], dtype=float
            )
        elif kinds[name] is str:
            columns[name] = pd.Series([value or "" for value in values], dtype=object)
        else:
            columns[name] = pd.Series(values, dtype=object)
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), row_compress=path.suffix == ".zsav")


def write_parquet(path: Path, table: Table) -> None:
    """Write parquet with real types."""
    columns = {name: pa.array([row[i] for row in table[1]]) for i, name in enumerate(table[0])}
    pq.write_table(pa.table(columns), path)


def _records(table: Table) -> list[dict[str, Any]]:
    plain = [[text(value) if isinstance(value, date) else value for value in row] for row in table[1]]
    return [dict(zip(table[0], row, strict=True)) for row in plain]


def write_json(path: Path, table: Table) -> None:
    """Write records as services return them."""
    found = {"count": len(table[1]), "next": None, "results": _records(table)}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


def write_jsonl(path: Path, table: Table) -> None:
    """Write one record a line."""
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in _records(table)), encoding="utf-8")


def write_xes(path: Path, table: Table) -> None:
    """Write each row as an event with one trace."""
    events = [
        "".join(_xes_value(name, value) for name, value in zip(table[0], row, strict=True) if value is not None)
        for row in table[1]
    ]
    inside = "".join(f"<event>{one}</event>" for one in events)
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><!-- an <event> in a comment --><log xmlns="http://www.xes-standard.org/">'
        f'<global scope="event"><string key="x" value="y"/></global><trace>{inside}</trace></log>',
        encoding="utf-8",
    )


def _xes_value(name: str, value: Value) -> str:
    kind = {int: "int", float: "float", date: "date", datetime: "date"}.get(type(value), "string")
    shown = text(value).replace(" ", "T") if kind == "date" else text(value)
    return f"<{kind} key={quoteattr(name)} value={quoteattr(shown)}/>"


def zipped(path: Path, inner: Path) -> None:
    """Pack one file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, inner.name)
    inner.unlink()


def gzipped(path: Path, inner: Path) -> None:
    """Pack one text."""
    path.write_bytes(gzip.compress(inner.read_bytes()))
    inner.unlink()


# Suffix -> how it is written, and what the contract says of it.
WRITERS: dict[str, tuple[Callable[[Path, Table], None], dict[str, Any]]] = {
    ".csv": (write_csv, {"format": "csv"}),
    ".tsv": (lambda path, table: write_csv(path, table, delimiter="\t"), {"format": "tsv", "delimiter": "\t"}),
    ".xlsx": (write_xlsx, {"format": "xlsx"}),
    ".xlsm": (write_xlsx, {"format": "xlsm"}),
    ".xlsb": (write_xlsb, {"format": "xlsb"}),
    ".xls": (write_xls, {"format": "xls"}),
    ".ods": (write_ods, {"format": "ods"}),
    ".sav": (write_sav, {"format": "sav"}),
    ".zsav": (write_sav, {"format": "sav"}),
    ".parquet": (write_parquet, {"format": "parquet"}),
    ".json": (write_json, {"format": "json"}),
    ".jsonl": (write_jsonl, {"format": "jsonl"}),
    ".xes": (write_xes, {"format": "xes"}),
}
