"""A few rows of a file are wrong in one known way each, and say so; all others are right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from data.generator.house_styles import Line
from data.generator.writers import Cell

LOOK_ALIKES = str.maketrans("AEHKMOPCTX", "АЕНКМОРСТХ")
NO_BREAK_SPACE = "\u00a0"


def any_line(_line: Line) -> bool:
    """Fit every row."""
    return True


@dataclass(frozen=True)
class Defect:
    """One kind of fault.

    Attributes:
        code: Reason code that the gate gives; empty where it must say nothing.
        spoil: Makes the faulty row from a right one.
        fits: Whether a row can have the fault.
        rows: How many rows get it.
    """

    code: str
    spoil: Callable[[Line], Line]
    fits: Callable[[Line], bool] = any_line
    rows: int = 1


def plant(lines: Sequence[Line], defects: Sequence[Defect], is_free: Callable[[Line], bool]) -> list[Line]:
    """Return the lines with each defect in rows of its own, spread over the file.

    Args:
        lines: Right rows.
        defects: What to plant.
        is_free: Whether a row may be spoiled at all.

    Raises:
        ValueError: No row fits a defect.
    """
    planted = list(lines)
    wanted = [defect for defect in defects for _ in range(defect.rows)]
    taken: set[int] = set()
    for place, defect in enumerate(wanted, start=1):
        start = place * len(lines) // (len(wanted) + 1)
        turn = [*range(start, len(lines)), *range(start)]
        row = next((i for i in turn if i not in taken and is_free(lines[i]) and defect.fits(lines[i])), None)
        if row is None:
            raise ValueError(f"no row fits {defect.code}")
        taken.add(row)
        planted[row] = replace(defect.spoil(lines[row]), code=defect.code)
    return planted


def put(column: str, cell: Cell) -> Callable[[Line], Line]:
    """Return what writes a cell over that of a column."""
    return lambda line: replace(line, cells={**line.cells, column: cell})


def changed(column: str, change: Callable[[str], Cell]) -> Callable[[Line], Line]:
    """Return what changes the text of a column."""
    return lambda line: replace(line, cells={**line.cells, column: change(str(line.cells[column]))})


def look_alike(text: str) -> str:
    """Return an id with Cyrillic letters that look like its first Latin ones."""
    return text[:3].translate(LOOK_ALIKES) + text[3:]


def typed_apostrophe(text: str) -> str:
    """Return a text with the apostrophe of a keyboard."""
    return text.replace("\u02bb", "'").replace("\u02bc", "`")


def spaced(text: str) -> str:
    """Return a text between no-break spaces."""
    return f"{NO_BREAK_SPACE}{text}{NO_BREAK_SPACE} "


def has_apostrophe(column: str) -> Callable[[Line], bool]:
    """Return whether a row's text has an Uzbek apostrophe."""
    return lambda line: any(sign in str(line.cells[column]) for sign in "\u02bb\u02bc")


def doubled(lines: Sequence[Line], row: int) -> list[Line]:
    """Return the lines with one of them once more, right below."""
    return [*lines[: row + 1], replace(lines[row], code="E-306"), *lines[row + 1 :]]
