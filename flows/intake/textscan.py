"""After this a received text has become a regular CSV of complete records; each record has its number and its line.

Two ways cut a text into records. Bytes that keep to RFC 4180 are cut by counting quotes over whole blocks; a block
that does not (a quote inside an unquoted cell, a bare CR as line end, a blank before a quote) goes through the csv
module and is written anew. Neither shares code with the reader that parses the result, so that its count is a check.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

import numpy as np

from flows.contracts.model import FileStyle
from flows.errors import Place, QdeepError
from flows.intake.decode import utf8_chunks
from flows.intake.limits import CHUNK, LIMITS, Limits
from flows.intake.raw import BadRow

if TYPE_CHECKING:
    from _csv import Reader

LF, CR = 10, 13
BAD_ROWS_MAX = 100_000
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class TextScan:
    """What stands in a received text.

    Attributes:
        header: Joined header texts.
        records: Number of records, broken ones included; blank ones are none.
        bad_rows: Broken records.
    """

    header: tuple[str, ...]
    records: int
    bad_rows: tuple[BadRow, ...]


class Taker(Protocol):
    """Takes what was cut, while more is being cut."""

    def begin(self, header: tuple[str, ...]) -> None:
        """Take the joined header texts."""

    def take(self, records: bytes, places: np.ndarray, *, has_inner_newlines: bool) -> None:
        """Take complete records alone, as UTF-8 CSV with LF as line end.

        Args:
            records: The text.
            places: Number and line of each record, as pairs of int64.
            has_inner_newlines: Whether a cell may hold a line end, be it a bare CR.
        """


@dataclass(frozen=True)
class Dialect:
    """How cells are set apart; `quote` is empty where nothing is quoted."""

    delimiter: str
    quote: str

    @property
    def blank(self) -> re.Pattern[bytes]:
        """Match a record without content."""
        empty = rf"(?:{re.escape(self.quote * 2)})?" if self.quote else ""
        return re.compile(rf"{empty}(?:{re.escape(self.delimiter)}{empty})*\r?\n".encode())

    def reader(self, lines: Iterator[str], *, strict: bool) -> "Reader":
        """Return a reader of the csv module."""
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=quoting,
            skipinitialspace=True,
            strict=strict,
        )


@dataclass(frozen=True)
class Block:
    """Complete records cut from a buffer: regular CSV, where each ends, its first line and its number of cells."""

    data: bytes
    ends: np.ndarray
    lines: np.ndarray
    cells: np.ndarray
    is_blank: np.ndarray
    consumed: int
    line_count: int
    codes: dict[int, str] = field(default_factory=dict)


def scan_text(path: Path, style: FileStyle, taker: Taker, *, gzipped: bool, limits: Limits = LIMITS) -> TextScan:
    """Cut a text into records and hand on the complete ones, some thousand at a time.

    Raises:
        QdeepError: E-101 no header, E-109 and E-110 encoding, E-111 quotes, E-112 length, E-113 columns,
            E-312 where nearly no record has the cells of the header.
    """
    csv.field_size_limit(limits.record_bytes)
    dialect = Dialect(style.delimiter, style.quote)
    buffers = _filled(utf8_chunks(path, style.encoding, gzipped=gzipped, limits=limits))
    first = next(buffers, b"")
    header, used, lines = _header(first, style, dialect, path.name, limits)
    taker.begin(header)
    sink = Sink(taker, len(header), lines + 1, path.name, limits)
    _cut(first[used:], buffers, dialect, sink)
    return TextScan(header, sink.records, tuple(sink.bad_rows))


@dataclass
class Sink:
    """Hands on complete records and keeps count of all.

    Attributes:
        width: Number of cells of a complete record.
        line: Line at which the next record begins.
        name: Name of the file, for messages.
    """

    taker: Taker
    width: int
    line: int
    name: str
    limits: Limits
    records: int = 0
    bad_rows: list[BadRow] = field(default_factory=list)

    def take(self, block: Block) -> None:
        """Hand on the complete records of a block; note the broken ones."""
        starts = np.concatenate(([0], block.ends[:-1])).astype(np.int64)
        lines = block.lines + self.line
        self._check_length(block.ends - starts, lines)
        is_good = (block.cells == self.width) & ~block.is_blank
        for number in block.codes:
            is_good[number] = False
        self._note_bad(block, starts, lines, ~is_good & ~block.is_blank)
        rows = self.records + np.cumsum(~block.is_blank)
        places = np.column_stack((rows, lines))[is_good].astype(np.int64)
        has_inner_newlines = block.line_count != block.ends.size or b"\r" in block.data
        self.taker.take(_kept(block, starts, is_good), places, has_inner_newlines=has_inner_newlines)
        self.records += int(np.count_nonzero(~block.is_blank))
        self.line += block.line_count

    def _note_bad(self, block: Block, starts: np.ndarray, lines: np.ndarray, is_bad: np.ndarray) -> None:
        for number in np.flatnonzero(is_bad):
            text = block.data[starts[number] : block.ends[number]].decode("utf-8", "replace").rstrip("\r\n")
            self.bad_rows.append(BadRow(int(lines[number]), block.codes.get(int(number), "E-312"), text))
        if len(self.bad_rows) > BAD_ROWS_MAX:
            where = Place(file=self.name, line=self.bad_rows[0].line)
            text = f"More than {BAD_ROWS_MAX:,} records have another number of cells than the header."
            raise QdeepError("E-312", text, where, f"{self.width} cells")

    def _check_length(self, lengths: np.ndarray, lines: np.ndarray) -> None:
        if lengths.size and lengths.max() > self.limits.record_bytes:
            self.refuse_long(int(lines[lengths.argmax()]))

    def refuse_long(self, line: int) -> NoReturn:
        """Raise E-112 for the record at `line`."""
        where = Place(file=self.name, line=line)
        expected = f"at most {self.limits.record_bytes >> 10} KB"
        raise QdeepError("E-112", "A record is too long.", where, expected)


def _kept(block: Block, starts: np.ndarray, is_good: np.ndarray) -> bytes:
    """Return the complete records of a block."""
    if is_good.all():
        return block.data
    return np.frombuffer(block.data, np.uint8)[np.repeat(is_good, block.ends - starts)].tobytes()


def _filled(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Gather small chunks, so that the first buffer holds the header."""
    parts: list[bytes] = []
    for chunk in chunks:
        parts.append(chunk)
        if sum(map(len, parts)) >= CHUNK:
            yield b"".join(parts)
            parts = []
    if parts:
        yield b"".join(parts)


def _cut(first: bytes, buffers: Iterator[bytes], dialect: Dialect, sink: Sink) -> None:
    carry, following = first, next(buffers, None)
    while True:
        is_last = following is None
        if is_last and carry and not carry.endswith(b"\n"):
            carry += b"\n"
        block = _regular(carry, dialect)
        if block is None or (is_last and block.consumed < len(carry)):
            block = _irregular(carry, dialect, sink, is_last=is_last)
        if block.ends.size:
            sink.take(block)
        carry = carry[block.consumed :]
        _check_rest(carry, sink)
        if following is None:
            return
        carry, following = carry + following, next(buffers, None)


def _check_rest(rest: bytes, sink: Sink) -> None:
    if len(rest) <= sink.limits.record_bytes:
        return
    if b"\n" in rest or b"\r" in rest:
        _refuse_quote(sink.name, sink.line)
    sink.refuse_long(sink.line)


def _refuse_quote(name: str, line: int) -> NoReturn:
    where = Place(file=name, line=line)
    raise QdeepError("E-111", "A quote is opened in this record and not closed properly.", where, "quotes in pairs")


def _regular(buffer: bytes, dialect: Dialect) -> Block | None:
    """Cut a buffer by counting quotes; None where its quotes or line ends are irregular."""
    octets = np.frombuffer(buffer, np.uint8)
    outside = _outside(octets, buffer, dialect)
    if outside is None:
        return None
    newlines = np.flatnonzero(octets == LF)
    ends = (newlines[outside[newlines]] if outside.size else newlines) + 1
    returns = _line_returns(octets, buffer, outside)
    if returns is None:
        return None
    consumed = int(ends[-1]) if ends.size else 0
    starts = np.concatenate(([0], ends[:-1])).astype(np.int64)[: ends.size]
    lines = np.searchsorted(newlines, starts) if newlines.size != ends.size else np.arange(ends.size)
    return Block(
        data=_without(octets, buffer, returns[returns < consumed], consumed),
        ends=ends - np.searchsorted(returns, ends) if returns.size else ends,
        lines=lines,
        cells=_cells(octets, outside, dialect, ends),
        is_blank=_blank(octets, buffer, starts, ends, dialect),
        consumed=consumed,
        line_count=int(np.searchsorted(newlines, consumed)),
    )


def _outside(octets: np.ndarray, buffer: bytes, dialect: Dialect) -> np.ndarray | None:
    """Return which bytes stand outside quotes; nothing where all do, None where quotes are not in order."""
    everywhere = np.empty(0, bool)
    if not dialect.quote or dialect.quote.encode() not in buffer:
        return everywhere
    is_quote = octets == ord(dialect.quote)
    places = np.flatnonzero(is_quote)
    padded = np.frombuffer(b"\n" + buffer + b"\n", np.uint8)
    borders = np.zeros(256, bool)
    borders[[ord(dialect.delimiter), LF, ord(dialect.quote)]] = True
    is_opened = borders[padded[places[0::2]]].all()
    borders[CR] = True
    if not (is_opened and borders[padded[places[1::2] + 2]].all()):
        return None
    if places.size % 2 == 0 and (places[1::2] - places[0::2] == 1).all():
        return everywhere  # quotes hold nothing
    return (np.cumsum(is_quote, dtype=np.uint8) & 1) == 0


def _line_returns(octets: np.ndarray, buffer: bytes, outside: np.ndarray) -> np.ndarray | None:
    """Return the places of CR before LF outside quotes; None where a bare CR stands there."""
    if b"\r" not in buffer:
        return np.empty(0, np.int64)
    returns = np.flatnonzero(octets[:-1] == CR)
    returns = returns[outside[returns]] if outside.size else returns
    return returns if (octets[returns + 1] == LF).all() else None


def _without(octets: np.ndarray, buffer: bytes, returns: np.ndarray, consumed: int) -> bytes:
    if not returns.size:
        return buffer[:consumed]
    keep = np.ones(consumed, bool)
    keep[returns] = False
    return octets[:consumed][keep].tobytes()


def _cells(octets: np.ndarray, outside: np.ndarray, dialect: Dialect, ends: np.ndarray) -> np.ndarray:
    if not ends.size:
        return np.zeros(0, np.int64)
    is_delimiter = octets[: ends[-1]] == ord(dialect.delimiter)
    is_delimiter = is_delimiter & outside[: ends[-1]] if outside.size else is_delimiter
    # Sums in one octet are several times as fast as places, and right where all of them come to the whole.
    counts = np.add.reduceat(is_delimiter.view(np.uint8), np.concatenate(([0], ends[:-1])), dtype=np.uint8)
    if counts.sum(dtype=np.int64) != np.count_nonzero(is_delimiter):
        counts = np.diff(np.searchsorted(np.flatnonzero(is_delimiter), ends), prepend=0)
    return counts.astype(np.int64) + 1


def _blank(octets: np.ndarray, buffer: bytes, starts: np.ndarray, ends: np.ndarray, dialect: Dialect) -> np.ndarray:
    """Return which records have no content; only those that begin with an empty cell are looked at."""
    is_blank = np.zeros(starts.size, bool)
    first = octets[starts]
    looks = (first == ord(dialect.delimiter)) | (first == LF) | (first == CR)
    if dialect.quote:
        second = octets[np.minimum(starts + 1, octets.size - 1)]
        looks |= (first == ord(dialect.quote)) & (second == ord(dialect.quote))
    pattern = dialect.blank
    for number in np.flatnonzero(looks):
        is_blank[number] = pattern.fullmatch(buffer, starts[number], ends[number]) is not None
    return is_blank


class Feed:
    """Hands lines to the csv module and knows how far it has read."""

    def __init__(self, text: str) -> None:
        """Split at CR, LF and CRLF, and nowhere else."""
        self.lines = io.StringIO(text, newline="")
        self.place = self.count = 0
        self.is_empty = False

    def __iter__(self) -> Iterator[str]:
        """Yield line after line."""
        for line in self.lines:
            self.place += len(line)
            self.count += 1
            yield line
        self.is_empty = True


@dataclass
class Rewritten:
    """Records of an irregular buffer, written anew."""

    data: bytearray = field(default_factory=bytearray)
    ends: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    blank: list[bool] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)

    def add(self, record: bytes, line: int, cells: int, *, is_blank: bool = False, code: str = "") -> None:
        """Take one record."""
        if code:
            self.codes[len(self.ends)] = code
        self.data += record
        self.ends.append(len(self.data))
        self.lines.append(line)
        self.cells.append(cells)
        self.blank.append(is_blank)

    def block(self, consumed: int, line_count: int) -> Block:
        """Return all of it as a block."""
        arrays = (np.array(column, np.int64) for column in (self.ends, self.lines, self.cells))
        is_blank = np.array(self.blank, bool)
        return Block(bytes(self.data), *arrays, is_blank, consumed, line_count, self.codes)


def _irregular(buffer: bytes, dialect: Dialect, sink: Sink, *, is_last: bool) -> Block:
    """Cut a buffer by the csv module and write its records anew; bytes pass unchanged, as Latin-1."""
    text = buffer.decode("latin-1")
    if not is_last:
        text = text[: max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1]
    feed, out = Feed(text), Rewritten()
    reader = dialect.reader(iter(feed), strict=True)
    while True:
        place, line = feed.place, feed.count
        try:
            record = next(reader, None)
        except csv.Error as error:
            if feed.is_empty and not is_last:
                return out.block(place, line)
            _judge_error(error, feed, line, sink)
            out.add(text[place : feed.place].encode("latin-1"), line, 0, code="E-111")
            continue
        if record is None:
            return out.block(place, line)
        out.add(_rewrite(record, dialect), line, len(record), is_blank=not any(record))


def _judge_error(error: csv.Error, feed: Feed, line: int, sink: Sink) -> None:
    """Refuse the file, unless the damage surely ends with its line."""
    if "field limit" in str(error):
        sink.refuse_long(sink.line + line)
    if feed.is_empty or feed.count - line > 1:
        _refuse_quote(sink.name, sink.line + line)


def _rewrite(record: list[str], dialect: Dialect) -> bytes:
    quote = dialect.quote
    cells = [f"{quote}{cell.replace(quote, quote * 2)}{quote}" for cell in record] if quote else record
    return (dialect.delimiter.join(cells) + "\n").encode("latin-1")


def _header(
    buffer: bytes, style: FileStyle, dialect: Dialect, name: str, limits: Limits
) -> tuple[tuple[str, ...], int, int]:
    """Return the joined header texts, the bytes that title and header take, and their lines."""
    feed = Feed(buffer.decode("latin-1"))
    reader = dialect.reader(iter(feed), strict=False)
    try:
        records = [record for _, record in zip(range(style.title_rows + style.header_rows), reader, strict=False)]
    except csv.Error as error:
        raise QdeepError(
            "E-112", "The header is too long.", Place(file=name, line=feed.count), "a short header"
        ) from error
    _refuse_open_header(feed, dialect, name)
    rows = [[cell.encode("latin-1").decode() for cell in record] for record in records[style.title_rows :]]
    if len(rows) < style.header_rows or not any(cell.strip() for row in rows for cell in row):
        raise QdeepError("E-101", "The file holds no header.", Place(file=name), "a header and rows")
    header = join_header(rows, style.header_row)
    if len(header) == 1 and any(sign in header[0] for sign in DELIMITERS):
        text = "The cells are not set apart by the sign that the contract declares."
        raise QdeepError("E-104", text, Place(file=name, line=feed.count), f"cells set apart by {style.delimiter!r}")
    if len(header) > limits.columns:
        where = Place(file=name, line=feed.count)
        raise QdeepError("E-113", "The file has too many columns.", where, f"at most {limits.columns}")
    return header, feed.place, feed.count


def _refuse_open_header(feed: Feed, dialect: Dialect, name: str) -> None:
    """Refuse a quote of the header that is never closed: all rows would be read as a heading, and none be missed."""
    if not feed.is_empty:
        return
    try:
        list(dialect.reader(iter(feed.lines.getvalue().splitlines(keepends=True)), strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            _refuse_quote(name, 1)


def join_header(rows: list[list[str]], header_row: int = 0) -> tuple[str, ...]:
    """Join the header rows of a text; an empty cell above another belongs to the cell on its left, as if merged."""
    if header_row:
        return tuple(rows[header_row - 1])
    width = max(map(len, rows))
    padded = [row + [""] * (width - len(row)) for row in rows]
    for upper, lower in itertools.pairwise(padded):
        for column in range(1, width):
            if not upper[column] and lower[column]:
                upper[column] = upper[column - 1]
    return tuple(" / ".join(part for part in parts if part) for parts in zip(*padded, strict=True))
