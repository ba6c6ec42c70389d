"""Every contract file of the project and of the contract folders has been read, with the lines of its values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from flows.contracts.marked import Document, Sheet, WrongFileError, read_document, read_sheet, wrong
from flows.errors import Finding
from flows.settings import ROOT, Settings

Read = TypeVar("Read", Document, Sheet)


@dataclass(frozen=True)
class Book:
    """The files of one codebook version; the last two may be left out: a form of one part, and nothing scored."""

    instrument: Document
    items: Sheet
    choices: Sheet
    sections: Sheet | None = None
    indices: Sheet | None = None


@dataclass(frozen=True)
class Folders:
    """Contract files by name, and what could not be read."""

    kinds: dict[str, Document] = field(default_factory=dict)
    sources: dict[str, Document] = field(default_factory=dict)
    maps: dict[str, Sheet] = field(default_factory=dict)
    tools: dict[str, Document] = field(default_factory=dict)
    item_maps: dict[str, Sheet] = field(default_factory=dict)
    merges: dict[str, Sheet] = field(default_factory=dict)
    books: dict[tuple[str, str], Book] = field(default_factory=dict)
    corrections: dict[str, Document] = field(default_factory=dict)
    codes: dict[str, Sheet] = field(default_factory=dict)
    cards: dict[str, Sheet] = field(default_factory=dict)
    seeds: dict[str, Path] = field(default_factory=dict)
    scenarios: dict[str, Document] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def read_folders(settings: Settings, root: Path = ROOT) -> Folders:
    """Read kinds and seeds of the project, and sources, column maps and codebooks of all contract folders.

    Args:
        settings: Names the contract folders; a later folder adds to the earlier ones.
        root: Folder of the project.
    """
    findings: list[Finding] = []
    several = partial(_by_name, findings=findings)
    roots = settings.contracts
    seeds = root / "dbt_project" / "seeds"
    kinds = several(read_document, sorted((root / "expectations" / "kinds").glob("*.yml")))
    sources = several(read_document, _files(roots, "sources/*.yml"))
    maps = several(read_sheet, _files(roots, "column_maps/*.csv"))
    tools = several(read_document, sorted((root / "expectations" / "tools").glob("*.yml")))
    item_maps = several(read_sheet, _files(roots, "item_maps/*.csv"))
    merges = several(read_sheet, _files(roots, "merges/*.csv"))
    corrections = several(read_document, _files(roots, "corrections/*.yml"))
    codes = several(read_sheet, sorted((seeds / "codes").glob("*.csv")))
    cards = several(read_sheet, sorted((seeds / "indicators").glob("indicators.csv")))
    books = _books(_files(roots, "codebooks/*/*/instrument.yml"), findings)
    paths = {path.stem: path for path in sorted(seeds.rglob("*.csv"))}
    scenarios = several(read_document, _files(roots, "scenarios/*.yml"))
    findings += [_missing_folder(folder) for folder in roots if not folder.is_dir()]
    read = (kinds, sources, maps, tools, item_maps, merges, books, corrections, codes, cards, paths, scenarios)
    return Folders(*read, tuple(findings))


def _files(roots: Iterable[Path], pattern: str) -> list[Path]:
    return [path for root in roots for path in sorted(root.glob(pattern)) if not path.name.startswith(".")]


def _by_name(read: Callable[[Path], Read], paths: list[Path], findings: list[Finding]) -> dict[str, Read]:
    """Read files by stem; a stem twice (in two contract folders) is a finding, the first file counts."""
    found: dict[str, Read] = {}
    for path in paths:
        if path.stem in found:
            findings.append(wrong(path, 1, f"`{path.stem}` is there twice; the other is {found[path.stem].path}."))
            continue
        try:
            found[path.stem] = read(path)
        except WrongFileError as error:
            findings.append(error.finding)
    return found


def _books(paths: list[Path], findings: list[Finding]) -> dict[tuple[str, str], Book]:
    books: dict[tuple[str, str], Book] = {}
    for path in paths:
        folder = path.parent
        try:
            sheets = [read_sheet(folder / name) for name in ("items.csv", "choices.csv")]
            more = [folder / name for name in ("sections.csv", "indices.csv")]
            book = Book(read_document(path), *sheets, *(read_sheet(one) if one.exists() else None for one in more))
        except WrongFileError as error:
            findings.append(error.finding)
            continue
        books[(folder.parent.name, folder.name)] = book
    return books


def _missing_folder(folder: Path) -> Finding:
    return wrong(folder, 1, "The contract folder does not exist.", "settings: contracts")
