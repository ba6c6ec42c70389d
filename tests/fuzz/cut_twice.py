"""Records that go through the pipe are those that the csv module finds in what was cut: each cell, in its place."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from flows.contracts.model import FileStyle
from flows.intake.inside import text
from flows.intake.limits import Limits
from flows.intake.piped import Pipe, opened
from flows.intake.raw import ARROW, RawTable
from flows.intake.textscan import TextScan, scan_text
from tests.unit.reading import Kept, places, rows

STYLES = tuple(
    FileStyle(delimiter=delimiter, quote=quote, encoding=encoding)
    for delimiter, quote in ((",", '"'), (";", '"'), ("\t", ""), (";", "'"), ("|", '"'))
    for encoding in ("utf-8", "cp1251", "utf-16")
)


class Both(Kept):
    """Keeps what a text is cut into, and sends it."""

    def __init__(self, pipe: Pipe) -> None:
        """Begin with nothing."""
        super().__init__()
        self.pipe = pipe

    def begin(self, header: tuple[str, ...]) -> None:
        """Send the header."""
        self.pipe.begin(header)

    def take(self, records: bytes, places: np.ndarray, *, has_inner_newlines: bool) -> None:
        """Keep records and send them."""
        super().take(records, places, has_inner_newlines=has_inner_newlines)
        self.pipe.take(records, places, has_inner_newlines=has_inner_newlines)


def fault(path: Path, style: FileStyle, limits: Limits, folder: Path) -> str:
    """Return what is wrong with the rows of a text.

    Raises:
        QdeepError: It is refused.
    """
    target = folder / f"rows{ARROW}"
    with ThreadPoolExecutor(1) as beside, opened(folder) as pipe:
        job = {"pipe": str(pipe.path), "target": str(target), "delimiter": style.delimiter, "quote": style.quote}
        both, reading = Both(pipe), beside.submit(text.read, job)
        pipe.reading = reading
        scan = scan_text(path, style, both, gzipped=False, limits=limits)
        pipe.end()
        found = reading.result()["rows"]
    return _difference(RawTable("rows", "", tuple(found["header"]), target, found["rows"]), both, scan, style)


def _difference(table: RawTable, kept: Kept, scan: TextScan, style: FileStyle) -> str:
    lines = io.StringIO(kept.records.decode(), newline="")
    quoting = csv.QUOTE_MINIMAL if style.quote else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=style.delimiter, quotechar=style.quote or None, quoting=quoting, strict=True)
    whole = [[cell or None for cell in record] or [None] for record in reader]
    shown = [number for number, name in enumerate(scan.header) if name.strip() or any(row[number] for row in whole)]
    expected = [[row[number] for number in shown] for row in whole]
    if rows(table) != expected or list(table.header) != [scan.header[number] for number in shown]:
        return f"{len(expected)} records stand there, {table.rows} were read, or other cells"
    is_whole = table.rows + len(scan.bad_rows) == scan.records and places(table) == kept.places
    return "" if is_whole else f"{table.rows} read, {len(scan.bad_rows)} broken, {scan.records} counted"
