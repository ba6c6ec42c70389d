"""Hostile texts: bytes that are no text, quotes, lengths, headings, packed texts, and files of another kind."""

import gzip
import io
import random
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from tests.hostile.case import CANARY, Case

MIB = 1 << 20
HEAD = b"id,name\n"
RUSSIAN = (
    "Министерство сельского хозяйства сообщает что сотрудники отдела кадров получили новое назначение после проверки "
    "документов которые были направлены руководителем управления в начале прошлого месяца вместе с приказом"
)
# What a heading may hold without harm to SQL, Jinja, spreadsheets or screens.
HEADINGS = (
    'x"); drop table stage; --',
    "x'; attach '/etc/passwd' as p; --",
    "{{ env_var('HOME') }}{% raw %}",
    "{# {{ config(pre_hook='x') }} #}",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\u202eemos\u202c",
    "na\u200bme\u2060",
    "\ufeffid",
    "a\nb\r\nc",
    "$${x}$$ `id` $(id)",
    "../../etc/passwd",
    "\\x00\\u0000",
    "x" * 10_000,
    "😀" * 50,
    "c0",
    "_row",
    "_line",
    "file_row_number",
    "rowid",
    "%s %(name)s {0} {name!r}",
    "<script>alert(1)</script>",
    "select * from read_text('/etc/passwd')",
)


def cases() -> Iterator[Case]:
    """Yield all of them."""
    yield from _bytes()
    yield from _quotes()
    yield from _lengths()
    yield from _headings()
    yield from _other_kinds()
    yield from _packed()


def _text(name: str, content: bytes, **told: Any) -> Case:
    style = {"format": "csv"} | told.pop("style", {})
    return Case(f"csv: {name}", lambda: content, style, **told)


def _bytes() -> Iterator[Case]:
    cell = CANARY.encode()
    yield _text("nothing at all", b"", code="E-101")
    yield _text("a byte order mark alone", b"\xef\xbb\xbf", code="E-101")
    yield _text("a control sign alone", b"\x1f", code="E-101")
    yield _text("blank lines alone", b"\n\n\r\n\r\n\n", code="E-101")
    yield _text("delimiters alone", b",,,\n,,,\n", code="E-101")
    yield _text("a NUL in a cell", HEAD + b"1," + cell + b"\0\n", code="E-110")
    yield _text("NULs alone", b"\0" * 4096, code="E-110")
    yield _text("UTF-16 without its mark", f"id,name\n1,{CANARY}\n".encode("utf-16-le"), code="E-109")
    yield _text("UTF-16 declared as UTF-8", f"id,name\n1,{CANARY}\n".encode("utf-16"), code="E-109")
    yield _text(
        "a lone surrogate in UTF-16",
        b"\xff\xfe" + f"id,name\n1,{CANARY}".encode("utf-16-le") + b"\x00\xd8\n\x00",
        style={"encoding": "utf-16"},
        code="E-109",
    )
    yield _text(
        "half a sign at the end of UTF-16",
        f"id,name\n1,{CANARY}\n".encode("utf-16")[:-1],
        style={"encoding": "utf-16"},
        code="E-109",
    )
    yield _text(
        "a UTF-16 mark of the wrong order",
        b"\xfe\xff" + f"id,name\n1,{CANARY}\n".encode("utf-16-le"),
        style={"encoding": "utf-16"},
        code="E-109",
    )
    yield _text("UTF-32", f"id,name\n1,{CANARY}\n".encode("utf-32"), code="E-109")
    yield _text("a surrogate written as UTF-8", HEAD + b"1," + cell + b"\xed\xa0\x80\n", code="E-109")
    yield _text("an overlong slash", HEAD + b"1," + cell + b"\xc0\xaf\n", code="E-109")
    yield _text("a sign beyond Unicode", HEAD + b"1," + cell + b"\xf4\x90\x80\x80\n", code="E-109")
    yield _text("a sign cut at the end", HEAD + b"1," + cell + "ў".encode()[:1], code="E-109")
    yield _text("cp1251 declared as UTF-8", HEAD + f"1,{CANARY} Каримов\n".encode("cp1251"), code="E-109")
    words = "\n".join(f"{n},{word}" for n, word in enumerate(RUSSIAN.split(" "))) + f"\n9,{CANARY}\n"
    yield _text("koi8-r declared as cp1251", HEAD + words.encode("koi8-r"), style={"encoding": "cp1251"}, code="E-109")
    yield _text(
        "UTF-8 read as cp1251 and saved again", HEAD + words.encode().decode("cp1251", "ignore").encode(), code="E-109"
    )
    yield _text("letters that were lost before", HEAD + f"1,{CANARY}{chr(0xFFFD) * 6}\n".encode(), code="E-109")
    noise = random.Random(1).randbytes(20_000)
    yield _text("noise", b"\x01" + noise, code="E-109")
    # Signs that some readers take for a line end or for nothing.
    odd = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\x1ah"
    yield _text("signs that are no line ends", HEAD + f"1,{odd}\n".encode(), rows=[["1", odd]], words=())


def _quotes() -> Iterator[Case]:
    cell = CANARY.encode()
    yield _text("an open quote before 50,000 rows", HEAD + b'1,"x\n' + b"2," + cell + b"\n" * 50_000, code="E-111")
    yield _text("an open quote in the last row", HEAD + b"1," + cell + b'\n2,"x', code="E-111")
    yield _text("an open quote in the header", b'id,"name\n1,' + cell + b"\n2,b\n", code="E-111")
    yield _text("a text behind a quote", HEAD + b'1,"' + cell + b'" y\n2,b\n', rows=[["2", "b"]], bad=[(2, "E-111")])
    yield _text(
        "a quote escaped by a backslash", HEAD + rb'1,"a\"b"' + b"\n2,b\n", rows=[["2", "b"]], bad=[(2, "E-111")]
    )
    yield _text("a quote in the middle of a cell", HEAD + b'1,5" pipe\n', rows=[["1", '5" pipe']], words=())
    yield _text("ten thousand quotes", HEAD + b'1,"' + b'""' * 10_000 + b'"\n', rows=[["1", '"' * 10_000]], words=())
    yield _text("bare CR as line end", b"id,name\r1,a\r2,b\r", rows=[["1", "a"], ["2", "b"]], words=())
    yield _text(
        "three line ends mixed", b"id,name\r\n1,a\n2,b\r3,c", rows=[["1", "a"], ["2", "b"], ["3", "c"]], words=()
    )
    yield _text("a delimiter that is not the declared one", b"id;name\n1;" + cell + b"\n", code="E-104")
    yield _text(
        "the delimiter line of Excel",
        b"sep=;\nid;name\n1;" + cell + b"\n",
        style={"delimiter": ";"},
        header=["sep=", ""],
        rows=[["id", "name"], ["1", CANARY]],
    )
    ragged = b"1,2,3\n1\n" * 3
    yield _text(
        "records of other widths", HEAD + ragged + b"1,a\n", rows=[["1", "a"]], bad=[(n, "E-312") for n in range(2, 8)]
    )
    yield _text("100,001 records of another width", HEAD + (b"1,2," + cell + b"\n") * 100_001, code="E-312")


def _lengths() -> Iterator[Case]:
    cell = CANARY.encode()
    yield _text("a cell of 1.2 MB", HEAD + b"1," + cell * 120_000 + b"\n", code="E-112")
    yield _text("a cell of 20 MB without a line end", HEAD + b"1," + cell * (2 * MIB), code="E-112")
    yield _text(
        "a quoted cell of 9 MB with line ends", HEAD + b'1,"' + (cell + b"\n") * (MIB - MIB // 4) + b'"\n', code="E-111"
    )
    yield _text(
        "one field of 100,000 digits", HEAD + b"1," + b"7" * 100_000 + b"\n", rows=[["1", "7" * 100_000]], words=()
    )
    yield _text("5,001 columns", b",".join(b"c%d" % n for n in range(5_001)) + b"\n", code="E-113")
    yield _text("two million columns", b"a," * (2 * MIB) + b"\n" + b"1," * (2 * MIB) + b"\n", code="E-113")
    yield _text("a million cells in one record", HEAD + b"," * MIB + cell + b"\n", code="E-112")
    yield _text("a million empty lines", HEAD + b"\n" * MIB + b"1,a\n", rows=[["1", "a"]], words=())
    yield _text("a header of 20 MB", b"x" * (20 * MIB) + b"\n1\n", code="E-112")


def _headings() -> Iterator[Case]:
    for number, heading in enumerate(HEADINGS):
        quoted = '"' + heading.replace('"', '""') + '"'
        name = f"a heading that is {('SQL', 'Jinja', 'a sign')[number % 3]} {number}"
        yield _text(name, f"id,{quoted}\n1,v\n".encode(), header=["id", heading], rows=[["1", "v"]], words=())
    yield _text("the same heading thrice", b"a,a,a\n1,2,3\n", header=["a", "a", "a"], rows=[["1", "2", "3"]], words=())
    yield _text("empty headings", b",,a\n1,2,3\n", header=["", "", "a"], rows=[["1", "2", "3"]], words=())
    formulas = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://example.invalid")']
    body = "".join(f'{n},"{text.replace(chr(34), chr(34) * 2)}"\n' for n, text in enumerate(formulas))
    yield _text(
        "cells that are formulas", HEAD + body.encode(), rows=[[str(n), t] for n, t in enumerate(formulas)], words=()
    )


def _other_kinds() -> Iterator[Case]:
    cell = CANARY.encode()
    yield _text("a zip named as a text", _zip({"a.csv": HEAD + cell}), code="E-104")
    yield _text("a web page", b"<html><table><tr><td>" + cell + b"</td></tr></table>", code="E-104")
    yield _text("a web page behind blanks and a mark", b"\xef\xbb\xbf \n\t<!DOCTYPE html>" + cell, code="E-104")
    yield _text("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + cell, code="E-109")
    yield _text("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, code="E-104")
    yield _text("a database", b"SQLite format 3\0" + b"\0" * 4096, code="E-110")
    yield _text("a program", b"\x7fELF\x02\x01\x01" + b"\0" * 4096, code="E-110")


def _packed() -> Iterator[Case]:
    text = HEAD + f"1,{CANARY}\n".encode()
    packed = gzip.compress(text)
    yield _text("a gzip bomb", gzip.compress(HEAD + b"1,a\n" * (16 * MIB), 9), code="E-105")
    yield _text("a gzip cut short", packed[:-9], code="E-106")
    yield _text("a gzip that lies about its size", packed[:-4] + struct.pack("<I", 7), code="E-106")
    yield _text("a gzip with a wrong checksum", packed[:-8] + b"\0\0\0\0" + packed[-4:], code="E-106")
    yield _text("a gzip in a gzip", gzip.compress(packed), code="E-109")
    yield _text("rubbish behind a gzip", packed + b"rubbish", code="E-106")
    yield _text("a gzip of nothing", gzip.compress(b""), code="E-101")
    zipped = {"format": "csv", "packing": "zip"}
    for name, members, code in (
        ("no text", {"a.xlsx": b"x"}, "E-133"),
        ("two texts", {"a.csv": text, "b.csv": text}, "E-133"),
        ("a zip with a zip", {"inner.zip": _zip({"a.csv": text})}, "E-133"),
        ("a zip named as a text inside", {"a.csv": _zip({"a.csv": text})}, "E-104"),
        ("nothing in it", {}, "E-104"),
        ("a name that leads out", {"../../a.csv": text}, "E-117"),
        ("an absolute name", {"/etc/a.csv": text}, "E-117"),
        ("a drive", {"C:\\a.csv": text}, "E-117"),
        ("backslashes that lead out", {"x\\..\\..\\a.csv": text}, "E-117"),
        ("2,001 parts", {f"{n}.csv": b"" for n in range(2001)}, "E-105"),
        ("a bomb inside", {"a.csv": b"a\n" + b"1\n" * (30 * MIB)}, "E-105"),
        ("an empty text", {"a.csv": b""}, "E-101"),
    ):
        yield Case(f"zip: {name}", lambda members=members: _zip(members), zipped, code=code)
    yield Case("zip: a link as a member", _with_link, zipped, rows=[], header=["/etc/passwd"], words=())
    yield Case("zip: a member that is encrypted", lambda: _flagged(_zip({"a.csv": text})), zipped, code="E-108")
    yield Case("zip: a member of a lying size", lambda: _shrunk(text), zipped, code="E-105")
    yield Case("zip: a member twice", lambda: _twice(text), zipped, code="E-106")
    yield Case("zip: all members share their bytes", _shared, zipped, code="E-105")
    yield Case("zip: another way of packing", lambda: _zip({"a.csv": text}, zipfile.ZIP_BZIP2), zipped, code="E-106")
    for share in (0.1, 0.5, 0.9, 0.99):
        whole = _zip({"a.csv": text * 50})
        cut = whole[: int(len(whole) * share)]
        yield Case(f"zip: cut at {share:.0%}", lambda cut=cut: cut, zipped, code="E-106")


def _zip(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _with_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _flagged(content: bytes) -> bytes:
    """Set the bit for encryption in both headers."""
    data = bytearray(content)
    data[6] |= 1
    data[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _shrunk(text: bytes) -> bytes:
    whole = _zip({"a.csv": text * 50})
    return whole.replace(struct.pack("<I", len(text) * 50), struct.pack("<I", 10))


def _twice(text: bytes) -> bytes:
    import warnings

    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a.csv", text)
        archive.writestr("a.csv", text)
    return out.getvalue()


def _shared() -> bytes:
    """Write a hundred entries of the directory for the bytes of one member: a bomb that never unpacks twice."""
    whole = _zip({"a.csv": b"a\n" + b"1\n" * MIB})
    start, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entry = whole[start:end]
    entries = b"".join(entry.replace(b"a.csv", b"%05d" % n) for n in range(100))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 100, 100, len(entries), start, 0)
    return whole[:start] + entries + tail
