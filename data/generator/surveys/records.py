"""Each row of an invented file knows what it means, what is written in its cells, and what must become of it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Test = Callable[[dict[str, Any]], bool]
LANDED, REFUSED = "landed", "refused"


@dataclass
class Record:
    """One row of a file.

    Attributes:
        values: Canonical column -> value that the row means.
        cells: Canonical column -> what is written instead, where a defect is planted; a tuple fills several cells.
        codes: Reason codes that the row must get; none for a right one.
        fate: `landed` or `refused`.
        note: What was planted, in one sentence; empty for a right row.
    """

    values: dict[str, Any]
    cells: dict[str, Any] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    fate: str = LANDED
    note: str = ""


@dataclass
class Table:
    """The rows of one table of a file; `first_line` is where the first of them stands, from 1."""

    records: list[Record]
    first_line: int = 2

    @property
    def landed(self) -> list[dict[str, Any]]:
        """Values of the rows that must land."""
        return [record.values for record in self.records if record.fate == LANDED]


@dataclass
class Delivery:
    """One invented file."""

    source: str
    file: str
    tables: dict[str, Table]

    def landed(self, table: str = "rows") -> list[dict[str, Any]]:
        """Values of the rows of a table that must land."""
        return self.tables[table].landed


class Planter:
    """Plants defects into rows, each row at most once; right values stay known beside them."""

    def __init__(self, records: list[Record], rng: random.Random, may: Test = lambda _values: True) -> None:
        """Keep the rows and which of them may be spoiled."""
        self._records, self._rng, self._may = records, rng, may

    def wrong(
        self, note: str, codes: Sequence[str], cells: dict[str, Any], test: Test = lambda _values: True
    ) -> Record:
        """Write cells for which a row must be refused."""
        return self._mark(note, codes, cells, test, REFUSED)

    def odd(self, note: str, codes: Sequence[str], cells: dict[str, Any], test: Test = lambda _values: True) -> Record:
        """Write cells that must be mended or only warned about; the row lands with its right values."""
        return self._mark(note, codes, cells, test, LANDED)

    def _mark(self, note: str, codes: Sequence[str], cells: dict[str, Any], test: Test, fate: str) -> Record:
        record = self._pick(test)
        record.cells = {name: cell(record.values[name]) if callable(cell) else cell for name, cell in cells.items()}
        record.codes, record.fate, record.note = tuple(codes), fate, note
        return record

    def _pick(self, test: Test) -> Record:
        free = [one for one in self._records if not one.note and self._may(one.values) and test(one.values)]
        return self._rng.choice(free)


def counts(delivery: Delivery) -> dict[str, Any]:
    """Return verdict and number of rows read, landed and refused over all tables of a file."""
    read = sum(len(table.records) for table in delivery.tables.values())
    landed = sum(len(table.landed) for table in delivery.tables.values())
    return {"verdict": "landed", "read": read, "landed": landed, "refused": read - landed}


def defects(delivery: Delivery) -> list[dict[str, Any]]:
    """Return what is wrong with a file, by table and code, with the lines where it stands."""
    found: dict[tuple[str, str], list[int]] = {}
    for name, table in delivery.tables.items():
        for line, record in enumerate(table.records, start=table.first_line):
            for code in record.codes:
                found.setdefault((name, code), []).append(line)
    place = {"source": delivery.source, "file": delivery.file}
    return [
        {**place, "table": table, "code": code, "lines": found[table, code], "rows": len(found[table, code])}
        for table, code in sorted(found)
    ]
