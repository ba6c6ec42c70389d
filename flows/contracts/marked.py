"""A YAML or CSV file is read as plain values together with the line on which each of them stands."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from flows.errors import Finding, Place

Steps = tuple[str | int, ...]


class WrongFileError(Exception):
    """A contract file cannot be read; carries the finding that says where."""

    def __init__(self, finding: Finding) -> None:
        """Keep the finding."""
        self.finding = finding
        super().__init__(finding.text)


@dataclass(frozen=True)
class Document:
    """A YAML file: its values, and the line of each value by its steps from the top."""

    path: Path
    value: dict[str, Any]
    lines: dict[Steps, int] = field(default_factory=dict)

    def line(self, *steps: str | int) -> int:
        """Return the line of a value, or of the nearest value around it."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)


@dataclass(frozen=True)
class Sheet:
    """A CSV file: its header, and each row with the line on which it begins."""

    path: Path
    header: tuple[str, ...] = ()
    rows: tuple[tuple[int, dict[str, str]], ...] = ()


def wrong(path: Path, line: int, text: str, expected: str = "") -> Finding:
    """Return the finding E-409 at a line of a contract file."""
    return Finding("E-409", text, Place(file=str(path), line=line), expected=expected)


def read_document(path: Path) -> Document:
    """Read a YAML file whose top is a mapping.

    Raises:
        WrongFileError: Not YAML, not a mapping, a key twice, or not UTF-8.
    """
    text = _text(path)
    try:
        loader = yaml.CSafeLoader(text)
        node = loader.get_single_node()
        value = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "is not valid YAML"
        raise WrongFileError(wrong(path, mark.line + 1 if mark else 1, f"Not valid YAML: {problem}.")) from error
    if not isinstance(value, dict) or node is None:
        raise WrongFileError(wrong(path, 1, "The file is not a list of `name: value` pairs."))
    return Document(path, value, dict(_marks(path, node, ())))


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file with a header; cells are stripped texts.

    Raises:
        WrongFileError: Not UTF-8, no header, a header twice, or a row of another length.
    """
    reader = csv.reader(_text(path).splitlines(keepends=True), strict=True)
    rows = []
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
        _check_header(path, header)
        start = reader.line_num + 1
        for cells in reader:
            if any(cells):
                rows.append((start, _row(path, start, header, cells)))
            start = reader.line_num + 1
    except csv.Error as error:
        raise WrongFileError(wrong(path, reader.line_num, f"Not valid CSV: {error}.")) from error
    return Sheet(path, header, tuple(rows))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise WrongFileError(wrong(path, line, "The file is not UTF-8.")) from error
    except OSError as error:
        raise WrongFileError(wrong(path, 1, f"The file cannot be read ({error.strerror}).")) from error


def _marks(path: Path, node: yaml.Node, steps: Steps) -> Iterator[tuple[Steps, int]]:
    yield steps, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _marks(path, item, (*steps, index))
    if isinstance(node, yaml.MappingNode):
        names = set()
        for key, item in node.value:
            if key.value in names:
                raise WrongFileError(wrong(path, key.start_mark.line + 1, f"`{key.value}` stands twice."))
            names.add(key.value)
            yield from _marks(path, item, (*steps, key.value))
            yield (*steps, key.value), key.start_mark.line + 1


def _check_header(path: Path, header: tuple[str, ...]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if not header or twice:
        what = f"names a column twice: {', '.join(twice)}" if header else "is missing"
        raise WrongFileError(wrong(path, 1, f"The header {what}."))


def _row(path: Path, line: int, header: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        text = f"The row has {len(cells)} cells, the header has {len(header)}."
        raise WrongFileError(wrong(path, line, text))
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
