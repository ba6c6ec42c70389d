"""Hostile workbooks: archives and XML that lie, sheets that do not fit, and cells that mislead."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
import xlwt

from flows.intake.limits import Limits
from tests.hostile.case import CANARY, Case
from tests.unit.writing import WRITERS

MIB = 1 << 20
XLSX = {"format": "xlsx"}
ODS = {"format": "ods"}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD_ROW = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>'
)
GOOD_ROW = f'<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>{CANARY}</t></is></c></row>'
GOOD = [["1", CANARY]]
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
SPACES = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}


def cases() -> Iterator[Case]:
    """Yield all of them."""
    yield from _archives()
    yield from _definitions()
    yield from _sheets()
    yield from _cells()
    yield from _dates()
    yield from _written()
    yield from _documents()
    yield from _old()
    yield from _binary()


def sheet(rows: str, *, before: str = "", after: str = "", prolog: str = "") -> str:
    """Return the XML of a sheet."""
    return f'{prolog}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def book(rows: str = HEAD_ROW + GOOD_ROW, *, packing: int = zipfile.ZIP_DEFLATED, **parts: str | bytes | None) -> bytes:
    """Return a workbook of bare parts; keyword arguments replace parts by their last name, None leaves one out."""
    content: dict[str, str | bytes | None] = {
        "[Content_Types].xml": (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="'
            'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": sheet(rows),
    }
    short = {name.rsplit("/", 1)[-1]: name for name in content}
    content |= {short.get(name, name): part for name, part in parts.items()}
    return _zip({name: part for name, part in content.items() if part is not None}, packing)


def _zip(parts: dict[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _book(name: str, content: bytes, **told: Any) -> Case:
    style = XLSX | told.pop("style", {})
    return Case(f"xlsx: {name}", lambda: content, style, **told)


def _archives() -> Iterator[Case]:
    good = book()
    yield _book("a plain one", good, header=["id", "name"], rows=GOOD)
    yield _book("a text of its name", b"id;name\n1;2\n", code="E-104")
    yield _book("a web page", b"<html><table>", code="E-104")
    yield _book("a zip without workbook", _zip({"a.csv": "id"}), code="E-104")
    yield _book("a word document", _zip({"word/document.xml": "<w/>"}), code="E-104")
    yield _book(
        "an encrypted one",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        code="E-108",
    )
    for share in (5, 20, 40, 60, 80, 95, 99):
        yield _book(f"cut at {share} %", good[: len(good) * share // 100], code="E-106")
    yield _book("rubbish before it", b"MZ" + good, code="E-104")
    yield _book("rubbish behind it", good + b"\0" * 100, rows=GOOD)
    yield _book("a text of 200 MB of blanks", book(**{"xl/styles.xml": b"<x>" + b" " * (80 * MIB)}), code="E-105")
    yield _book("a sheet of 60 MB of blanks", book(**{"sheet1.xml": sheet(HEAD_ROW + " " * (60 * MIB))}), code="E-105")
    yield _book("a workbook inside a part", book(**{"xl/embeddings/book.xlsx": good}), rows=GOOD)
    yield _book("a part that leads out", book(**{"../../etc/cron.d/x": "x"}), code="E-117")
    yield _book("a name with a drive", book(**{"C:/x.xml": "x"}), code="E-117")
    yield _book("two names that differ in case", book(**{"XL/workbook.xml": "<x/>"}), code="E-114")
    yield _book("a part packed by LZMA", book(packing=zipfile.ZIP_LZMA), code="E-106")
    yield _book("parts that are not packed", book(packing=zipfile.ZIP_STORED), rows=GOOD)
    size = len(sheet(HEAD_ROW + GOOD_ROW)).to_bytes(4, "little")
    yield _book("a part of a lying size", good.replace(size, b"\x40\0\0\0"), code="E-105")
    yield _book("a part that claims 4 GB", good.replace(size, b"\xff\xff\xff\xfe"), code="E-105")
    entry = good.index(b"PK\x01\x02")
    before = good[: entry + 42] + struct.pack("<I", 0x7FFFFFFF) + good[entry + 46 :]
    yield _book("a part that stands behind the end", before, code="E-106")
    end = good.index(b"PK\x05\x06") + 16
    shifted = good[:end] + struct.pack("<I", 0x00FFFFFF) + good[end + 4 :]
    yield _book("parts that stand before the file", shifted, code="E-106")
    at = good.index(b"xl/worksheets/sheet1.xml") + 60
    yield _book("a part with a flipped byte", good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :], code="E-106")
    yield _book("no list of types", book(**{"[Content_Types].xml": None}), rows=GOOD)
    yield _book("no relations", book(**{"workbook.xml.rels": None}), code="E-104")
    yield _book("no sheet", book(**{"sheet1.xml": None}), code="E-106")
    yield _book("an empty sheet part", book(**{"sheet1.xml": ""}), code="E-101")
    for target in ("../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://example.invalid/x.xml", ""):
        relations = (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
            f'TargetMode="External" Target="{target}"/></Relationships>'
        )
        yield _book(f"a sheet that stands at {target!r}", book(**{"workbook.xml.rels": relations}), code="E-106")


def _definitions() -> Iterator[Case]:
    laughs = '<!DOCTYPE x [<!ENTITY a "haha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(10)
    )
    quadratic = '<!DOCTYPE x [<!ENTITY a "' + "h" * 50_000 + '">]>'
    attacks = {
        "an external entity": EXTERNAL,
        "billion laughs": f"{laughs}]>",
        "a quadratic blow-up": quadratic,
        "a parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.invalid/x.dtd"> %p;]>',
        "a document type alone": '<!doctype x SYSTEM "x.dtd">',
    }
    for name, prolog in attacks.items():
        rows = HEAD_ROW + GOOD_ROW.replace(CANARY, "&a;" * 100)
        yield _book(f"{name} in the sheet", book(**{"sheet1.xml": sheet(rows, prolog=prolog)}), code="E-107")
        for part in ("xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml", "docProps/core.xml"):
            yield _book(f"{name} in {part}", book(**{part: f"{prolog}<x>&a;</x>"}), code="E-107")
    late = sheet(HEAD_ROW + GOOD_ROW, after="<!-- " + "x" * (MIB - 500) + " -->" + EXTERNAL + "<x/>" * 200)
    yield _book("a document type behind a megabyte", book(**{"sheet1.xml": late}), code="E-107")
    yield _book("a sheet in UTF-16", book(**{"sheet1.xml": sheet(HEAD_ROW).encode("utf-16")}), code="E-107")
    for encoding in ("utf-16", "utf-7", "cp1251"):
        prolog = f'<?xml version="1.0" encoding="{encoding}"?>'
        rows = HEAD_ROW + GOOD_ROW.replace(CANARY, "a")
        told = {"code": "E-114"} if encoding == "utf-16" else {"rows": [["1", "a"]]}
        yield _book(
            f"a sheet that says it is {encoding}", book(**{"sheet1.xml": sheet(rows, prolog=prolog)}), words=(), **told
        )
    cyrillic = sheet(HEAD_ROW + GOOD_ROW.replace(CANARY, "Каримов"), prolog='<?xml version="1.0" encoding="cp1251"?>')
    yield _book(
        "a sheet in cp1251", book(**{"sheet1.xml": cyrillic.encode("cp1251")}), rows=[["1", "Каримов"]], words=()
    )


def _sheets() -> Iterator[Case]:
    for reference in ("A1", "A1:XFD1048576", "A1:ZZZZ99999999", "", "B7", "A1:A0"):
        lying = sheet(HEAD_ROW + GOOD_ROW, before=f'<dimension ref="{reference}"/>')
        told = {"code": "E-114"} if reference in ("", "A1:A0") else {"rows": GOOD}
        yield _book(f"a dimension {reference!r}", book(**{"sheet1.xml": lying}), **told)
    far = {
        "a cell at the end of the grid": '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "a cell in column XFE": '<row r="3"><c r="XFE3"><v>1</v></c></row>',
        "a cell in column ZZZZZZZ": '<row r="3"><c r="ZZZZZZZ3"><v>1</v></c></row>',
        "a row beyond the grid": '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
        "a row beyond 32 bits": '<row r="4294967299"><c r="A4294967299"><v>1</v></c></row>',
        "a row of 5,000 digits": f'<row r="{"9" * 5000}"><c r="A3"><v>1</v></c></row>',
        "a cell of 5,000 digits": f'<row r="3"><c r="A{"9" * 5000}"><v>1</v></c></row>',
        "5,001 columns": '<row r="3"><c r="GJI3"><v>1</v></c></row>',
    }
    for name, row in far.items():
        yield _book(name, book(HEAD_ROW + GOOD_ROW + row), code="E-113")
    wrong = {
        "a row twice": GOOD_ROW + GOOD_ROW,
        "rows backwards": GOOD_ROW.replace('"2"', '"3"').replace("2", "3") + GOOD_ROW,
        "a cell of another row": '<row r="2"><c r="A9"><v>1</v></c></row>',
        "row 0": '<row r="0"><c r="A0"><v>1</v></c></row>',
        "a text beyond the texts": '<row r="2"><c r="A2" t="s"><v>7</v></c></row>',
        "text number of 5,000 digits": f'<row r="2"><c r="A2" t="s"><v>{"9" * 5000}</v></c></row>',
        "text number -1": '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>',
        "text number that is none": '<row r="2"><c r="A2" t="s"><v>x</v></c></row>',
    }
    for name, rows in wrong.items():
        code = "E-114" if name in ("text number -1", "text number that is none") else "E-106"
        yield _book(name, book(HEAD_ROW + rows), code=code)
    merges = '<mergeCells><mergeCell ref="A1:{}"/></mergeCells>'
    yield _book(
        "a merge of 5,000 digits",
        book(**{"sheet1.xml": sheet(HEAD_ROW + GOOD_ROW, after=merges.format("B" + "9" * 5000))}),
        code="E-113",
    )
    yield _book(
        "a merge beyond the grid",
        book(**{"sheet1.xml": sheet(HEAD_ROW + GOOD_ROW, after=merges.format("ZZZZ9"))}),
        code="E-113",
    )
    yield _book(
        "a merge over the whole sheet",
        book(**{"sheet1.xml": sheet(HEAD_ROW + GOOD_ROW, after=merges.format("XFD1048576"))}),
        header=["id", "id"],
        rows=GOOD,
    )
    many = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(2, 100_010))
    yield _book("100,008 merges", book(**{"sheet1.xml": sheet(HEAD_ROW + GOOD_ROW, after=many)}), code="E-113")
    yield _book(
        "a row of 20 MB",
        book(HEAD_ROW + f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"x" * (20 * MIB)}</t></is></c></row>'),
        code="E-112",
    )
    yield _book("no row at all", book(""), code="E-101")
    yield _book(
        "XML that ends in the middle of a row", book(**{"sheet1.xml": sheet(HEAD_ROW + GOOD_ROW)[:-60]}), code="E-114"
    )
    yield _book("XML with a wrong end", book(HEAD_ROW + GOOD_ROW.replace("</row>", "</wor>")), rows=GOOD)
    comment = f"<!-- {GOOD_ROW} -->"
    yield _book("a row in a comment", book(HEAD_ROW + comment + GOOD_ROW.replace("2", "3")), code="E-115")
    nested = HEAD_ROW + "<x>" * 10_000 + "</x>" * 10_000 + GOOD_ROW
    yield _book("10,000 elements within one another", book(nested), rows=GOOD)
    names = "".join(f'<sheet name="S{n}" sheetId="{n + 1}" r:id="r1"/>' for n in range(5000))
    yield _book(
        "5,000 sheets of one part",
        book(**{"workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'}),
        rows=GOOD,
    )
    twice = '<sheet name="A" sheetId="1" r:id="r1"/><sheet name="A" sheetId="2" r:id="r9"/>'
    yield _book(
        "two sheets of one name",
        book(**{"workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{twice}</sheets></workbook>'}),
        code="E-106",
    )
    for name in ("'; drop table x; --", "../../x", "{{ x }}", "=A1", "\u202ex", "x" * 5000):
        quoted = name.replace("&", "&amp;").replace("<", "&lt;")
        yield _book(
            f"a sheet named {name[:20]!r}",
            book(
                **{
                    "workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
                    f'<sheet name="{quoted}" sheetId="1" r:id="r1"/></sheets></workbook>'
                }
            ),
            rows=GOOD,
        )
    yield _book("a sheet that is not there", book(), style={"sheet": "Staff"}, code="E-118")


def _cells() -> Iterator[Case]:
    def one(name: str, cell: str, told: str | None = None, code: str = "") -> Case:
        rows = HEAD_ROW + f'<row r="2"><c r="A2"><v>7</v></c>{cell}</row>'
        return _book(name, book(rows), code=code, rows=None if code else [["7", told]], words=())

    yield one("a formula with its value", '<c r="B2" t="str"><f>cmd|\'/C calc\'!A0</f><v>x</v></c>', "x")
    yield one("a formula without value", '<c r="B2"><f>1+1</f></c>', code="E-119")
    yield one("a failed formula", '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!")
    yield one("an unknown failure", '<c r="B2" t="e"><v>#WHAT!</v></c>', code="E-114")
    yield one("a truth of 5", '<c r="B2" t="b"><v>5</v></c>', "true")
    yield one("an unknown kind of cell", '<c r="B2" t="zzz"><v>5</v></c>', code="E-114")
    yield one("a number beyond a double", '<c r="B2"><v>1e400</v></c>', "1e400")
    yield one("no number", '<c r="B2"><v>1,5</v></c>', "1,5")
    yield one("not a number", '<c r="B2"><v>NaN</v></c>', "NaN")
    yield one("a number of 10,000 digits", f'<c r="B2"><v>{"9" * 10_000}</v></c>', "9" * 10_000)
    yield one("an escaped NUL", '<c r="B2" t="inlineStr"><is><t>a_x0000_b</t></is></c>', code="E-110")
    yield one("a NUL as a reference", '<c r="B2" t="inlineStr"><is><t>a&#0;b</t></is></c>', code="E-114")
    yield one("a surrogate as a reference", '<c r="B2" t="inlineStr"><is><t>a&#xD800;b</t></is></c>', code="E-114")
    yield one("an unknown entity", '<c r="B2" t="inlineStr"><is><t>a&nbsp;b</t></is></c>', code="E-114")
    yield one("signs of XML", '<c r="B2" t="inlineStr"><is><t>&lt;row&gt; &amp;amp;</t></is></c>', "<row> &amp;")
    yield one(
        "rich text", '<c r="B2" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>', "a b"
    )
    yield one("a cell twice", '<c r="B2"><v>1</v></c><c r="B2"><v>2</v></c>', code="E-106")
    backwards = HEAD_ROW + '<row r="2"><c r="B2"><v>2</v></c><c r="A2"><v>1</v></c></row>'
    yield _book("cells backwards", book(backwards), rows=[["1", "2"]], words=())
    earlier = HEAD_ROW + GOOD_ROW + '<row r="3"><c r="A3"><v>1</v></c><c r="B2"><v>5</v></c></row>'
    yield _book("a cell that overwrites an earlier row", book(earlier), code="E-106")
    yield one("two values in a cell", '<c r="B2"><v>1</v><v>2</v></c>', code="E-106")
    yield one("a cell without place", "<c><v>5</v></c>", "5")
    yield one("a cell in small letters", '<c r="b2"><v>5</v></c>', code="E-113")
    broken = sheet(HEAD_ROW + GOOD_ROW).encode().replace(b"<v>1</v>", b"<v>\xff</v>")
    yield _book("bytes that are no UTF-8", book(**{"sheet1.xml": broken}), code="E-114")
    yield one("a text of 1 MB", f'<c r="B2" t="inlineStr"><is><t>{"y" * MIB}</t></is></c>', "y" * MIB)
    strings = "<sst>" + "<si><t>a</t></si>" * 3
    rows = HEAD_ROW + '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="s"><v>2</v></c></row>'
    yield _book(
        "texts that say there are more",
        book(
            rows,
            **{
                "xl/sharedStrings.xml": strings.replace("<sst>", '<sst count="4000000000" uniqueCount="4000000000">')
                + "</sst>"
            },
        ),
        code="E-114",
    )
    yield _book(
        "texts that say there are none",
        book(rows, **{"xl/sharedStrings.xml": strings.replace("<sst>", '<sst count="0" uniqueCount="0">') + "</sst>"}),
        rows=[["1", "a"]],
        words=(),
    )
    large = "<sst>" + f"<si><t>{'z' * 60_000}</t></si>" * 3 + "</sst>"
    shown = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>2</v></c></row>' for n in range(2, 40_000))
    yield _book(
        "one text of 60 KB in 40,000 cells",
        book(HEAD_ROW + shown, **{"xl/sharedStrings.xml": large}),
        code="E-114",
        limits=Limits(child_bytes=700 * MIB),
    )


def _dates() -> Iterator[Case]:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="yyyy-mm-dd"/></numFmts>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="170" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )
    relations = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    )
    for serial, told in (
        ("45351", "2024-02-29"),
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("61", "1900-03-01"),
        ("2958465", "9999-12-31"),
        ("2958466", "+10000-01-01 00:00:00"),
        ("-1", "1899-12-30"),
        ("1e300", None),
        ("1e18", None),
    ):
        rows = HEAD_ROW + f'<row r="2"><c r="A2"><v>7</v></c><c r="B2" s="1"><v>{serial}</v></c></row>'
        content = book(rows, **{"xl/styles.xml": styles, "workbook.xml.rels": relations})
        yield _book(f"day {serial}", content, rows=[["7", told]] if told else None, words=())
    rows = HEAD_ROW + '<row r="2"><c r="A2"><v>7</v></c><c r="B2" s="4000000000"><v>45351</v></c></row>'
    yield _book(
        "a style that is not there",
        book(rows, **{"xl/styles.xml": styles, "workbook.xml.rels": relations}),
        rows=[["7", "45351"]],
        words=(),
    )


def _made(write: Callable[[xlsxwriter.Workbook], object], options: dict[str, object] | None = None) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book"
        with xlsxwriter.Workbook(str(path), options or {}) as one:
            write(one)
        return path.read_bytes()


def _written() -> Iterator[Case]:
    def hidden(one: xlsxwriter.Workbook) -> None:
        data, secret = one.add_worksheet("data"), one.add_worksheet("secret")
        secret.very_hidden()
        secret.write_row(0, 0, ["id", "x"])
        for row in ((0, ["id", "name"]), (1, ["1", "a"]), (2, ["2", "b"])):
            data.write_row(*row[:1], 0, row[1])
        data.set_row(2, None, None, {"hidden": True})
        data.set_column(1, 1, None, None, {"hidden": True})
        data.autofilter(0, 0, 2, 1)

    yield Case(
        "xlsx: hidden rows, columns and sheets", lambda: _made(hidden), XLSX, rows=[["1", "a"], ["2", "b"]], words=()
    )

    def title(one: xlsxwriter.Workbook) -> None:
        data, bold = one.add_worksheet(), one.add_format()
        data.merge_range("A1:B1", "Report", bold)
        data.merge_range("A2:B2", "Staff", bold)
        data.write_row(2, 0, ["all", "women"])
        data.write_row(3, 0, [5, 2])
        data.write_row(4, 0, ["Total", 2])

    yield Case(
        "xlsx: merged titles, two header rows, a row of totals",
        lambda: _made(title),
        XLSX | {"title_rows": 1, "header_rows": 2},
        header=["Staff / all", "Staff / women"],
        rows=[["5", "2"], ["Total", "2"]],
        words=(),
    )

    def old_dates(one: xlsxwriter.Workbook) -> None:
        data = one.add_worksheet()
        data.write(0, 0, "day")
        data.write_datetime(1, 0, date(2024, 2, 29), one.add_format({"num_format": "dd.mm.yyyy"}))

    yield Case(
        "xlsx: days counted from 1904",
        lambda: _made(old_dates, {"date_1904": True}),
        XLSX,
        rows=[["2024-02-29"]],
        words=(),
    )

    def headings(one: xlsxwriter.Workbook) -> None:
        from tests.hostile.texts import HEADINGS

        data = one.add_worksheet()
        for number, heading in enumerate(HEADINGS):
            data.write_string(0, number, heading)
            data.write_string(1, number, "=1+1")

    from tests.hostile.texts import HEADINGS

    yield Case("xlsx: hostile headings", lambda: _made(headings), XLSX, rows=[["=1+1"] * len(HEADINGS)], words=())
    macro = book(**{"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Auto_Open", "xl/externalLinks/externalLink1.xml": "<x/>"})
    yield Case("xlsm: macros and links to other books", lambda: macro, {"format": "xlsm"}, rows=GOOD)


def document(rows: str, *, prolog: str = "", name: str = "data") -> bytes:
    """Return an OpenDocument workbook with one table."""
    spaces = " ".join(f'xmlns:{short}="{uri}"' for short, uri in SPACES.items())
    content = (
        f"{prolog}<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="{name}">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _zip({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": "<x/>"})


def _cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p></table:table-cell>'


def _row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def _documents() -> Iterator[Case]:
    head, good = _row(_cell("id"), _cell("name")), _row(_cell("1"), _cell(CANARY))

    def one(name: str, content: str, **told: Any) -> Case:
        return Case(f"ods: {name}", lambda: document(content), ODS, **told)

    wide = 'table:number-columns-repeated="{}"'
    high = 'table:number-rows-repeated="{}"'
    yield one("a plain one", head + good, rows=GOOD)
    yield one("a cell repeated 16,384 times", head + _row(_cell("1", wide.format(16_384))), code="E-113")
    yield one("a cell repeated 99,999,999 times", head + _row(_cell("1", wide.format(99_999_999))), code="E-113")
    yield one("rows repeated 1,048,576 times", head + _row(_cell("1"), more=high.format(1_048_576)), code="E-113")
    both = _row(_cell("1", wide.format(16_000)), more=high.format(10_000))
    yield one("cells and rows repeated", head + both * 100, code="E-113")
    some = _row(_cell("1", wide.format(1_900)), more=high.format(10_000))
    yield one("190 million repeated cells", head + some * 10, code="E-113")
    yield one(
        "the grey rest repeated", head + good + _row("<table:table-cell/>", more=high.format(1_048_000)), rows=GOOD
    )
    yield one(
        "the grey rest far beyond the grid",
        head + good + _row("<table:table-cell/>", more=high.format(99_999_999)),
        rows=GOOD,
    )
    yield one(
        "a row behind the grid", head + _row("<table:table-cell/>", more=high.format(99_999_999)) + good, code="E-113"
    )
    for times in ("-1", "x", "9" * 5000, "1e3"):
        yield one(f"a cell repeated {times[:5]} times", head + _row(_cell(CANARY, wide.format(times))), code="E-130")
    yield one("no table", "", code="E-101")
    yield one(
        "a table in a cell",
        head + _row(_cell("1"), f"<table:table-cell><table:table>{good}</table:table></table:table-cell>"),
        code="E-130",
    )
    yield one("10,000 elements within one another", head + "<text:x>" * 10_000 + "</text:x>" * 10_000, code="E-130")
    attacks = {"an external entity": EXTERNAL, "entities": '<!DOCTYPE x [<!ENTITY a "b">]>'}
    for name, prolog in attacks.items():
        content = document(head + _row(_cell("1"), _cell("&a;")), prolog=prolog)
        yield Case(f"ods: {name}", lambda content=content: content, ODS, code="E-107")
    sealed = document(head).replace(b"<x/>", b"<x/>")
    yield Case("ods: no content", lambda: _zip({"mimetype": "x"}), ODS, code="E-104")
    manifest = (
        "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'>"
        "<manifest:file-entry manifest:full-path='content.xml'><manifest:encryption-data/></manifest:file-entry>"
        "</manifest:manifest>"
    )
    yield Case(
        "ods: a password",
        lambda: _zip({"mimetype": "x", "content.xml": sealed[:99], "META-INF/manifest.xml": manifest}),
        ODS,
        code="E-108",
    )
    value = '<table:table-cell office:value-type="{}" office:{}="{}"><text:p>shown</text:p></table:table-cell>'
    for kind, name, given, told in (
        ("float", "value", "1e400", None),
        ("date", "date-value", "2024-02-29", "2024-02-29"),
        ("date", "date-value", "2024-02-31", None),
        ("date", "date-value", "99999-01-01", None),
        ("time", "time-value", "PT25H00M00S", "25:00:00"),
        ("boolean", "boolean-value", "true", "true"),
    ):
        rows = head + _row(_cell("1"), value.format(kind, name, given))
        yield one(f"a {kind} {given}", rows, rows=[["1", told]] if told else None, words=())
    yield one("a number that is none", head + _row(value.format("float", "value", "x")), code="E-114")
    whole = document(head + good)
    for share in (10, 50, 90):
        yield Case(f"ods: cut at {share} %", lambda n=share: whole[: len(whole) * n // 100], ODS, code="E-106")


def _old() -> Iterator[Case]:
    style = {"format": "xls"}
    whole = _old_book()
    yield Case("xls: a plain one", lambda: whole, style, rows=[["1", CANARY]] * 40)
    yield Case("xls: a web page", lambda: b"<html><table>" + CANARY.encode(), style, code="E-104")
    yield Case("xls: a new workbook", book, style, code="E-104")
    for share in (5, 30, 60, 90):
        code = "E-104" if share == 5 else "E-130"
        yield Case(f"xls: cut at {share} %", lambda n=share: whole[: len(whole) * n // 100], style, code=code)
    for name, place, value in (
        ("sectors of an unknown size", 30, 77),
        ("a directory at the end of the world", 48, 0x00FFFFFF),
        ("a directory that is the table", 48, 0),
        ("no table of sectors", 76, 0xFFFFFFFF),
    ):
        changed = bytearray(whole)
        struct.pack_into("<H" if place == 30 else "<I", changed, place, value)
        code = "E-104" if name == "a directory that is the table" else "E-130"
        yield Case(f"xls: {name}", lambda changed=bytes(changed): changed, style, code=code)
    table = struct.unpack_from("<I", whole, 76)[0]
    looped = bytearray(whole)
    for number in range(20):
        struct.pack_into("<I", looped, 512 + table * 512 + 4 * number, number)
    yield Case("xls: sectors that follow themselves", lambda: bytes(looped), style, code="E-130")
    start = whole.index(b"\x09\x08\x10\x00")
    for name, kind, code in (("a password", 0x2F, "E-108"), ("a record of no known kind", 0x7FFF, "")):
        changed = bytearray(whole)
        at = _record_after(whole, start, 1)
        struct.pack_into("<H", changed, at, kind)
        yield Case(
            f"xls: {name}",
            lambda changed=bytes(changed): changed,
            style,
            code=code,
            rows=None if code else [["1", CANARY]] * 40,
        )
    lying = bytearray(whole)
    struct.pack_into("<H", lying, _record_after(whole, start, 2) + 2, 0xFFFF)
    yield Case("xls: a record longer than the file", lambda: bytes(lying), style, code="E-130")


def _old_book() -> bytes:
    one = xlwt.Workbook(encoding="utf-8")
    data = one.add_sheet("data")
    for row in range(41):
        for column, text in enumerate(("id", "name") if row == 0 else ("1", CANARY)):
            data.write(row, column, text)
    out = io.BytesIO()
    one.save(out)
    return out.getvalue()


def _record_after(whole: bytes, place: int, count: int) -> int:
    for _ in range(count):
        place += 4 + struct.unpack_from("<H", whole, place + 2)[0]
    return place


def _binary() -> Iterator[Case]:
    style = {"format": "xlsb"}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "b.xlsb"
        WRITERS[".xlsb"][0](path, (("id", "name"), [("1", CANARY)] * 5))
        whole = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.bin"
    yield Case("xlsb: a plain one", lambda: whole, style, rows=[["1", CANARY]] * 5)
    for share in (30, 70, 95):
        yield Case(f"xlsb: cut at {share} %", lambda n=share: whole[: len(whole) * n // 100], style, code="E-106")
    for told, content in (
        ("a sheet cut short", parts[name][:-90]),
        ("a record longer than the part", b"\x00\xff\xff\xff\x7f" + parts[name]),
        ("a record whose length never ends", parts[name][:60] + b"\xff" * 20),
        ("records of no length", b"\x81\x01\x00" * 3 + b"\x07\x00" * 50),
    ):
        code = "E-114" if told == "records of no length" else "E-130"
        yield Case(f"xlsb: {told}", lambda c=content: _zip(parts | {name: c}), style, code=code)
    yield Case("xlsb: no sheet part", lambda: _zip({k: v for k, v in parts.items() if k != name}), style, code="E-114")
    yield Case(
        "xlsb: relations with entities",
        lambda: _zip(parts | {"xl/_rels/workbook.bin.rels": f"{EXTERNAL}<x>&a;</x>"}),
        style,
        code="E-107",
    )
    far = parts[name].replace(struct.pack("<3I", 1, 0, 0x12C), struct.pack("<3I", 0x7FFFFFFF, 0, 0x12C))
    yield Case("xlsb: a row beyond the grid", lambda: _zip(parts | {name: far}), style, code="E-113")
