"""JSON records become tables of text: names joined by `/`, lists of records apart, one record in memory at a time.

Two ways look at the text. A scan of brackets and quotes cuts out the records and counts them; the json module then
parses each on its own and must find the same.
"""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.intake.inside.common import RefusedError, cell_text, damaged, number_text, write_table

CHUNK = 1 << 20
TOKEN = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\.)*+"|[{}\[\]]|"', re.DOTALL)
# What may stand between strings and brackets around the records.
AROUND = re.compile(rb"(?:[\s:,]++|true|false|null|NaN|-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)*+")
DEEPEST = 32
UNDER_A_PAGE = 2  # depth of the list that a page of a service holds
BLANK = b" \t\r\n"  # of JSON; bytes.strip would take more for nothing
HOLDERS = ("results", "value", "data", "records", "responses", "rows")  # where services put the records of a page
SUBMISSION = "_submission_"  # Kobo's prefix of what a repeat sheet says of its submission
LINKS = ("_index", "_parent_index")
LISTS_NAMED = 100  # lists of records whose paths are told; a form has some


def read(job: dict[str, Any]) -> dict[str, Any]:
    """Read records of a JSON array, of an object that holds one, or of one JSON text a line."""
    records = list_of(job)
    tables = {table["name"]: table for table in job["tables"]}
    shapes = {name: Shape(table, job["limits"]) for name, table in tables.items()}
    paths = {table["place"]: name for name, table in tables.items() if table["name"] != "rows"}
    lists: dict[str, None] = {}
    for number, record in records:
        for name, row in flat_rows(record, number, paths, tables, lists):
            shapes[name].learn(row)
    if not shapes["rows"].names:
        raise RefusedError("E-101", "The list holds no record.", expected="records with names and values")
    found = {}
    for name, shape in shapes.items():
        rows = (
            (number, shape.cells(row))
            for number, record in list_of(job)
            for one, row in flat_rows(record, number, paths, tables, {})
            if one == name
        )
        found[name] = write_table(tables[name]["target"], shape.header, rows, job["limits"]) | {"counted": shape.rows}
    count = count_records(job)
    if count != found["rows"]["counted"] + shapes["rows"].blank:
        found["rows"]["counted"] = -1
    found["rows"]["lists"] = list(lists)[:LISTS_NAMED]
    return found


class Shape:
    """The columns of a table, in the order in which they were first seen, and the number of its rows."""

    def __init__(self, table: dict[str, Any], limits: dict[str, Any]) -> None:
        """Begin with no columns."""
        self.names: dict[str, None] = {}
        self.name, self.rows, self.blank, self.most = table["name"], 0, 0, limits["columns"]

    def learn(self, row: dict[str, str | None]) -> None:
        """Take in the names of a row."""
        is_blank = all(value is None for value in row.values())
        self.rows, self.blank = self.rows + (not is_blank), self.blank + is_blank
        self.names |= dict.fromkeys(row)
        if len(self.names) > self.most:
            raise RefusedError("E-113", "The records have too many names.", expected=f"at most {self.most}")

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        return list(self.names)

    def cells(self, row: dict[str, str | None]) -> list[str | None]:
        """Return a row in the order of the columns."""
        return [row.get(name) for name in self.names]


def flat_rows(
    record: dict[str, Any], number: int, paths: dict[str, str], tables: dict[str, Any], seen: dict[str, None]
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Yield the record as a row of the main table, then the rows of its repeat groups, each with its table.

    `seen` takes in the paths of its lists of records; of lists within lists only where a repeat group is wanted.
    """
    main: dict[str, str | None] = {}
    lists: dict[str, list[dict[str, Any]]] = {}
    _flatten(record, "", main, lists, 0)
    yield "rows", main
    repeats = _repeats(lists) if paths else {}
    if len(seen) < LISTS_NAMED:
        seen.update(dict.fromkeys((*lists, *repeats)))
    for path, name in paths.items():
        parent = tables[name]["parent"]
        for index, row in enumerate(_found(repeats, path), start=1):
            link = main.get(parent, main.get(parent.removeprefix(SUBMISSION)))
            yield name, dict(zip(LINKS, (str(index), str(number)), strict=True)) | row | {parent: link}


def _repeats(lists: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, str | None]]]:
    """Return the rows of each repeat group by its whole path, those of a group in a group in their order too."""
    rows: dict[str, list[dict[str, str | None]]] = {}
    waiting = list(lists.items())
    for path, records in waiting:
        for one in records:
            row: dict[str, str | None] = {}
            inner: dict[str, list[dict[str, Any]]] = {}
            _flatten(one, "", row, inner, 0)
            rows.setdefault(path, []).append(row)
            # KoboToolbox writes whole paths within a group, OData the names alone.
            waiting += [
                (name if name.startswith(f"{path}/") else f"{path}/{name}", found) for name, found in inner.items()
            ]
    return rows


def _found(repeats: dict[str, list[dict[str, str | None]]], path: str) -> list[dict[str, str | None]]:
    """Return the records of a repeat group by its whole path, or by its own name."""
    if path in repeats:
        return repeats[path]
    return next((found for whole, found in repeats.items() if whole.rsplit("/", 1)[-1] == path), [])


def _flatten(
    record: dict[str, Any], prefix: str, row: dict[str, str | None], repeats: dict[str, list[Any]], depth: int
) -> None:
    if depth > DEEPEST:
        raise damaged("The records are nested too deep.")
    for name, value in record.items():
        path = f"{prefix}/{name}" if prefix else name
        if isinstance(value, dict):
            _flatten(value, path, row, repeats, depth + 1)
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            repeats.setdefault(path, []).extend(_all_records(value))
        elif path in row:
            raise damaged("Two values of a record stand under one name.")
        elif value != []:  # a repeat group that nobody filled, or nothing chosen
            row[path] = _joined(value)


def _all_records(values: list[Any]) -> Iterator[dict[str, Any]]:
    for value in values:
        if isinstance(value, dict):
            yield value
        elif value is not None:
            raise damaged("A list of records holds something else.")


def _joined(value: Any) -> str | None:
    """Return a plain value; the parts of a list of plain values stand behind one another, as chosen codes do.

    Lists in a list, such as the points of a line, stay JSON.
    """
    if isinstance(value, list) and not any(isinstance(one, list) for one in value):
        return " ".join(text for text in map(cell_text, value) if text is not None) or None
    return cell_text(value)


def list_of(job: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each record with the line on which it begins."""
    decoder = json.JSONDecoder(
        parse_int=_whole, parse_float=_decimal, parse_constant=_constant, object_pairs_hook=_once
    )
    for line, text in cut(job):
        try:
            record = decoder.decode(text.decode("utf-8-sig" if line == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            raise RefusedError("E-109", "The text is not UTF-8.", line=line, expected="JSON in UTF-8") from error
        except RecursionError as error:
            raise damaged("The records are nested too deep.", line) from error
        except ValueError as error:
            within = error.lineno - 1 if isinstance(error, json.JSONDecodeError) else 0
            raise damaged("The text is no JSON.", line + within) from error
        if not isinstance(record, dict):
            raise damaged("An entry of the list is no record of names and values.", line)
        yield line, record


def _whole(text: str) -> str:
    return text.removeprefix("-") if text == "-0" else text


def _decimal(text: str) -> str | None:
    from decimal import Decimal

    try:
        number = Decimal(text)
    except ArithmeticError:
        raise ValueError(text) from None
    if abs(number.adjusted()) > 400:  # noqa: PLR2004 - beyond any number of a double
        raise ValueError(text)
    return number_text(number)


def _constant(text: str) -> None:
    if text != "NaN":
        raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a name twice would lose a value without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def count_records(job: dict[str, Any]) -> int:
    """Count records by brackets alone."""
    return sum(1 for _ in cut(job))


def cut(job: dict[str, Any]) -> Iterator[tuple[int, bytes]]:
    """Yield line and bytes of each record."""
    if job["format"] == "jsonl":
        yield from _lines(job)
        return
    yield from _elements(job)


def _lines(job: dict[str, Any]) -> Iterator[tuple[int, bytes]]:
    most = job["limits"]["record"]
    with Path(job["path"]).open("rb") as file:
        line = 0
        while text := file.readline(most + 1):
            line += 1
            if len(text) > most:
                raise RefusedError("E-112", "A record is too long.", line=line, expected=f"at most {most >> 20} MB")
            if text.removeprefix(codecs.BOM_UTF8).strip():
                yield line, text.removeprefix(codecs.BOM_UTF8)


def _elements(job: dict[str, Any]) -> Iterator[tuple[int, bytes]]:
    """Yield the records of the list that the file is, or that it holds under a name."""
    level, most = Level(job["records"]), job["limits"]["record"]
    lines, begun, start, buffer, done, searched = Lines(), 1, -1, b"", 0, 0
    for chunk in _chunks(job["path"]):
        buffer, place, searched = buffer + chunk, searched, len(buffer) + len(chunk)
        for match in TOKEN.finditer(buffer, place):
            token = match[0]
            if token == b'"':  # a string that goes on in the next chunk
                searched = match.start()
                break
            line = lines.at(buffer, match.start())
            level.check_end(line)
            if level.is_between:
                _check_gap(buffer[done : match.start()], token, level, line)
            elif start < 0 and not AROUND.fullmatch(buffer, done, match.start()):
                raise damaged("What stands around the records is no JSON.", line)
            done = match.end()
            was_between = level.is_between
            level.take(token)
            if was_between and token == b"{":
                start, begun = match.start(), line
            elif start >= 0 and level.is_between:
                _check_record(done - start, most, begun)
                yield begun, buffer[start:done]
                start = -1
        keep = start if start >= 0 else done
        _check_record(len(buffer) - keep, most, begun if start >= 0 else lines.number)
        lines.cut(buffer, keep)
        buffer, done, searched = buffer[keep:], done - keep, searched - keep
        start = 0 if start >= 0 else -1
    level.finish(lines.number, buffer[done:])


class Lines:
    """The number of the line in which a place of a buffer stands; the places of a buffer come one behind another."""

    def __init__(self) -> None:
        """Begin in the first line."""
        self.number, self.place = 1, 0

    def at(self, buffer: bytes, place: int) -> int:
        """Return the line of a place, counted from the last one on: from the beginning would take a square of time."""
        self.number += buffer.count(b"\n", self.place, place)
        self.place = place
        return self.number

    def cut(self, buffer: bytes, place: int) -> None:
        """Note that the buffer begins at this place from now on."""
        if place > self.place:
            self.at(buffer, place)
        self.place -= place


def _check_record(size: int, most: int, line: int) -> None:
    if size > most:
        raise RefusedError("E-112", "A record is too long.", line=line, expected=f"at most {most >> 20} MB")


def _check_gap(gap: bytes, token: bytes, level: "Level", line: int) -> None:
    """Refuse what stands between two records and is none: it would be lost without a word."""
    is_first, level.is_first = level.is_first, False
    expected = b"" if is_first or token == b"]" else b","
    if gap.strip(BLANK) != expected or token not in (b"{", b"]"):
        raise damaged("The list of records holds something else, or its commas are wrong.", line)


def _chunks(path: str) -> Iterator[bytes]:
    with Path(path).open("rb") as file:
        first = file.read(CHUNK).removeprefix(codecs.BOM_UTF8)
        if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in first[:4]:
            raise RefusedError("E-109", "The text is not UTF-8.", line=1, expected="JSON in UTF-8")
        yield first
        while chunk := file.read(CHUNK):
            yield chunk


class Level:
    """Where in the structure of the text the scan is: how deep, and whether in the list of records."""

    def __init__(self, wanted: str) -> None:
        """Look for the list under a name, or by itself where none is given."""
        self.wanted = (wanted,) if wanted else HOLDERS
        self.is_named = bool(wanted)
        self.depth = self.list_depth = 0
        self.is_list = self.is_seen = False
        self.is_first = True
        self.last = b""
        self.opened: list[bytes] = []
        self.is_opened = False

    @property
    def is_between(self) -> bool:
        """Whether the scan stands in the list of records and in none of them."""
        return self.is_list and self.depth == self.list_depth

    def take(self, token: bytes) -> None:
        """Take a string or a bracket."""
        if token[:1] == b'"':
            self.last = token
        elif token in (b"{", b"["):
            self._open(token)
        else:
            self._close(token)

    def _open(self, token: bytes) -> None:
        self.depth += 1
        self.is_opened = True
        self.opened.append(token)
        if self.depth > DEEPEST * 4:
            raise damaged("The text is nested too deep.")
        is_bare = token == b"[" and self.depth == 1 and not self.is_named
        if token == b"[" and not self.is_seen and (is_bare or (self.depth == UNDER_A_PAGE and self._is_wanted())):
            self.is_list = self.is_seen = True
            self.list_depth = self.depth

    def _is_wanted(self) -> bool:
        return self.last[1:-1].decode("utf-8", "replace") in self.wanted

    def _close(self, token: bytes) -> None:
        if not self.opened or self.opened.pop() != (b"{" if token == b"}" else b"["):
            raise damaged("The brackets of the text do not match.")
        if self.is_between:
            self.is_list = False
        self.depth -= 1

    def check_end(self, line: int) -> None:
        """Refuse what stands behind the end of the text: a second list would be lost without a word."""
        if self.is_opened and not self.opened:
            raise damaged("Something stands behind the end of the JSON.", line)

    def finish(self, line: int, rest: bytes) -> None:
        """Judge the end of the text."""
        if rest.strip(BLANK):
            raise damaged("Something stands behind the end of the JSON.", line)
        if self.opened:
            raise damaged("The text ends before its brackets do.", line)
        if not self.is_seen:
            names = ", ".join(self.wanted)
            raise RefusedError("E-131", "The text holds no list of records.", expected=f"a list, or one named {names}")
