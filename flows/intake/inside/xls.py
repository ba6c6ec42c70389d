"""Sheets of an old workbook (.xls, BIFF8) are counted by walking its records ([MS-XLS] 2.3), values left alone.

The workbook is a stream in a compound file ([MS-CFB]): sectors chained by a table.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.intake.inside.common import RefusedError, damaged, span_of_days, unpacked
from flows.intake.inside.scan import BUILT_IN_SPAN, FAULTS, Sheet, shows_span

SAVE_ANEW = "a workbook of Excel 97 or later; open it in a spreadsheet program and save it as .xlsx"
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FREE, LAST = 0xFFFFFFFF, 0xFFFFFFFA  # chains end with a number above the last sector
HIDDEN = 3  # state of a sheet: 1 hidden, 2 very hidden ([MS-XLS] 2.4.28)
BOUNDSHEET, FILEPASS, SST, CONTINUE, BOF, EOF, MERGED = 0x85, 0x2F, 0xFC, 0x3C, 0x809, 0x0A, 0xE5
LABEL_SHARED, LABEL, RICH, NUMBER, RK, MANY_RK = 0xFD, 0x204, 0xD6, 0x203, 0x27E, 0xBD
BOOL_FAULT, FORMULA = 0x205, 0x06
OLD_FORMULAS = (0x206, 0x406)  # of earlier versions; some programs write them, and the library passes them over
SINGLE = (LABEL_SHARED, LABEL, RICH, NUMBER, RK, BOOL_FAULT, FORMULA, *OLD_FORMULAS)
BIFF8 = 0x600
WORKSHEET = 0
CODEPAGE, UTF16 = 0x42, 1200
FORMAT, STYLE = 0x41E, 0xE0  # formats of numbers, and the styles of cells that name them
EPOCH = 0x22  # whether days count from 1904


def sheets(path: str, _: dict[str, Any]) -> list[Sheet]:
    """Return what stands in each worksheet."""
    stream = _workbook(Path(path).read_bytes())
    found, names, known = [], [], Known()
    for kind, body, _place in _records(stream, 0):
        if kind == FILEPASS:
            raise RefusedError("E-108", "The workbook is protected by a password.", expected="no password")
        if kind == BOF and struct.unpack_from("<H", body)[0] != BIFF8:
            raise RefusedError("E-104", "The workbook was written by a program before Excel 97.", expected=SAVE_ANEW)
        if kind == BOUNDSHEET and body[5] == WORKSHEET:
            names.append((struct.unpack_from("<I", body)[0], _short_text(body, 6), bool(body[4] & HIDDEN)))
        if kind == SST:
            known.empty = _empty_strings(stream, _place)
        known.take(kind, body)
        if kind == EOF:
            break
    for place, name, is_hidden in names:
        found.append(_sheet(Sheet(name, is_hidden, known.is_1904), stream, place, known))
    if not found:
        raise damaged("The workbook names no sheet.")
    return found


def source(path: str) -> str | bytes:
    """Return what the library is to read: the file, or its bytes with the code page that its texts really have.

    Texts of this format are always written in 16-bit letters or in the lower half of them; a program that names
    another code page all the same makes the library read each letter as two signs.
    """
    data = Path(path).read_bytes()
    page = _code_page(data)
    if page == UTF16:
        return path
    record, place = struct.pack("<3H", CODEPAGE, 2, page), -1
    while (place := data.find(record, place + 1)) >= 0:
        changed = data[:place] + struct.pack("<3H", CODEPAGE, 2, UTF16) + data[place + len(record) :]
        if _code_page(changed) == UTF16:
            return changed
    raise damaged("The workbook names a code page that its texts do not have.")


def _code_page(data: bytes) -> int:
    """Return the code page that a workbook names before its sheets; the usual one where it names none."""
    for kind, body, _ in _records(_workbook(data), 0):
        if kind == CODEPAGE:
            return struct.unpack_from("<H", body)[0]
        if kind == EOF:
            break
    return UTF16


@dataclass
class Known:
    """What the cells of all sheets point to: empty shared texts, styles that show a span of time, where days begin."""

    empty: set[int] = field(default_factory=set)
    formats: set[int] = field(default_factory=lambda: {BUILT_IN_SPAN})
    styles: list[bool] = field(default_factory=list)
    is_1904: bool = False

    def take(self, kind: int, body: bytes) -> None:
        """Note where days begin, a format of numbers, or the style of cells that names one; formats stand first."""
        if kind == EPOCH:
            self.is_1904 = body[0] == 1
        elif kind == FORMAT:
            number = struct.unpack_from("<H", body)[0]
            (self.formats.add if shows_span(_text(body, 2)) else self.formats.discard)(number)
        elif kind == STYLE:
            self.styles.append(struct.unpack_from("<H", body, 2)[0] in self.formats)

    def is_span(self, style: int) -> bool:
        """Return whether cells of a style show hours beyond a day."""
        return style < len(self.styles) and self.styles[style]


def _sheet(sheet: Sheet, stream: bytes, place: int, known: Known) -> Sheet:
    depth = 0
    for kind, body, _ in _records(stream, place):
        if kind == BOF:
            depth += 1
        elif kind == EOF:
            depth -= 1
            if depth == 0:
                break
        elif depth == 1:
            _take(sheet, kind, body, known)
    return sheet


def _take(sheet: Sheet, kind: int, body: bytes, known: Known) -> None:
    if kind in SINGLE:
        row, column, style = struct.unpack_from("<3H", body)
        (sheet.touch if _is_empty(kind, body, known.empty) else sheet.note)(row + 1, column + 1)
        text = _fault(kind, body) or _own_text(kind, body) or (_span(kind, body) if known.is_span(style) else "")
        if text:
            sheet.texts.append((row + 1, column + 1, text))
    elif kind == MANY_RK:
        row, first = struct.unpack_from("<2H", body)
        for number in range((len(body) - 6) // 6):
            sheet.note(row + 1, first + number + 1)
            style, packed = struct.unpack_from("<Hi", body, 4 + 6 * number)
            text = span_of_days(unpacked(packed)) if known.is_span(style) else ""
            if text:
                sheet.texts.append((row + 1, first + number + 1, text))
    elif kind == MERGED:
        for number in range(struct.unpack_from("<H", body)[0]):
            top, bottom, left, right = struct.unpack_from("<4H", body, 2 + 8 * number)
            sheet.merges.append((top + 1, left + 1, bottom + 1, right + 1))


def _is_empty(kind: int, body: bytes, empty: set[int]) -> bool:
    if kind == LABEL_SHARED:
        return struct.unpack_from("<I", body, 6)[0] in empty
    if kind in (LABEL, RICH):
        return struct.unpack_from("<H", body, 6)[0] == 0
    return kind == FORMULA and body[12:14] == b"\xff\xff" and body[6] == 3  # noqa: PLR2004 - an empty text


def _fault(kind: int, body: bytes) -> str:
    """Return the text of a failed formula; empty where the cell holds a value."""
    if kind == BOOL_FAULT and body[7]:
        return FAULTS.get(body[6], "#N/A")
    if kind == FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:  # noqa: PLR2004 - 2: the result is an error
        return FAULTS.get(body[8], "#N/A")
    return ""


def _own_text(kind: int, body: bytes) -> str:
    """Return the text that a cell holds itself: the library reads its 16-bit letters as signs of a code page."""
    return _text(body, 6) if kind in (LABEL, RICH) else ""


def _text(body: bytes, place: int) -> str:
    length, is_wide = struct.unpack_from("<HB", body, place)
    data = body[place + 3 : place + 3 + length * (1 + (is_wide & 1))]
    return data.decode("utf-16-le" if is_wide & 1 else "latin-1", "replace")


def _span(kind: int, body: bytes) -> str:
    """Return the hours of a number that is shown as a span of time; empty where the cell holds no number."""
    if kind == RK:
        return span_of_days(unpacked(struct.unpack_from("<i", body, 6)[0]))
    if kind == NUMBER or (kind == FORMULA and body[12:14] != b"\xff\xff"):
        return span_of_days(struct.unpack_from("<d", body, 6)[0])
    return ""


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes, int]]:
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, place)
        if place + 4 + size > len(stream):
            raise damaged("The workbook is cut short.")
        yield kind, stream[place + 4 : place + 4 + size], place
        place += 4 + size


def _short_text(body: bytes, place: int) -> str:
    length, is_wide = body[place], body[place + 1] & 1
    data = body[place + 2 : place + 2 + length * (1 + is_wide)]
    return data.decode("utf-16-le" if is_wide else "latin-1", "replace")


def _empty_strings(stream: bytes, place: int) -> set[int]:
    """Return the numbers of empty shared texts; an empty one is three bytes of nothing, so only a walk finds it."""
    parts = []
    for kind, body, at in _records(stream, place):
        if at != place and kind != CONTINUE:
            break
        parts.append(body)
    return set(_walk_strings(parts))


def _walk_strings(parts: list[bytes]) -> Iterator[int]:
    """Walk the texts over their pieces; a text that goes on in the next piece repeats its width there."""
    (count,) = struct.unpack_from("<I", parts[0], 4)
    piece, place = 0, 8
    for number in range(count):
        if place >= len(parts[piece]):
            piece, place = piece + 1, 0
        if piece >= len(parts):
            return
        body = parts[piece]
        length, flags = struct.unpack_from("<HB", body, place)
        place += 3
        runs = struct.unpack_from("<H", body, place)[0] if flags & 8 else 0
        place += 2 if flags & 8 else 0
        extra = struct.unpack_from("<I", body, place)[0] if flags & 4 else 0
        place += 4 if flags & 4 else 0
        if length == 0:
            yield number
        piece, place = _skip_text(parts, piece, place, length, 1 + (flags & 1))
        piece, place = _skip(parts, piece, place, 4 * runs + extra)


def _skip_text(parts: list[bytes], piece: int, place: int, signs: int, width: int) -> tuple[int, int]:
    while signs:
        here = min(signs, (len(parts[piece]) - place) // width)
        signs, place = signs - here, place + here * width
        if signs:
            piece += 1
            if piece >= len(parts):
                raise damaged("The texts of the workbook are cut short.")
            width, place = 1 + (parts[piece][0] & 1), 1
    return piece, place


def _skip(parts: list[bytes], piece: int, place: int, size: int) -> tuple[int, int]:
    while place + size > len(parts[piece]):
        size -= len(parts[piece]) - place
        piece, place = piece + 1, 0
        if piece >= len(parts):
            raise damaged("The texts of the workbook are cut short.")
    return piece, place + size


def _workbook(data: bytes) -> bytes:
    """Return the stream `Workbook` of a compound file."""
    if not data.startswith(MAGIC) or len(data) < 512:  # noqa: PLR2004 - size of the header
        raise RefusedError("E-104", "The file is no old Excel workbook.", expected="an Excel workbook (.xls)")
    shift, mini_shift = struct.unpack_from("<2H", data, 30)
    if shift not in (9, 12) or mini_shift != 6:  # noqa: PLR2004 - the two versions of the format
        raise damaged("The compound file has an unknown layout.")
    size = 1 << shift
    table = _table(data, size)
    first, cutoff, mini_first = (struct.unpack_from("<I", data, place)[0] for place in (48, 56, 60))
    directory = _chain(data, first, table, size)
    entries = [directory[place : place + 128] for place in range(0, len(directory) - 127, 128)]
    named = {_entry_name(entry): entry for entry in reversed(entries)}
    book = named.get("Workbook")
    if "EncryptedPackage" in named:
        raise RefusedError("E-108", "The workbook is protected by a password.", expected="no password")
    if book is None:
        raise RefusedError("E-104", "The file is no workbook of Excel 97 or later.", expected=SAVE_ANEW)
    start, length = struct.unpack_from("<II", book, 116)
    if length >= cutoff:
        return _chain(data, start, table, size)[:length]
    minis = struct.unpack(f"<{len(raw) // 4}I", raw) if (raw := _chain(data, mini_first, table, size)) else ()
    store = _chain(data, struct.unpack_from("<I", entries[0], 116)[0], table, size)
    return _chain(store, start, minis, 64, offset=0)[:length]


def _entry_name(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(0, min(64, length) - 2)].decode("utf-16-le", "replace")


def _table(data: bytes, size: int) -> tuple[int, ...]:
    """Return the table that chains the sectors."""
    sectors = [one for one in struct.unpack_from("<109I", data, 76) if one < LAST]
    following, count = struct.unpack_from("<2I", data, 68)
    for _ in range(min(count, len(data) // size)):
        if following >= LAST:
            break
        block = _sector(data, following, size, size)
        *more, following = struct.unpack(f"<{size // 4}I", block)
        sectors += [one for one in more if one < LAST]
    raw = b"".join(_sector(data, one, size, size) for one in sectors)
    return struct.unpack(f"<{len(raw) // 4}I", raw)


def _sector(data: bytes, number: int, size: int, offset: int) -> bytes:
    start = offset + number * size
    if start >= len(data):
        raise damaged("The compound file is cut short.")
    return data[start : start + size].ljust(size, b"\0")


def _chain(data: bytes, first: int, table: tuple[int, ...], size: int, offset: int | None = None) -> bytes:
    parts, number = [], first
    while number < LAST:
        if number >= len(table) or len(parts) > len(table):
            raise damaged("The compound file is damaged.")
        parts.append(_sector(data, number, size, size if offset is None else offset))
        number = table[number]
    return b"".join(parts)
