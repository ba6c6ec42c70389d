"""Rows that land have been written in one pass: to the lake under pseudonyms, and who they are to the vault.

Nothing is asked of an engine: the cells stand as columns, so that this may go on while the second judge looks at them.
"""

import importlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from flows.intake.ahead import in_turn
from flows.intake.persons import Persons
from flows.intake.pseudonym import Hasher
from flows.intake.raw import is_among, one_batch

if TYPE_CHECKING:
    import pyarrow as pa

    Columns = dict[str, pa.Array]

# A dictionary that grows beyond some pages of text costs more than it saves.
DICTIONARY_BYTES = 16 << 10
CODED_BYTES = 2  # of each row: one that stands as a text takes more
MONTH = "month"


@dataclass(frozen=True)
class Landed:
    """A column of what lands: the cells that it is made of, and whether of a day its month alone is kept."""

    name: str
    cells: str
    type: str = "text"
    is_month: bool = False


NUMBER = (Landed("_row", "_row", "integer"),)


@dataclass(frozen=True)
class Landing:
    """What lands of the main table.

    Attributes:
        files: Cells of all rows that are data, a group of rows each, in the order of the file.
        refused: Numbers of the rows that are refused.
        columns: Those of the lake.
        persons: What the review of persons looks at; nothing where there is none.
    """

    files: tuple[Path, ...]
    refused: "np.ndarray" = field(repr=False)
    columns: tuple[Landed, ...]
    persons: tuple[Landed, ...] = ()

    def groups(self) -> Iterator[tuple["pa.RecordBatch", "pa.RecordBatch"]]:
        """Yield the columns of the lake with the number of each row, and those of the review, a group at a time."""
        return map(self.group, self.files)

    def group(self, path: Path) -> tuple["pa.RecordBatch", "pa.RecordBatch"]:
        """Return the columns of the lake and those of the review of one group of rows."""
        import pyarrow as pa

        cells = _cells(path, self.asked, self.coded)
        kept = cells.filter(pa.array(~is_among(cells["_row"].to_numpy(), self.refused)))
        lake, review = (
            pa.RecordBatch.from_pydict({one.name: _made(one, kept[one.cells]) for one in part})
            for part in (self.columns + NUMBER, self.persons)
        )
        return lake, review

    @property
    def asked(self) -> set[str]:
        """Names of the cells that land, with the number of the row."""
        return {one.cells for one in (*self.columns, *self.persons, *NUMBER)}

    @cached_property
    def coded(self) -> frozenset[str]:
        """Names of the texts that stand in all files as a number for each row and a short list of texts."""
        texts = {one.cells for one in (*self.columns, *self.persons) if _type(one) == _type(Landed("", ""))}
        return frozenset(texts.intersection(*map(_short, self.files)))


@dataclass(frozen=True)
class Shelf:
    """Where what lands is written, and under which names.

    Attributes:
        path: File of the lake.
        lineage: What every row says of its delivery.
        hashers: Column of identifiers -> what makes its pseudonyms.
        persons: What makes the file of persons; None for kinds without.
    """

    path: Path
    lineage: dict[str, str]
    hashers: dict[str, Hasher]
    persons: Persons | None = None


def write_landed(landing: Landing, shelf: Shelf) -> int:
    """Write the rows that land, in the order of the file; return their number."""

    def named(path: Path) -> tuple["pa.RecordBatch", "pa.RecordBatch | None"]:
        lake, review = landing.group(path)
        landed = under_pseudonyms(lake, shelf.hashers, shelf.lineage)
        persons = shelf.persons if landing.persons else None
        return landed, persons.of_rows(review, landed[persons.column]) if persons else None

    rows = 0
    with ExitStack() as open_files:
        lake, vault = Writer(shelf.path, "zstd", open_files), None
        for landed, who in in_turn(named, landing.files):
            lake.write(landed)
            rows += landed.num_rows
            if shelf.persons and who is not None:
                vault = vault or Writer(shelf.persons.path, "lz4", open_files)
                vault.write(who)
    return rows


def write_batches(batches: Iterable["pa.RecordBatch"], path: Path, hashers: dict[str, Hasher]) -> int:
    """Write rows as they stand but for identifiers, at least one batch of them; return their number."""
    rows = 0
    with ExitStack() as open_files:
        lake = Writer(path, "zstd", open_files)
        for landed in in_turn(lambda batch: under_pseudonyms(batch, hashers, {}), batches):
            lake.write(landed)
            rows += landed.num_rows
    return rows


class Writer:
    """Writes batches to a parquet file that is made with the first of them."""

    def __init__(self, path: Path, compression: str, open_files: ExitStack) -> None:
        """Take the file and who closes it."""
        self._path, self._compression, self._open_files, self._file = path, compression, open_files, None

    def write(self, batch: "pa.RecordBatch") -> None:
        """Write a batch as a row group."""
        import pyarrow.parquet as pq

        if self._file is None:
            options: dict[str, Any] = {
                "dictionary_pagesize_limit": DICTIONARY_BYTES,
                "store_schema": False,
                "write_statistics": False,  # each build reads all rows
            }
            writer = pq.ParquetWriter(self._path, batch.schema, compression=self._compression, **options)
            self._file = self._open_files.enter_context(writer)
        if batch.num_rows:
            self._file.write_batch(batch)


def under_pseudonyms(batch: "pa.RecordBatch", hashers: dict[str, Hasher], lineage: dict[str, str]) -> "pa.RecordBatch":
    """Return rows with pseudonyms in the place of identifiers, and before their number what each says of itself."""
    import pyarrow as pa

    columns = {name: batch[name] for name in batch.schema.names if name != "_row"}
    made = {name: hashers[name].of_column(one) if name in hashers else one for name, one in columns.items()}
    told = {name: _same(text, batch.num_rows) for name, text in lineage.items()}
    return pa.RecordBatch.from_pydict(made | told | {"_row": batch["_row"]})


def _same(text: str, rows: int) -> "pa.DictionaryArray":
    """Return a column that says the same of each row."""
    import pyarrow as pa

    places = pa.Array.from_buffers(pa.int32(), rows, [None, pa.py_buffer(bytes(4 * rows))])
    return pa.DictionaryArray.from_arrays(places, pa.array([text]))


def _short(path: Path) -> set[str]:
    """Return the columns of a file of cells that take so little that their texts are few."""
    import pyarrow.parquet as pq

    found = set()
    whole = pq.read_metadata(path)
    for group in map(whole.row_group, range(whole.num_row_groups)):
        columns = map(group.column, range(group.num_columns))
        most = CODED_BYTES * group.num_rows + DICTIONARY_BYTES
        found |= {one.path_in_schema for one in columns if one.total_uncompressed_size > most}
    return set(whole.schema.names) - found


def _type(one: Landed) -> "pa.DataType":
    import pyarrow as pa

    kinds = {
        "integer": pa.int64(), "decimal": pa.float64(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
        "boolean": pa.bool_(),
    }  # fmt: skip
    return pa.date32() if one.is_month else kinds.get(one.type, pa.string())


def _cells(path: Path, columns: Iterable[str], coded: Iterable[str]) -> "pa.RecordBatch":
    """Return columns of a file of cells; texts that repeat stay a number for each row and a list of texts."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, read_dictionary=list(coded)) as file:
        table = file.read(columns=sorted(columns), use_threads=False)
    return one_batch(table)


def _made(one: Landed, cells: "pa.Array") -> "pa.Array":
    """Return a column as it lands."""
    import pyarrow as pa

    if isinstance(cells, pa.DictionaryArray):
        return _used(cells)
    compute = cast("Any", importlib.import_module("pyarrow.compute"))  # made at import: unknown to type checkers
    value = compute.floor_temporal(cells, unit=MONTH) if one.is_month else cells
    return value.cast(_type(one))


def _used(cells: "pa.DictionaryArray") -> "pa.DictionaryArray":
    """Return a column with the texts that its rows have alone: those of refused rows land nowhere."""
    import pyarrow as pa

    texts, places = cells.dictionary, cells.indices
    given = places.drop_null().to_numpy()
    is_used = np.bincount(given, minlength=len(texts)).astype(bool)
    if is_used.all():
        return cells
    moved = pa.array((np.cumsum(is_used) - 1).astype(np.int32))
    return pa.DictionaryArray.from_arrays(moved.take(places), texts.filter(pa.array(is_used)))
