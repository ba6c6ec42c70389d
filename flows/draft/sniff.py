"""How a file is written is known from its bytes and first rows: format, encoding, delimiter, sheet, header block."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flows.contracts.model import Contract, FileStyle, Kind
from flows.draft.questions import summed, tool_of, tool_values, worded
from flows.errors import Place, QdeepError
from flows.intake.evidence import likeliest, unmarked_utf16
from flows.intake.formats import FORMATS, GZIP, OLE, SQLITE, ZIP
from flows.intake.headings import IMPORT_ID
from flows.intake.inside.records import LINKS
from flows.intake.limits import CHUNK
from flows.intake.raw import RawFile, RawTable
from flows.intake.read import read_tables
from flows.settings import Settings

HEAD_BYTES = 1 << 18
DELIMITERS = ",;\t|"
HEADER_LINES = 15  # how far down a header may begin
PARTS = {"xl/workbook.xml": "xlsx", "workbook.xml": "xlsx", "xl/workbook.bin": "xlsb", "content.xml": "ods"}
# How a log of objects begins: OCEL 2.0, then 1.0, which its reader refuses by name.
OBJECTS = (b'"objectTypes"', b"<object-types", b'"ocel:global-', b'"ocel:events"', b'scope="object"')
VALUE = re.compile(r"[+-]?\d[\d .,/:TZ+-]*%?|true|false|\S+@\S+\.\w+")
ROWS_MOST = 50_000
NAMED_BELOW = ("ResponseID", "ResponseSet", "Response", "Open-Ended Response")  # in the second of two header rows
RECORDS = ("json", "jsonl")
SHEET_OF_CODES = ("id", "submitdate")  # second row of LimeSurvey's VV file: the codes below the wordings


@dataclass(frozen=True)
class Group:
    """A further table whose rows name the submission that they belong to.

    Attributes:
        links: What a contract says of the sheet: its columns that link and order the rows. Rows of a list in JSON
            have no column that links them: `parent` is one of the main table, chosen later where no tool says it.
    """

    links: dict[str, str]
    header: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Sniffed:
    """A file as it was read: its style, its header, and the first rows with their lines.

    Attributes:
        sheets: All sheets of a workbook.
        is_case_told: Whether a person has named the type of object that is a case; is_sheet_told likewise.
        worded: Survey tool that heads its own columns by wordings here, where it could by names; empty where none does.
        summed: Survey tool that wrote sums here, a sheet for each question, where it could write answers.
        repeats: Sheet of a repeat group, or path of a list of records -> the table in it.
    """

    style: FileStyle
    header: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    count: int
    is_case_told: bool = False
    is_sheet_told: bool = False
    worded: str = ""
    summed: str = ""
    tool: str = ""
    tool_values: dict[str, Any] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    repeats: dict[str, Group] = field(default_factory=dict)


def sniff(path: Path, settings: Settings, folder: Path, case: str = "", sheet: str = "") -> Sniffed:
    """Read a file of unknown kind; `case` is the type of object that is one, `sheet` the one that holds the rows.

    In an archive of several texts `sheet` is the one that holds them.

    Raises:
        QdeepError: E-104 where no format fits, and whatever reading itself refuses.
    """
    style = _style(path, sheet)
    style = replace(style, member=sheet) if _is_by_member(style) else replace(style, sheet=sheet)
    if FORMATS[style.format].is_text or FORMATS[style.format].is_book:
        style = _with_header(path, style, settings, folder)
    if style.format == "ocel":
        style = replace(style, case=case) if case else _with_case(path, style, settings, folder)
    raw = _read_file(path, style, settings, folder)
    table = raw.tables["rows"]
    tool = tool_of(table.header, settings)
    values = tool_values(tool, settings) if tool else {}
    found = Sniffed(replace(style, sheet=table.sheet), table.header, tuple(rows_of(table)), table.rows)
    found = replace(found, tool=tool, tool_values=values, worded=worded(table.header, settings))
    found = replace(found, summed=summed(tuple(raw.sheets), settings))
    found = replace(found, sheets=tuple(raw.sheets), is_case_told=bool(case), is_sheet_told=bool(sheet))
    if style.format in RECORDS:
        return replace(found, repeats=_lists(path, raw, found, settings, folder))
    others = _others(path, raw, style) if "repeat" in values else {}
    groups = {name: _group(path, one, name, values["repeat"], settings, folder) for name, one in others.items()}
    return replace(found, repeats={name: one for name, one in groups.items() if one})


def _is_by_member(style: FileStyle) -> bool:
    """Return whether each table is a member of an archive, and no sheet of a workbook in it."""
    return bool(style.packing) and not FORMATS[style.format].is_book


def _others(path: Path, raw: RawFile, style: FileStyle) -> dict[str, FileStyle]:
    """Return how each further table is read: a sheet of the workbook, or a member named after the main one."""
    if not (_is_by_member(style) and FORMATS[style.format].is_text):
        return {sheet: replace(style, sheet=sheet) for sheet in raw.sheets if sheet != raw.tables["rows"].sheet}
    with zipfile.ZipFile(path) as archive:
        paths = [Path(name) for name in archive.namelist() if name.lower().endswith(FORMATS[style.format].suffixes)]
    named = [one for one in paths if style.member in (one.as_posix(), one.name)]
    main = min(named or paths, key=lambda one: len(one.as_posix()))
    beside = [one for one in paths if one.stem.startswith(f"{main.stem}-")]
    return {one.stem.removeprefix(f"{main.stem}-"): replace(style, member=one.as_posix()) for one in beside}


def _lists(path: Path, raw: RawFile, file: Sniffed, settings: Settings, folder: Path) -> dict[str, Group]:
    """Return the lists of records within records, those in one another too, without what the tool itself lists."""
    own = [re.compile(pattern) for pattern in file.tool_values.get("own", ())]
    links = file.tool_values.get("repeat", {}) | {"order": LINKS[0]}
    told: list[str] = []
    while wanted := [one for one in raw.lists if not any(sign.search(one.split("/")[0]) for sign in own)]:
        if wanted == told:
            break
        told, names = wanted, {f"list{number}": one for number, one in enumerate(wanted)}
        repeats = {name: {"sheet": one, "parent": ""} for name, one in names.items()}
        raw = _read_file(path, replace(file.style, repeats=repeats), settings, folder)
    return {one: _listed(raw.tables[f"list{number}"], {"sheet": one} | links) for number, one in enumerate(told)}


def _listed(table: RawTable, links: dict[str, str]) -> Group:
    """Return a list of records without the columns that reading it adds."""
    places = [place for place, name in enumerate(table.header) if name not in (*LINKS, "")]
    rows = tuple(tuple(row[place] for place in places) for row in rows_of(table))
    return Group(links, tuple(table.header[place] for place in places), rows)


def _group(  # noqa: PLR0913, PLR0917 - a table, how it is read, and what its tool says of links
    path: Path, style: FileStyle, sheet: str, signs: dict[str, str], settings: Settings, folder: Path
) -> Group | None:
    """Return the repeat group that a further table holds; none where it is empty or names no submission."""
    try:
        table = _read(path, replace(style, title_rows=0, header_rows=1), settings, folder)
    except QdeepError as error:
        if error.finding.code not in ("E-101", "E-133"):
            raise
        return None
    links = {what: name for what, name in signs.items() if name in table.header}
    is_linked = signs["parent"] in table.header
    return Group({"sheet": sheet} | links, table.header, tuple(rows_of(table))) if is_linked else None


def _style(path: Path, member: str = "") -> FileStyle:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(ZIP):
        return _zipped(path, member)
    if head.startswith(GZIP):
        return _gzipped(path)
    if head.startswith(OLE):
        return FileStyle(format="xls")
    for name in ("sav", "parquet"):
        if head.startswith(FORMATS[name].heads):
            return FileStyle(format=name)
    return FileStyle(format="ocel") if head.startswith(SQLITE) else _written(head)


def _written(head: bytes) -> FileStyle:
    """Return how a file of signs is written, gzipped or not."""
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if any(mark in bare for mark in OBJECTS):
        return FileStyle(format="ocel")
    if bare.startswith(b"<") and b"<log" in bare:
        return FileStyle(format="xes")
    if bare.startswith((b"{", b"[")):
        return FileStyle(format="jsonl" if _is_lines(bare) else "json")
    return _text(head)


def _with_case(path: Path, style: FileStyle, settings: Settings, folder: Path) -> FileStyle:
    """Take the type of object that most events have for the case, where a log has several."""
    try:
        _read(path, style, settings, folder)
    except QdeepError as error:
        first = error.finding.expected.rpartition("one of ")[2].partition(",")[0]
        if error.finding.code != "E-132" or not first:
            raise
        return replace(style, case=first)
    return style


def _gzipped(path: Path) -> FileStyle:
    import gzip

    with gzip.open(path) as file:
        return _written(file.read(HEAD_BYTES))


def _is_lines(bare: bytes) -> bool:
    first, _, rest = bare.partition(b"\n")
    return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")


def _zipped(path: Path, member: str) -> FileStyle:
    try:
        names = zipfile.ZipFile(path).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise QdeepError("E-106", "The archive is cut short or damaged.", Place(file=path.name)) from error
    inner = next((form for part, form in PARTS.items() if part in names), "")
    if inner:
        return FileStyle(format="xlsm" if path.suffix.lower() == ".xlsm" else inner)
    names = [name for name in names if member in (name, Path(name).name)] or names
    for form, one in FORMATS.items():
        if any(name.lower().endswith(one.suffixes) for name in names):
            return _packed(path, names, form)
    raise QdeepError("E-104", "The archive holds no file that could be read.", Place(file=path.name))


def _packed(path: Path, names: list[str], form: str) -> FileStyle:
    if not FORMATS[form].is_text:
        return FileStyle(format=form, packing="zip")
    member = min((name for name in names if name.lower().endswith(FORMATS[form].suffixes)), key=len)
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        return replace(_text(file.read(HEAD_BYTES)), packing="zip")


def _text(head: bytes) -> FileStyle:
    encoding = encoding_of(head)
    text = head.decode(encoding, "replace")
    lines = text.splitlines()[:-1] or text.splitlines()
    delimiter = max(DELIMITERS, key=lambda sign: _steadiness(lines[:200], sign))
    return FileStyle(format="tsv" if delimiter == "\t" else "csv", encoding=encoding, delimiter=delimiter)


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text: by its mark, as UTF-8 where it is that, else by its words."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if unmarked := unmarked_utf16(head):
        return unmarked
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode("utf-8")
    except UnicodeDecodeError:
        return likeliest(head)[0] or "cp1251"
    return "utf-8"


def _steadiness(lines: list[str], sign: str) -> float:
    """Return how many cells most records have, less where they differ."""
    sizes = [len(record) for record in csv.reader(io.StringIO("\n".join(lines)), delimiter=sign) if record]
    most = max(set(sizes), key=lambda size: (sizes.count(size) * (size > 1), size), default=0)
    return sizes.count(most) / len(sizes) * (most > 1) + most / 1000 if sizes else 0


def _with_header(path: Path, style: FileStyle, settings: Settings, folder: Path) -> FileStyle:
    """Find title and header rows: the header ends where the first row with values begins."""
    grid = _grid(path, style, settings, folder)
    filled = [(line, [cell for cell in row if cell]) for line, row in grid[: HEADER_LINES + 1]]
    # A title that is merged over the columns stands in each of them.
    starts = [line for line, cells in filled if len(set(cells)) > 1 or len(grid[0][1]) == 1]
    first = starts[0] if starts else 1
    rows = dict(grid)
    names = [(cell or "").strip() for cell in rows.get(first, [])]
    if {*SHEET_OF_CODES} <= set(rows.get(first + 1, [])):
        return replace(style, title_rows=first, header_rows=1)
    if any(IMPORT_ID in (cell or "") for cell in rows.get(first + 2, [])):
        is_told_apart = len(set(names)) == len(names)
        return replace(style, title_rows=first - 1, header_rows=3, header_row=1 if is_told_apart else 3)
    if _is_upper(rows.get(first + 1, [])):
        return replace(style, title_rows=first - 1, header_rows=2)
    if all(names) and len(set(names)) == len(names) > 1:
        return replace(style, title_rows=first - 1, header_rows=1)  # each column has its name: what follows are rows
    data = next((line for line, cells in filled if line > first and any(map(VALUE.fullmatch, cells))), first + 1)
    return replace(style, title_rows=first - 1, header_rows=min(3, data - first) or 1)


def _is_upper(row: list[str | None]) -> bool:
    """Return whether a second row names columns too: older exports of Qualtrics and all of SurveyMonkey do so."""
    return any(cell in NAMED_BELOW for cell in row)


def _grid(path: Path, style: FileStyle, settings: Settings, folder: Path) -> list[tuple[int, list[str | None]]]:
    """Return the first rows, header rows among them, with their lines."""
    if FORMATS[style.format].is_text and not style.packing and not _is_gzip(path):
        with path.open("rb") as file:
            text = file.read(CHUNK).decode(style.encoding, "replace").removeprefix("\ufeff")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=style.delimiter)
        return [(number, [*row]) for number, row in zip(range(1, HEADER_LINES + 2), reader, strict=False)]
    for title in range(HEADER_LINES):
        try:
            table = _read(path, replace(style, title_rows=title), settings, folder)
        except QdeepError as error:
            if error.finding.code != "E-101":
                raise
            continue
        return [(title + 1, [*table.header]), *_with_lines(table)]
    raise QdeepError("E-101", "The file holds no header.", Place(file=path.name), "a header and rows")


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP


def _read(path: Path, style: FileStyle, settings: Settings, folder: Path) -> RawTable:
    return _read_file(path, style, settings, folder).tables["rows"]


def _read_file(path: Path, style: FileStyle, settings: Settings, folder: Path) -> RawFile:
    contract = Contract("draft", Kind("draft", {}, "", ()), 1, Path("draft.yml"), {}, file=style)
    return read_tables(path, contract, settings, folder)


def _with_lines(table: RawTable) -> list[tuple[int, list[str | None]]]:
    return [(line, cells) for _, line, *cells in _first(table, HEADER_LINES)]


def rows_of(table: RawTable) -> list[tuple[str | None, ...]]:
    """Return the cells of the first rows."""
    return [tuple(cells) for _, _, *cells in _first(table, ROWS_MOST)]


def _first(table: RawTable, rows: int) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect() as connection:
        return connection.execute(f"select * from {table.shown_to(connection)} order by _row limit {rows}").fetchall()
