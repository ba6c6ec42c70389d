"""What a reader hands over: every table of a received file as raw text, with its place in the file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

GROUP_ROWS, GROUP_BYTES = 122_880, 48 << 20  # rows that are worked on together: a row group of parquet
ARROW = ".arrow"


@dataclass(frozen=True)
class BadRow:
    """A record whose structure is broken, for example with too many cells.

    Attributes:
        line: Line in the file, or row in the sheet.
        code: Reason code, for example E-312.
        text: The record as received; goes to the vault only.
    """

    line: int
    code: str
    text: str


@dataclass(frozen=True)
class RawTable:
    """One table of a received file.

    Attributes:
        name: `rows`, or the name of a repeat group.
        sheet: Sheet of a workbook; empty for text files.
        header: Header texts as received; several header rows joined with ` / `.
        path: Parquet or Arrow file with `_row` (record number from 1), `_line` (line in the file or row in the
            sheet) and `c0`..`cN` (raw text; null where empty), one column per header text.
        rows: Number of records, broken ones included.
        bad_rows: Broken records; they are not in the file.
    """

    name: str
    sheet: str
    header: tuple[str, ...]
    path: Path
    rows: int
    bad_rows: tuple[BadRow, ...] = ()

    @property
    def is_arrow(self) -> bool:
        """Whether its columns stand in the file as they do in memory: text files are large, and this is the least."""
        return self.path.suffix == ARROW

    def shown_to(self, connection: "DuckDBPyConnection") -> str:
        """Return the SQL source of `_row`, `_line` and the cells for a connection, which is shown the table first."""
        if not self.is_arrow:
            return "read_parquet('" + self.path.as_posix().replace("'", "''") + "')"
        connection.register(f"raw_{self.name}", Rows(self))
        return f"raw_{self.name}"

    def batches(self, *, is_seen: bool = False) -> Iterator["pa.RecordBatch"]:
        """Yield the rows as they stand in the file; what another process wrote is looked through if nobody has yet."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self.is_arrow:
            with pq.ParquetFile(self.path) as file:
                for number in range(file.num_row_groups):
                    yield from file.read_row_group(number).combine_chunks().to_batches()
            return
        with pa.OSFile(str(self.path)) as file:
            reader = pa.ipc.open_file(file)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                if not is_seen:
                    batch.validate(full=True)
                yield batch

    def chosen(self, numbers: "np.ndarray") -> Iterator["pa.RecordBatch"]:
        """Yield rows of a table that was read before by their sorted numbers, in order, at least one batch."""
        import pyarrow as pa

        held, size = [], 0
        for batch in self.batches(is_seen=True):
            held.append(batch.filter(pa.array(is_among(batch["_row"].to_numpy(), numbers))))
            size += held[-1].nbytes
            if size >= GROUP_BYTES:
                yield one_batch(pa.Table.from_batches(held))
                held, size = [], 0
        yield one_batch(pa.Table.from_batches(held, self.schema))

    def groups(self) -> Iterator["pa.RecordBatch"]:
        """Yield the rows about a row group at a time, at least one batch."""
        import pyarrow as pa

        held: list[pa.RecordBatch] = []
        rows = size = 0
        is_first = True
        for batch in self.batches():
            held.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows >= GROUP_ROWS or size >= GROUP_BYTES:
                whole = pa.Table.from_batches(held)
                group = min(rows, GROUP_ROWS)
                yield one_batch(whole[:group])
                is_first = False
                held = whole[group:].to_batches()
                rows, size = rows - group, sum(one.nbytes for one in held)
        if rows or is_first:
            yield one_batch(pa.Table.from_batches(held, self.schema))

    @cached_property
    def schema(self) -> "pa.Schema":
        """Names and types of the columns."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self.is_arrow:
            return pq.read_schema(self.path).remove_metadata()
        with pa.OSFile(str(self.path)) as file:
            return pa.ipc.open_file(file).schema


@dataclass(frozen=True)
class Rows:
    """The rows of a table for an engine that asks for Arrow: read anew for each query, a batch at a time."""

    table: RawTable

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return the rows as a stream of Arrow's C interface."""
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_batches(self.table.schema, self.table.batches())
        return reader.__arrow_c_stream__(requested_schema)


def is_among(rows: "np.ndarray", numbers: "np.ndarray") -> "np.ndarray":
    """Return which of a few rows are among sorted numbers; those beyond them are not looked at, of millions as many."""
    import numpy as np

    if not rows.size:
        return np.zeros(0, bool)
    first, last = np.searchsorted(numbers, rows.min()), np.searchsorted(numbers, rows.max(), "right")
    return np.isin(rows, numbers[first:last])


def one_batch(table: "pa.Table") -> "pa.RecordBatch":
    """Return all rows of a table in one batch, none too."""
    import pyarrow as pa

    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


@dataclass(frozen=True)
class RawFile:
    """All tables of a received file, and what an independent count says about their records.

    Attributes:
        lists: Paths of the lists of records within the records of a JSON.
    """

    tables: dict[str, RawTable]
    encoding: str = ""
    sheets: tuple[str, ...] = ()
    rows_counted: dict[str, int] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
