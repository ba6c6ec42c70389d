"""Landed rows have been written in one pass: to the lake under pseudonyms, and who they are to the vault."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.intake.persons import Persons
from flows.intake.pseudonym import Hasher

if TYPE_CHECKING:
    import pyarrow as pa

# A dictionary that grows beyond some pages of text costs more than it saves.
DICTIONARY_BYTES = 16 << 10


def write_landed(
    batches: Iterable["pa.RecordBatch"], path: Path, hashers: dict[str, Hasher], persons: Persons | None = None
) -> int:
    """Write rows as they stand but for identifiers; return their number.

    Args:
        batches: Rows in the order of the file, at least one batch; those of persons to be reviewed hold `_person`.
        path: File of the lake.
        hashers: Column of identifiers -> what makes its pseudonyms.
        persons: What makes the file of persons; None for tables without.
    """
    rows, pending = 0, None
    # Hashes hold the interpreter, writing does not: a batch is written while the next one is hashed.
    with ExitStack() as open_files, ThreadPoolExecutor(1) as behind:
        lake = Writer(path, "zstd", open_files)
        vault = Writer(persons.path, "lz4", open_files) if persons else None
        for batch in batches:
            landed = _under_pseudonyms(batch, hashers)
            who = persons.of_rows(batch, landed[persons.column]) if persons else None
            rows += landed.num_rows
            if pending:
                pending.result()
            pending = behind.submit(_write, lake, landed, vault, who)
        if pending:
            pending.result()
    return rows


def _write(lake: "Writer", landed: "pa.RecordBatch", vault: "Writer | None", who: "pa.RecordBatch | None") -> None:
    lake.write(landed)
    if vault and who is not None:
        vault.write(who)


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


def _under_pseudonyms(batch: "pa.RecordBatch", hashers: dict[str, Hasher]) -> "pa.RecordBatch":
    import pyarrow as pa

    columns = {name: batch[name] for name in batch.schema.names if name != "_person"}
    return pa.RecordBatch.from_pydict(
        {name: hashers[name].of_column(one) if name in hashers else one for name, one in columns.items()}
    )
