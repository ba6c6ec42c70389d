"""A ministry's records become the cells of its file: its own headers, words, dates, numbers and signs for empty."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from data.generator.writers import Cell, Sheet, write_csv, write_xlsx

EXPECTATIONS = Path(__file__).resolve().parents[2] / "expectations"
BODY_NAMES = {"MOA": "agriculture", "MOC": "construction", "MHE": "education", "UZ": "service"}
TRUTH_WORDS = {"MOA": ("да", "нет"), "MOC": ("ha", "yoʻq"), "MHE": ("ҳа", "йўқ"), "UZ": ("ha", "yoʻq")}
GZIP = ".gz"
PART = " / "  # between the header rows of a column


@dataclass
class Line:
    """One row of a file.

    Attributes:
        cells: Canonical column -> cell as written.
        record: What the row says where it lands; None where it says nothing.
        code: What is wrong with it; empty where nothing is. A `W` row lands.
        surplus: Cells after the last column.
    """

    cells: dict[str, Cell]
    record: Any
    code: str = ""
    surplus: tuple[Cell, ...] = ()

    @property
    def lands(self) -> bool:
        """Whether the row enters the lake."""
        return self.record is not None and self.code[:1] in ("", "W")


@dataclass(frozen=True)
class HouseStyle:
    """How one source writes its file, as its contract says.

    Attributes:
        headers: Canonical column -> header text, in the order of the file; of one version of the column map.
        words: Canonical column -> canonical code -> the sender's word.
    """

    source: str
    ministry: str
    headers: dict[str, str]
    words: dict[str, dict[str, str]]
    file: dict[str, Any]

    @property
    def is_workbook(self) -> bool:
        """Whether the file is a workbook."""
        return self.file["format"] == "xlsx"

    @property
    def first_line(self) -> int:
        """Line of the first row below the header."""
        return self.file.get("title_rows", 0) + self.file.get("header_rows", 1) + 1

    def file_name(self, period: date, known_from: date) -> str:
        """Return the name of a file about a day, sent on another."""
        kind = self.source.split("_")[0]
        packed = GZIP if self.file["name"].endswith(GZIP.replace(".", r"\.")) else ""
        return f"{kind}_asof{period}_sent{known_from}.{self.file['format']}{packed}"

    @property
    def empty(self) -> str:
        """The word for a value that is not known."""
        return self.file["missing"][0]

    def code(self, column: str, code: str) -> Cell:
        """Return the sender's word for a code."""
        return self.words[column][code] if code else self.empty

    def day(self, day: date | None) -> Cell:
        """Return a date as the sender writes it; None stays empty."""
        if day is None:
            return None
        if self.is_workbook:
            return datetime(day.year, day.month, day.day)
        return day.strftime(self.file["date_formats"][0])

    def number(self, number: float) -> Cell:
        """Return a number as the sender writes it."""
        return number if self.is_workbook else f"{number:g}".replace(".", self.file.get("decimal", "."))

    def truth(self, *, value: bool) -> Cell:
        """Return yes or no in the sender's language."""
        return TRUTH_WORDS[self.ministry][0 if value else 1]


@dataclass(frozen=True)
class SampleFile:
    """A file of the sample: its rows, and below which title and beside which notes they stand."""

    style: HouseStyle
    name: str
    known_from: date
    lines: Sequence[Line]
    title: str = ""
    notes: Sequence[Sequence[Cell]] = field(default_factory=tuple)
    refused_for: str = ""

    @property
    def key(self) -> str:
        """Source and name, as the truths name the file."""
        return f"{self.style.source}/{self.name}"

    @property
    def landed(self) -> list[Any]:
        """Records of the rows that land."""
        return [] if self.refused_for else [line.record for line in self.lines if line.lands]

    def counts(self) -> dict[str, Any]:
        """Return verdict and number of rows read, landed and refused."""
        read, landed = len(self.lines), len(self.landed)
        verdict = "refused" if self.refused_for else "landed"
        return {"verdict": verdict, "read": read, "landed": landed, "refused": read - landed}

    def defects(self) -> list[dict[str, Any]]:
        """Return what is wrong with the file, by code, with the lines where it stands."""
        found: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines, start=self.style.first_line):
            if line.code:
                found.setdefault(line.code, []).append(number)
        place = {"source": self.style.source, "file": self.name}
        if self.refused_for:
            return [{**place, "code": self.refused_for, "lines": [], "rows": len(self.lines)}]
        return [{**place, "code": code, "lines": found[code], "rows": len(found[code])} for code in sorted(found)]

    def write(self, inbox: Path) -> None:
        """Write the file to the folder of its source."""
        path = inbox / self.style.source / self.name
        rows = [[*(line.cells.get(column) for column in self.style.headers), *line.surplus] for line in self.lines]
        if self.style.is_workbook:
            self._write_workbook(path, rows)
        else:
            header = [*self.style.headers.values()]
            file = self.style.file
            write_csv(path, [header, *rows], file.get("delimiter", ","), file.get("encoding", "utf-8"))

    def _write_workbook(self, path: Path, rows: list[list[Cell]]) -> None:
        """Write the title over all columns, the header, the rows with their number in front, and the notes."""
        parts = [("T/r",), *(tuple(header.split(PART)) for header in self.style.headers.values())]
        depth = self.style.file.get("header_rows", 1)
        header = _header_rows(parts, depth)
        numbered = [[number, *row] for number, row in enumerate(rows, start=1)]
        width = len(parts)
        sheet = self.style.file["sheet"]
        merges = [(0, 0, 0, width - 1), *_groups(parts, depth)]
        title: list[Cell] = [self.title, *[None] * (width - 1)]
        sheets = [Sheet(sheet, [title, *header, *numbered], merges)]
        write_xlsx(path, [*sheets, Sheet("Izohlar", self.notes)] if self.notes else sheets)


def read_style(kind: str, ministry: str, version: int = -1) -> HouseStyle:
    """Read from the contract of a source how it writes its files, by one version of its headers or by the newest."""
    source = f"{kind}_{BODY_NAMES[ministry]}"
    text = (EXPECTATIONS / "sources" / f"{source}.yml").read_text(encoding="utf-8")
    contract = yaml.safe_load(text)
    with (EXPECTATIONS / "column_maps" / f"{source}.csv").open(encoding="utf-8", newline="") as file:
        versions = {int(row.pop("version")): row for row in csv.DictReader(file)}
    headers = {name: text for name, text in versions.get(version, versions[max(versions)]).items() if text}
    words = {column: _by_code(codes) for column, codes in contract.get("values", {}).items()}
    return HouseStyle(source, ministry, headers, words, contract["file"])


def _by_code(codes: dict[str, str]) -> dict[str, str]:
    """Return the first word of each code."""
    words: dict[str, str] = {}
    for word, code in codes.items():
        words.setdefault(code, word)
    return words


def _header_rows(parts: list[tuple[str, ...]], depth: int) -> list[list[Cell]]:
    """Return the header rows; a group stands over its first column, a lone header in the last row."""
    rows: list[list[Cell]] = [[None] * len(parts) for _ in range(depth)]
    for column, names in enumerate(parts):
        for place, name in enumerate(names):
            is_group = place < len(names) - 1
            if not is_group or column == 0 or parts[column - 1][:1] != names[:1]:
                rows[place if is_group else depth - 1][column] = name
    return rows


def _groups(parts: list[tuple[str, ...]], depth: int) -> list[tuple[int, int, int, int]]:
    """Return the merged ranges of the groups, which stand in the second row of the sheet."""
    if depth == 1:
        return []
    names = [part[0] if len(part) > 1 else "" for part in parts]
    starts = [column for column, name in enumerate(names) if name and names[column - 1] != name]
    return [(1, start, 1, start + names.count(names[start]) - 1) for start in starts]
