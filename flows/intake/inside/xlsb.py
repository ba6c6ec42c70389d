"""Sheets of a binary workbook (.xlsb) are counted by walking its records ([MS-XLSB] 2.1.4, 2.3), values left alone."""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from flows.intake.inside.common import damaged, span_of_days, unpacked
from flows.intake.inside.scan import BUILT_IN_SPAN, FAULTS, Sheet, shows_span
from flows.intake.inside.xmlgate import feed, parser

BOOK, RELATIONS, STRINGS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels", "xl/sharedStrings.bin"
ROW_HEADER, SHEET, MERGE, STRING = 0, 156, 176, 19
BLANK, FAULT, SHARED, FORMULA_FAULT, INLINE, FORMULA_TEXT = 1, 3, 7, 11, 6, 8
PACKED, REAL, FORMULA_REAL = NUMBERS = 2, 5, 9
CELLS = range(1, 12)
BOOK_PROPERTIES, STYLES = 153, "xl/styles.bin"
FORMAT, STYLE, CELL_STYLES, CELL_STYLES_END = 44, 47, 617, 618
NULL = 0xFFFFFFFF


def sheets(path: str, limits: dict[str, Any]) -> list[Sheet]:
    """Return what stands in each worksheet."""
    with zipfile.ZipFile(path) as archive:
        targets = _targets(archive, limits)
        empty, spans, is_1904 = _empty_strings(archive), _span_styles(archive), False
        found = []
        for kind, data in _records(archive.read(BOOK)):
            if kind == BOOK_PROPERTIES:
                is_1904 = bool(data[0] & 1)
            if kind == SHEET:
                relation, place = _wide(data, 8)
                name, _ = _wide(data, place)
                part = targets.get(relation, "")
                if part.startswith("xl/worksheets/"):
                    is_hidden = struct.unpack_from("<I", data)[0] != 0
                    found.append(_sheet(Sheet(name, is_hidden, is_1904), archive.read(part), empty, spans))
    if not found:
        raise damaged("The workbook names no sheet.")
    return found


def _targets(archive: zipfile.ZipFile, limits: dict[str, Any]) -> dict[str, str]:
    targets: dict[str, str] = {}

    def start(_: str, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "")
        path = target.removeprefix("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        targets[attributes.get("Id", "")] = path

    feed(parser(start, lambda _: None), [archive.read(RELATIONS)], limits)
    return targets


def _empty_strings(archive: zipfile.ZipFile) -> set[int]:
    if STRINGS not in archive.namelist():
        return set()
    items = (data for kind, data in _records(archive.read(STRINGS)) if kind == STRING)
    return {number for number, data in enumerate(items) if struct.unpack_from("<I", data, 1)[0] == 0}


def _span_styles(archive: zipfile.ZipFile) -> set[int]:
    """Return the numbers of the cell styles that show hours beyond a day; formats stand before styles."""
    formats, styles, is_of_cells = {BUILT_IN_SPAN}, list[bool](), False
    for kind, data in _records(archive.read(STYLES)) if STYLES in archive.namelist() else ():
        if kind == FORMAT:
            number = struct.unpack_from("<H", data)[0]
            (formats.add if shows_span(_wide(data, 2)[0]) else formats.discard)(number)
        elif kind in (CELL_STYLES, CELL_STYLES_END):
            is_of_cells = kind == CELL_STYLES
        elif kind == STYLE and is_of_cells:
            styles.append(struct.unpack_from("<H", data, 2)[0] in formats)
    return {number for number, is_span in enumerate(styles) if is_span}


def _sheet(sheet: Sheet, data: bytes, empty: set[int], spans: set[int]) -> Sheet:
    row = 0
    for kind, body in _records(data):
        if kind == ROW_HEADER:
            row = struct.unpack_from("<I", body)[0] + 1
        elif kind in CELLS and kind != BLANK:
            column = struct.unpack_from("<I", body)[0] + 1
            (sheet.touch if _is_empty(kind, body, empty) else sheet.note)(row, column)
            if kind in (FAULT, FORMULA_FAULT):
                sheet.texts.append((row, column, FAULTS.get(body[8], "#N/A")))
            elif kind in NUMBERS and spans and int.from_bytes(body[4:7], "little") in spans:
                text = span_of_days(_days(kind, body))
                sheet.texts += [(row, column, text)] if text else []
        elif kind == MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", body)
            sheet.merges.append((top + 1, left + 1, bottom + 1, right + 1))
    return sheet


def _days(kind: int, body: bytes) -> float:
    return unpacked(struct.unpack_from("<i", body, 8)[0]) if kind == PACKED else struct.unpack_from("<d", body, 8)[0]


def _is_empty(kind: int, body: bytes, empty: set[int]) -> bool:
    if kind == SHARED:
        return struct.unpack_from("<I", body, 8)[0] in empty
    return kind in (INLINE, FORMULA_TEXT) and struct.unpack_from("<I", body, 8)[0] == 0


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and body of each record; both number and size are written seven bits a byte."""
    place = 0
    while place < len(data):
        kind, place = _varied(data, place, 2)
        size, place = _varied(data, place, 4)
        if place + size > len(data):
            raise damaged("A part of the workbook is cut short.")
        yield kind, data[place : place + size]
        place += size


def _varied(data: bytes, place: int, most: int) -> tuple[int, int]:
    value = 0
    for step in range(most):
        if place >= len(data):
            raise damaged("A part of the workbook is cut short.")
        octet, place = data[place], place + 1
        value |= (octet & 0x7F) << (7 * step)
        if not octet & 0x80:
            break
    return value, place


def _wide(data: bytes, place: int) -> tuple[str, int]:
    """Return a text in UTF-16 with its length before it, and the place behind it."""
    (length,) = struct.unpack_from("<I", data, place)
    if length == NULL:
        return "", place + 4
    end = place + 4 + 2 * length
    return data[place + 4 : end].decode("utf-16-le", "replace"), end
