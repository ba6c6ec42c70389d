"""What became of a hostile file, told in one line; and whether it is what must become of it."""

import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from flows.errors import QdeepError
from flows.intake.raw import RawTable
from tests.hostile.case import Case
from tests.unit.reading import read, rows
from tests.warm_reader import WarmReader

SECONDS = 25
CHILD_MIB = 1200
OWN_MIB = 300


def fault(case: Case, warm_reader: WarmReader) -> str:
    """Read a hostile file; return what is wrong with the outcome, nothing where it is right."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.bin"
        path.write_bytes(case.data())
        started, warm_reader.peak = time.monotonic(), 0
        try:
            table = read(path, Path(folder), case.limits, **case.style).tables["rows"]
            found = _read_fault(case, table)
        except QdeepError as error:
            found = _refusal_fault(case, error)
        seconds = time.monotonic() - started
    if seconds > SECONDS or warm_reader.peak > CHILD_MIB:
        return f"{found} {seconds:.1f} s, {warm_reader.peak} MB"
    return found


def _refusal_fault(case: Case, error: QdeepError) -> str:
    told = f"{error} {error.finding}"
    quoted = [word for word in case.words if word in told]
    if quoted:
        return f"the message quotes {quoted}"
    return "" if error.finding.code == case.code else f"refused: {error}"


def _read_fault(case: Case, table: RawTable) -> str:
    found = rows(table)
    bad = [(one.line, one.code) for one in table.bad_rows]
    if case.code:
        return f"read {table.rows} rows, header {table.header[:4]}, {str(found[:3])[:200]}"
    if table.rows != len(found) + len(bad):
        return f"{table.rows} rows counted, {len(found)} read, {len(bad)} broken"
    if case.header is not None and list(case.header) != list(table.header):
        return f"header {table.header[:5]}"
    if case.count not in (None, table.rows):
        return f"read {table.rows} rows"
    if case.rows is not None and [list(row) for row in case.rows] != found:
        return f"rows {str(found[:5])[:300]}"
    return "" if list(case.bad) == bad else f"broken {bad[:5]}"


class Memory:
    """Watches the memory of this process while files are read."""

    def __enter__(self) -> Self:
        """Note how much is used before."""
        self.before = self.most = _own_mib()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.ended.wait(0.05):
            self.most = max(self.most, _own_mib())

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.ended.set()
        self.thread.join()

    @property
    def grown(self) -> int:
        """MB that were used at most beyond those before."""
        return self.most - self.before


def _own_mib() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4 >> 10
