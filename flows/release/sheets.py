"""A published table opens in a spreadsheet: withheld cells are marked, codes stay text, nothing is ever a formula.

The workbook is written as the few XML parts that every spreadsheet program reads, rows by the frame engine at once and
not cell by cell. The same rows give the same bytes, because no part holds a time.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

from flows.release.tables import Table

# Rows a sheet can hold, less its header.
SHEET_ROWS = 1_048_575
FIRST_DAY = date(1899, 12, 30)
# Places of the styles in STYLES below.
PLAIN, HEADER, DAY, MOMENT, HELD, TEXT, QUOTED = range(7)
# How a spreadsheet program may begin a formula; such a text is marked as text for good.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
RISK = r"^[=+\-@\t\r\n]"  # the same for the frame engine
BAD_SIGNS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
WIDTHS = {"VARCHAR": 22, "DATE": 12, "TIMESTAMP": 18}
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/></numFmts>'
    '<fonts count="3"><font><sz val="10"/><name val="Arial"/></font><font><b/><sz val="10"/><name val="Arial"/></font>'
    '<font><i/><sz val="10"/><color rgb="FF5F5F5F"/><name val="Arial"/></font></fonts>'
    '<fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE3E8EF"/></patternFill></fill>'
    '<fill><patternFill patternType="lightUp"><fgColor rgb="FF8C8C8C"/><bgColor rgb="FFF2F2F2"/></patternFill></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="2" fillId="3" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, its XML rows under the header, and how wide its columns are."""

    name: str
    header: Sequence[str]
    rows: str
    widths: Sequence[int]
    height: int
    is_table: bool = True


def data_sheets(table: Table, frame: pl.DataFrame, held: Sequence[str], name: str) -> Iterator[Sheet]:
    """Yield the sheets of a table; a second one where the first is full.

    Args:
        table: Description of the table.
        frame: Published rows.
        held: Columns that are empty where the row withholds them.
        name: Name of the sheet.
    """
    widths = [max(WIDTHS.get(column.type, 14), len(column.name) + 3) for column in table.fields]
    header = [column.name for column in table.fields]
    for place, start in enumerate(range(0, max(frame.height, 1), SHEET_ROWS)):
        part = frame.slice(start, SHEET_ROWS)
        rows = "".join(part.select(_row(table, part, held)).to_series().to_list())
        yield Sheet(name if not place else f"{name} {place + 1}", header, rows, widths, part.height)


def text_sheet(name: str, header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Sheet:
    """Return a sheet of texts."""
    lines = ["<row>" + "".join(_text_cell(text) for text in row) + "</row>" for row in rows]
    return Sheet(name, header, "".join(lines), widths, len(rows), is_table=bool(header))


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write the sheets as a workbook; the same sheets give the same bytes."""
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(sheets) + 1)), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": STYLES,
    } | {f"xl/worksheets/sheet{i}.xml": _sheet(sheet) for i, sheet in enumerate(sheets, 1)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            book.writestr(entry, text.encode("utf-8"))


def withheld_at(frame: pl.DataFrame, held: Sequence[str], column: str) -> pl.Expr:
    """Return an expression: whether a cell is empty because it is withheld, and not because there is nothing."""
    if column not in held or "conf_status" not in frame.columns:
        return pl.lit(value=False)
    if "withheld" in frame.columns:
        return pl.col("withheld").fill_null("").str.split(" ").list.contains(column)
    return (pl.col("conf_status") != "F") & pl.col(column).is_null()


def _row(table: Table, frame: pl.DataFrame, held: Sequence[str]) -> pl.Expr:
    """Return an expression that writes a row: each cell with its type; an empty one has no content."""
    cells = (
        [
            pl.when(withheld_at(frame, held, column.name))
            .then(
                pl.lit(f'<c s="{HELD}" t="inlineStr"><is><t>[')
                + pl.col("conf_status").str.to_lowercase()
                + "]</t></is></c>"
            )
            .otherwise(_cell(column.name, column.type))
            .fill_null("<c/>")
            for column in table.fields
        ]
        if "conf_status" in frame.columns
        else [_cell(column.name, column.type).fill_null("<c/>") for column in table.fields]
    )
    return pl.concat_str([pl.lit("<row>"), *cells, pl.lit("</row>")])


def _cell(name: str, kind: str) -> pl.Expr:
    column = pl.col(name)
    if kind == "VARCHAR":
        return _texts(column)
    if kind == "BOOLEAN":
        return pl.lit('<c t="b"><v>') + pl.when(column).then(pl.lit("1")).when(~column).then(pl.lit("0")) + "</v></c>"
    if kind == "DATE":
        return pl.lit(f'<c s="{DAY}"><v>') + (column - pl.lit(FIRST_DAY)).dt.total_days().cast(pl.String) + "</v></c>"
    if kind == "TIMESTAMP":
        days = (column - pl.lit(FIRST_DAY).cast(pl.Datetime("us"))).dt.total_seconds() / 86_400
        return pl.lit(f'<c s="{MOMENT}"><v>') + days.cast(pl.String) + "</v></c>"
    return pl.lit("<c><v>") + column.cast(pl.String) + "</v></c>"


def _texts(column: pl.Expr) -> pl.Expr:
    """Write texts as texts: never a number, a date or a formula, whatever they look like."""
    plain = column.str.replace_all(BAD_SIGNS, "").str.slice(0, 32_767)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        plain = plain.str.replace_all(sign, entity, literal=True)
    style = pl.when(column.str.contains(RISK)).then(pl.lit(str(QUOTED))).otherwise(pl.lit(str(TEXT)))
    return pl.concat_str(
        [
            pl.lit('<c s="'),
            style,
            pl.lit('" t="inlineStr"><is><t xml:space="preserve">'),
            plain,
            pl.lit("</t></is></c>"),
        ]
    )


def _text_cell(text: str, style: int = TEXT) -> str:
    style = QUOTED if style == TEXT and text.startswith(FORMULA) else style
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _sheet(sheet: Sheet) -> str:
    columns = "".join(f'<col min="{i}" max="{i}" width="{w}" customWidth="1"/>' for i, w in enumerate(sheet.widths, 1))
    header = "<row>" + "".join(_text_cell(name, HEADER) for name in sheet.header) + "</row>" if sheet.header else ""
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if sheet.is_table else ""
    last = f"A1:{_letters(len(sheet.header))}{sheet.height + 1}"
    filter_ = f'<autoFilter ref="{last}"/>' if sheet.is_table and sheet.header else ""
    return (
        f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{header}{sheet.rows}</sheetData>{filter_}</worksheet>"
    )


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text or "A"


def _workbook(sheets: Sequence[Sheet]) -> str:
    entries = "".join(f'<sheet name="{escape(s.name)}" sheetId="{i}" r:id="rId{i}"/>' for i, s in enumerate(sheets, 1))
    return f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{entries}</sheets></workbook>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{entries}</Relationships>'


def _content_types(count: int) -> str:
    kinds: Mapping[str, str] = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"} | {
        f"/xl/worksheets/sheet{i}.xml": "worksheet" for i in range(1, count + 1)
    }
    entries = "".join(f'<Override PartName="{name}" ContentType="{TYPE}.{kind}+xml"/>' for name, kind in kinds.items())
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{entries}</Types>'
    )
