"""After this a workbook is known: its sheets, the rows of each with content, its used range, merged and faulty cells.

The XML is looked through as bytes, row by row, in bounded memory. The reader that parses the sheets afterwards shares
no code with this, so that the rows and columns counted here are a check on it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from flows.errors import Place, QdeepError
from flows.intake.archive import WHOLE, Archive, is_parsed
from flows.intake.filegate import open_plain, wrong_kind
from flows.intake.inside.common import span_of_days
from flows.intake.inside.scan import BUILT_IN_SPAN, shows_span
from flows.intake.limits import LIMITS, MIB, Limits
from flows.intake.lookout import refused_as

GRID_COLUMNS, GRID_ROWS = 16_384, 1_048_576  # XFD1048576, last cell of a sheet
ROOT = "_rels/.rels"  # names the part that is the workbook; programs other than Excel put it elsewhere than xl/
WORKBOOK, STRINGS, STYLES = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"
GRID_DIGITS, NUMBER_DIGITS = 7, 18  # of a row of the grid; of any number that a workbook holds
SMALL_PART = 4 * MIB
MERGES_MAX = 100_000
AFTER_NAME = (b" ", b">", b"/", b"\n", b"\t", b"\r")  # what follows `<row`; `<rowBreaks` is another element
ROW_END = re.compile(rb"</(?:\w+:)?row>|<(?:\w+:)?row\b[^>]*/>")
STRING_END = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>")


DATED = re.compile(rb"\bt=[\"']d[\"']")  # a cell whose day is spelled out, as strict workbooks write it
NUMBER = re.compile(rb"\d{1,9}(?:\.\d+)?(?:[eE]-?\d{1,3})?")
SPANS_MOST = 2_000_000  # spans of time in a sheet
ENDLESS = re.compile(rb"[eE]\+?0*(?:[3-9]\d\d|\d{4,})<|>[+-]?\d{309,}")


@dataclass
class SheetScan:
    """What stands in a sheet.

    Attributes:
        rows: Rows with content, in order.
        height: Last used row; empty texts count as used, as `=IF(A9="","",...)` pulled down leaves them.
        first_column, last_column: First and last used column, from 1; 0 in an empty sheet.
        merges: Merged ranges as first row, first column, last row, last column, from 1.
        errors: Row, column and text of cells of which the library tells otherwise: a failed formula (`#N/A`), a
            number without end, a span of time (`168:00:00`).
    """

    name: str
    rows: list[int] = field(default_factory=list)
    height: int = 0
    first_column: int = 0
    last_column: int = 0
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class BookScan:
    """A workbook: all its sheets by name, those that were looked through, and whether its days count from 1904."""

    sheets: tuple[str, ...]
    scans: dict[str, SheetScan]
    unpacked_bytes: int
    is_1904: bool = False


@dataclass(frozen=True)
class Parts:
    """The parts of a workbook in its archive, wherever its program put them."""

    workbook: str = WORKBOOK
    strings: str = STRINGS
    styles: str = STYLES

    @property
    def relations(self) -> str:
        """Where the workbook says which part is which sheet."""
        folder, _, name = self.workbook.rpartition("/")
        return f"{folder}/_rels/{name}.rels".removeprefix("/")


def scan_workbook(path: Path, wanted: tuple[str, ...], limits: Limits = LIMITS) -> BookScan:
    """Look through a workbook and those of its sheets that are wanted; an empty name is the first that is not hidden.

    Raises:
        QdeepError: E-104 no workbook, E-105 to E-108 and E-117 archive, E-112 and E-113 size, E-118 sheet missing,
            E-119 formulas without stored values.
    """
    with open_plain(path, limits) as file, refused_as("E-106", path, WHOLE):
        archive = Archive(file, path, limits)
        book = Parts(_workbook_part(archive))
        if book.workbook not in archive.parts or book.relations not in archive.parts:
            raise wrong_kind(path, "The archive is no Excel workbook.", "an Excel workbook (.xlsx)")
        root = _small_xml(archive, book.workbook)
        parts, shown, book = _sheet_parts(archive, root, book)
        chosen = {name: _choose(name, parts, shown, archive.where) for name in wanted}
        known = Known(_shared_strings(archive, book.strings), _span_styles(archive, book.styles))
        scans = {sheet: _scan_sheet(archive, sheet, parts[sheet], known) for sheet in dict.fromkeys(chosen.values())}
        seen = {book.workbook, book.relations, book.strings, book.styles, *(parts[sheet] for sheet in scans)}
        _look_through_rest(archive, seen)
    found = {name: scans[sheet] for name, sheet in chosen.items()}
    return BookScan(tuple(parts), found, archive.unpacked, _is_1904(root))


def _workbook_part(archive: Archive) -> str:
    """Return the part that the archive names as its document, where it names one."""
    relations = _small_xml(archive, ROOT) if ROOT in archive.parts else ()
    named = (one.get("Target", "") for one in relations if one.get("Type", "").endswith("/officeDocument"))
    return next((one.removeprefix("/") for one in named), WORKBOOK)


def _is_1904(workbook: ET.Element) -> bool:
    """Return whether the days of a workbook count from 1904; an extension has an element of the same name."""
    space = workbook.tag.rpartition("}")[0]
    own = workbook.find(f"{space}}}workbookPr" if space else "workbookPr")
    return own is not None and own.get("date1904", "") in ("1", "true", "on")


def _sheet_parts(archive: Archive, root: ET.Element, book: Parts) -> tuple[dict[str, str], list[str], Parts]:
    """Return the part of each sheet, in the order of the workbook, the names of those not hidden, and other parts."""
    targets, kinds = {}, {}
    folder = book.workbook.rpartition("/")[0]
    for relation in _small_xml(archive, book.relations):
        target = relation.get("Target", "")
        part = target.removeprefix("/") if target.startswith("/") else f"{folder}/{target}".removeprefix("/")
        targets[relation.get("Id", "")] = part
        kinds[relation.get("Type", "").rpartition("/")[2]] = part
    sheets, shown = {}, []
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "sheet":
            key = next((value for name, value in element.items() if name.endswith("}id")), "")
            sheets[element.get("name", "")] = targets.get(key, "")
            if element.get("state", "visible") == "visible":
                shown.append(element.get("name", ""))
    if not sheets:
        raise archive.damaged("The workbook names no sheet.")
    others = Parts(book.workbook, kinds.get("sharedStrings", STRINGS), kinds.get("styles", STYLES))
    return sheets, shown, others


def _small_xml(archive: Archive, name: str) -> ET.Element:
    if archive.parts[name].file_size > SMALL_PART:
        raise archive.damaged("The directory of the workbook is far too large.")
    try:
        return ET.fromstring(b"".join(archive.xml_chunks(name)))  # noqa: S314 - bounded, without DTD and entities
    except (ET.ParseError, ValueError, LookupError) as error:
        raise archive.damaged("The directory of the workbook is no XML.") from error


def _choose(name: str, parts: dict[str, str], shown: list[str], where: Place) -> str:
    """Return the sheet that is wanted; where none is named the first that a person sees, never a hidden one."""
    if not name and not shown:
        raise QdeepError("E-118", "All sheets of the workbook are hidden.", where, "`file.sheet` in the contract")
    if not name:
        return shown[0]
    same = {_folded(sheet): sheet for sheet in reversed(parts)}
    if _folded(name) not in same:
        raise QdeepError("E-118", "The workbook has no such sheet.", where, f"a sheet named {name}")
    return same[_folded(name)]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


@dataclass(frozen=True)
class Strings:
    """The shared strings: how many there are, and which are empty."""

    count: int = 0
    empty: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Known:
    """What the cells of all sheets point to: shared strings, and the styles that show a number as a span of time."""

    strings: Strings
    spans: frozenset[bytes] = frozenset()


def _span_styles(archive: Archive, part: str) -> frozenset[bytes]:
    """Return the numbers of the cell styles that show hours beyond a day, as `[h]:mm` does."""
    if part not in archive.parts or archive.parts[part].file_size > SMALL_PART:
        return frozenset()
    styles = _small_xml(archive, part)
    space = styles.tag.rpartition("styleSheet")[0]
    spelled = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iter(f"{space}numFmt")}
    spans = {number for number, code in spelled.items() if shows_span(code)}
    cells = styles.find(f"{space}cellXfs")
    formats = [one.get("numFmtId") for one in cells] if cells is not None else []
    wanted = spans | ({str(BUILT_IN_SPAN)} - spelled.keys())
    return frozenset(str(place).encode() for place, one in enumerate(formats) if one in wanted)


def _shared_strings(archive: Archive, part: str) -> Strings:
    if part not in archive.parts:
        return Strings()
    count, empty = 0, set()
    pattern = re.compile(rb"<(?:\w+:)?si\s*/>|<(?:\w+:)?si>(.*?)</(?:\w+:)?si>", re.DOTALL)
    for block in _blocks(archive, part, STRING_END):
        for match in pattern.finditer(block):
            if not re.search(rb"<(?:\w+:)?t(?:\s[^>]*)?>(?:[^<]|<!\[CDATA\[[^\]])", match[1] or b""):
                empty.add(count)
            count += 1
    return Strings(count, frozenset(empty))


def _blocks(archive: Archive, name: str, border: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield the text of a part in pieces that end with a complete element; the last holds what follows."""
    rest = b""
    for chunk in archive.xml_chunks(name):
        buffer = rest + chunk
        cut = _last_end(border, buffer)
        if cut:
            yield buffer[:cut]
        rest = buffer[cut:]
        if len(rest) > archive.limits.row_bytes:
            raise QdeepError("E-112", "A row of the workbook is too long.", archive.where, "rows of a few cells")
    yield rest


def _last_end(border: re.Pattern[bytes], buffer: bytes) -> int:
    """Return where the last border ends; searched from the back in growing steps."""
    step = 1 << 12
    while True:
        start = max(0, len(buffer) - step)
        ends = [match.end() for match in border.finditer(buffer, start)]
        if ends or start == 0:
            return ends[-1] if ends else 0
        step *= 8


class Patterns:
    """Patterns of the elements of a sheet, whatever prefix their names carry; compiled once per sheet."""

    def __init__(self, prefix: bytes) -> None:
        """Compile the patterns for names with this prefix (`x:` or nothing)."""
        p = re.escape(prefix)
        self.row_start = b"<" + prefix + b"row"
        self.row_number = re.compile(rb"[^>]*?\sr=[\"'](\d+)")
        self.reference = re.compile(rb"<" + p + rb"c\s[^>]*?\br=[\"']([^\"']*)")
        self.cell = re.compile(rb"<" + p + rb"c\b([^>]*?)(?:/>|>(.*?)</" + p + rb"c>)", re.DOTALL)
        self.value = re.compile(rb"<" + p + rb"[vt](?:\s[^>]*)?>(?:<!\[CDATA\[(?=[^\]]))?([^<]+)")
        self.filled = re.compile(
            rb"<" + p + rb"c\s[^>]*?\br=[\"']([A-Z]{1,3})\d+[\"'][^>]*(?<!/)>\s*"
            rb"(?:<" + p + rb"f\b[^>]*(?:/>|>[^<]*</" + p + rb"f>)\s*)?"
            rb"<" + p + rb"(?:v\b[^>]*(?<!/)>(?!</" + p + rb"v>)|is\b)"
        )
        self.hollow = re.compile(
            rb"<" + p + rb"c\s(?=[^>]*\bt=[\"']str)[^>]*?\br=[\"']([A-Z]{1,3})\d+[\"'][^>]*(?<!/)>\s*"
            rb"(?:<" + p + rb"f\b[^>]*(?:/>|>[^<]*</" + p + rb"f>)\s*)?"
            rb"<" + p + rb"v\b[^>]*(?:/>|></" + p + rb"v>)"
        )
        self.like_cell = b"<" + prefix + b"c"
        self.cell_start = re.compile(rb"<" + p + rb"c(?=[\s/>])([^>]*)")
        self.merge = re.compile(rb"<" + p + rb"mergeCell\s[^>]*?ref=[\"']([A-Z]+\d+(?::[A-Z]+\d+)?)")
        self.formula = re.compile(rb"<" + p + rb"f[\s>/]")  # `<family>` of a rich text is another element
        self.two_values = b"</" + prefix + b"v><" + prefix + b"v"
        self.stored = re.compile(rb"<" + p + rb"(?:v(?:\s[^>]*)?>[^<]|is\b)")


@dataclass
class SheetReader:
    """Looks through the rows of one sheet, block by block."""

    archive: Archive
    known: Known
    patterns: Patterns
    scan: SheetScan
    columns: set[bytes] = field(default_factory=set)
    last_row: int = 0

    def take(self, block: bytes) -> None:
        """Take in some complete rows, or what follows the last one."""
        before, block, places = self.last_row, *self._placed(block)
        for segment in block.split(self.patterns.row_start)[1:]:
            if segment.startswith(AFTER_NAME):
                self._take_row(segment)
        _check_grid(places, (before, self.last_row), self.archive)
        if self.patterns.two_values in block:
            raise self.archive.damaged("A cell of the sheet stands twice.")
        _check_strings(block, self.known.strings, self.archive)
        _check_formulas(block, self.patterns, self.scan.name, self.archive)
        self.columns.update(self.patterns.filled.findall(block))
        if b"str" in block:
            self.columns.update(self.patterns.hollow.findall(block))
        self.scan.errors.extend(_failed_formulas(block, self.patterns))
        self.scan.errors.extend(_endless_numbers(block, self.patterns))
        self.scan.errors.extend(_spans(block, self.patterns, self.known.spans))
        self.scan.errors.extend(_iso_moments(block, self.patterns))
        self.scan.merges.extend(_merges(block, self.patterns, self.archive))
        if len(self.scan.merges) > MERGES_MAX:
            raise _too_many(self.archive, "The sheet has too many merged cells.", f"at most {MERGES_MAX}")
        if len(self.scan.errors) > SPANS_MOST:
            raise _too_many(self.archive, "The sheet holds too many times.", f"at most {SPANS_MOST:,}")

    def _take_row(self, row: bytes) -> None:
        number = self.patterns.row_number.match(row)
        following = _number(number[1]) if number else self.last_row + 1
        if following <= self.last_row:
            raise self.archive.damaged("The rows of a sheet are out of order.")
        self.last_row = following
        has_content = _has_content(row, self.patterns, self.known.strings)
        if has_content:
            self.scan.rows.append(following)
        if has_content or self.patterns.filled.search(row) or self.patterns.hollow.search(row):
            self.scan.height = following

    def _placed(self, block: bytes) -> tuple[bytes, list[bytes]]:
        """Return the rows and the place of each cell; one that names none stands right of the one before it."""
        places = self.patterns.reference.findall(block)
        patterns = self.patterns
        if block.count(patterns.like_cell) == len(places) or len(patterns.cell_start.findall(block)) == len(places):
            return block, places
        row, (before, *segments) = self.last_row, block.split(patterns.row_start)
        parts = [before]
        for segment in segments:
            if not segment.startswith(AFTER_NAME):
                parts.append(segment)
                continue
            number = patterns.row_number.match(segment)
            row = _number(number[1]) if number else row + 1
            parts.append(_with_places(segment, row, patterns))
        block = patterns.row_start.join(parts)
        return block, patterns.reference.findall(block)

    def finish(self) -> SheetScan:
        """Return the sheet, its used range judged."""
        numbers = [column_number(letters) for letters in self.columns]
        self.scan.first_column, self.scan.last_column = min(numbers, default=0), max(numbers, default=0)
        _check_range(self.scan, self.archive)
        return self.scan


def _with_places(segment: bytes, row: int, patterns: Patterns) -> bytes:
    column = 0

    def placed(cell: re.Match[bytes]) -> bytes:
        nonlocal column
        named = re.search(rb"\sr=[\"']([A-Z]{1,3})", cell[1])
        column = column_number(named[1]) if named else column + 1
        start = cell[0][: cell.start(1) - cell.start()]
        return cell[0] if named else start + f' r="{column_letters(column)}{row}"'.encode() + cell[1]

    return patterns.cell_start.sub(placed, segment)


def _scan_sheet(archive: Archive, sheet: str, part: str, known: Known) -> SheetScan:
    if part not in archive.parts:
        raise archive.damaged("A sheet of the workbook has no content in the archive.")
    reader = None
    for block in _blocks(archive, part, ROW_END):
        if reader is None:
            root = re.search(rb"<(\w+:)?worksheet\b", block)
            reader = SheetReader(archive, known, Patterns((root[1] or b"") if root else b""), SheetScan(sheet))
        reader.take(block)
    return reader.finish() if reader else SheetScan(sheet)


def _has_content(row: bytes, patterns: Patterns, strings: Strings) -> bool:
    for cell in patterns.cell.finditer(row):
        value = patterns.value.search(cell[2]) if cell[2] else None
        if value and not (strings.empty and _is_shared(cell[1]) and _number(value[1]) in strings.empty):
            return True
    return False


def _is_shared(attributes: bytes) -> bool:
    return b't="s"' in attributes or b"t='s'" in attributes


def _check_grid(places: list[bytes], lines: tuple[int, int], archive: Archive) -> None:
    """Refuse cells outside the grid, that stand twice, or that claim a row of before or after the block's own."""
    references = b"\n".join(places) + b"\n"
    is_sound = re.fullmatch(rb"\n|(?:[A-Z]{1,3}[1-9]\d{0,6}\n)+", references)
    columns = set(re.findall(rb"[A-Z]+", references)) if is_sound else set()
    rows = set(map(int, set(re.findall(rb"\d+", references)))) if is_sound else set()
    row = max(rows, default=0)
    if not is_sound or max(map(column_number, columns), default=0) > GRID_COLUMNS or max(row, lines[1]) > GRID_ROWS:
        raise _too_many(archive, "A cell lies outside the grid of a sheet.", "cells within A1:XFD1048576")
    if row > lines[1] or min(rows, default=lines[1]) <= lines[0] < lines[1]:
        raise archive.damaged("A cell claims to stand in another row than its own.")
    if len(set(places)) < len(places):
        raise archive.damaged("A cell of the sheet stands twice.")


def _check_strings(block: bytes, strings: Strings, archive: Archive) -> None:
    if b't="s"' not in block and b"t='s'" not in block:
        return
    used = set(re.findall(rb"\bt=[\"']s[\"'][^>]*>\s*<(?:\w+:)?v>(\d+)<", block))
    if max(map(_number, used), default=-1) >= strings.count:
        raise archive.damaged("A cell points to a text that the workbook does not hold.")


def _check_formulas(block: bytes, patterns: Patterns, sheet: str, archive: Archive) -> None:
    if not patterns.formula.search(block):
        return
    for cell in patterns.cell.finditer(block):
        inner = cell[2] or b""
        is_text = re.search(rb"\bt=[\"']str[\"']", cell[1])
        if patterns.formula.search(inner) and not is_text and not patterns.stored.search(inner):
            row, column = _place(cell[1])
            where = Place(file=archive.where.file, sheet=sheet, line=row, column=column)
            raise QdeepError("E-119", "A formula has no stored value.", where, "save the file in a spreadsheet program")


def _failed_formulas(block: bytes, patterns: Patterns) -> Iterator[tuple[int, int, str]]:
    if b't="e"' not in block and b"t='e'" not in block:
        return
    for cell in patterns.cell.finditer(block):
        value = patterns.value.search(cell[2] or b"")
        if value and re.search(rb"\bt=[\"']e[\"']", cell[1]):
            row, column = _place(cell[1])
            yield row, column_number(column.encode()), value[1].decode("utf-8", "replace")


def _endless_numbers(block: bytes, patterns: Patterns) -> Iterator[tuple[int, int, str]]:
    """Yield numbers that no double holds: a reader would write them as infinity."""
    if not ENDLESS.search(block):
        return
    for cell in patterns.cell.finditer(block):
        value = patterns.value.search(cell[2] or b"")
        if value and ENDLESS.search(b">" + value[1] + b"<") and not re.search(rb"\bt=[\"'](?!n)", cell[1]):
            row, column = _place(cell[1])
            yield row, column_number(column.encode()), value[1].decode("utf-8", "replace")


def _spans(block: bytes, patterns: Patterns, styles: frozenset[bytes]) -> Iterator[tuple[int, int, str]]:
    """Yield numbers that are shown as hours beyond a day: a reader would write a day of January 1900."""
    if not styles:
        return
    for cell in patterns.cell.finditer(block):
        style = re.search(rb"\bs=[\"'](\d+)", cell[1])
        if not style or style[1] not in styles or re.search(rb"\bt=[\"'](?!n)", cell[1]):
            continue
        value = patterns.value.search(cell[2] or b"")
        text = span_of_days(float(value[1])) if value and NUMBER.fullmatch(value[1]) else ""
        if text:
            row, column = _place(cell[1])
            yield row, column_number(column.encode()), text


def _iso_moments(block: bytes, patterns: Patterns) -> Iterator[tuple[int, int, str]]:
    """Yield moments that the file spells out with a T: in other cells and workbooks a blank stands there."""
    if not DATED.search(block):
        return
    for cell in patterns.cell.finditer(block):
        value = patterns.value.search(cell[2] or b"")
        if value and DATED.search(cell[1] + b">") and b"T" in value[1]:
            row, column = _place(cell[1])
            yield row, column_number(column.encode()), value[1].decode("utf-8", "replace").replace("T", " ", 1)


def _place(attributes: bytes) -> tuple[int, str]:
    match = re.search(rb"\br=[\"']([A-Z]+)(\d+)", attributes)
    return (_number(match[2]), match[1].decode()) if match else (0, "")


def _merges(block: bytes, patterns: Patterns, archive: Archive) -> Iterator[tuple[int, int, int, int]]:
    for reference in patterns.merge.findall(block) if b"mergeCell" in block else ():
        corners = re.findall(rb"([A-Z]+)(\d+)", reference)
        (left, top), (right, bottom) = corners[0], corners[-1]
        if max(column_number(left), column_number(right)) > GRID_COLUMNS or len(top + bottom) > 2 * GRID_DIGITS:
            raise _too_many(archive, "A merged cell lies outside the grid of a sheet.", "cells within A1:XFD1048576")
        yield int(top), column_number(left), int(bottom), column_number(right)


def _check_range(scan: SheetScan, archive: Archive) -> None:
    width = scan.last_column - scan.first_column + 1 if scan.rows else 0
    if width > archive.limits.columns:
        raise _too_many(archive, "The sheet has too many columns.", f"at most {archive.limits.columns}")
    if scan.rows and scan.height * width > archive.limits.cells:
        raise _too_many(archive, "The used range of the sheet is too large.", f"at most {archive.limits.cells:,} cells")


def _too_many(archive: Archive, text: str, expected: str) -> QdeepError:
    return QdeepError("E-113", text, archive.where, expected)


def _number(digits: bytes) -> int:
    """Return a number from the file; one with more digits than any place has is beyond all bounds, text is none."""
    return int(digits) if digits.isdigit() and len(digits) <= NUMBER_DIGITS else 10**NUMBER_DIGITS


def column_number(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD is 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column: 1 is A, 16384 is XFD."""
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def _look_through_rest(archive: Archive, seen: set[str]) -> None:
    """Look through the other parts that a reader parses: styles, content types, relations."""
    for name in archive.parts:
        if is_parsed(name) and name not in seen and not name.startswith("xl/worksheets/sheet"):
            for _ in archive.xml_chunks(name):
                pass
