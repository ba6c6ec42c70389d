"""What the senders' files say of persons is known, and is searched for in every file, packed or not."""

import gzip
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from tests.pages import pages_of

NUMBER = re.compile(r"(?<!\d)\d{14}(?!\d)")
PHONE = re.compile(r"\+?998[\d ]{9,13}")
WORD = re.compile(r"[^\W\d_]{4,}")
LONG_NUMBER = 1e11
NAMES = ("ф.и.о.", "ходимнинг ф.и.ш.", "f.i.sh.", "f.i.sh", "fish")
ENCODINGS = ("utf-8-sig", "cp1251")


@dataclass(frozen=True)
class Canaries:
    """Personal numbers, telephone numbers (digits) and surnames of the senders' files, and words planted there."""

    numbers: frozenset[str]
    phones: frozenset[str]
    surnames: frozenset[str]
    planted: frozenset[str] = frozenset()

    def found_in(self, text: str) -> set[str]:
        """Return the kinds of canary that a text holds."""
        hits = {"number"} if self.numbers & set(NUMBER.findall(text)) else set()
        hits |= {"phone"} if self.phones & {_digits(one) for one in PHONE.findall(text)} else set()
        hits |= {"name"} if self.surnames & set(WORD.findall(text)) else set()
        return hits | ({"planted"} if any(one in text for one in self.planted) else set())


def canaries_of(inbox: Path) -> Canaries:
    """Collect the canaries of an inbox."""
    tables = [table for file in sorted(inbox.glob("*/*")) for table in _tables(file)]
    cells = {cell for table in tables for column in table for cell in column.drop_nulls().unique().to_list()}
    names = {cell for table in tables for column in table if _is_name(column) for cell in column.drop_nulls()}
    everything = "\n".join(cells)
    return Canaries(
        frozenset(NUMBER.findall(everything)),
        frozenset(_digits(one) for one in PHONE.findall(everything)),
        frozenset(name.split()[0] for name in names if len(name.split()) > 2 and len(name.split()[0]) > 3),
    )


def _is_name(column: pl.Series) -> bool:
    return column.name.strip().lower().replace("ʻ", "'") in NAMES


def _tables(file: Path) -> Iterator[pl.DataFrame]:
    if file.suffix == ".xlsx":
        for header in (0, 1, 2, 3):
            sheets = pl.read_excel(
                file, sheet_id=0, infer_schema_length=0, raise_if_empty=False, read_options={"header_row": header}
            )
            yield from sheets.values()
    elif file.suffix == ".csv":
        yield _csv(file.read_bytes())


def _csv(content: bytes) -> pl.DataFrame:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = text.split("\n", 1)[0]
        separator = max(",;\t|", key=first.count)
        return pl.read_csv(
            text.encode(), separator=separator, infer_schema=False, truncate_ragged_lines=True, ignore_errors=True
        )
    return pl.DataFrame()


def texts_of(path: Path) -> Iterator[str]:
    """Yield all that a file says, unpacked."""
    kind = path.suffix
    if kind == ".parquet":
        table = pq.read_table(path)
        yield str(table.schema.metadata) + str([field.metadata for field in table.schema])
        yield from _values(pl.DataFrame(pl.from_arrow(table)))
        yield from (page.decode("utf-8", "ignore") for page in pages_of(path))
    elif kind == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            query = "select schema_name || '.' || table_name, comment from duckdb_tables() where not internal"
            for name, comment in connection.execute(query).fetchall():
                yield comment or ""
                yield from _values(
                    pl.DataFrame(pl.from_arrow(connection.sql(f"select * from {name}").to_arrow_table()))
                )
    elif kind in (".csv", ".gz"):
        content = gzip.decompress(path.read_bytes()) if kind == ".gz" else path.read_bytes()
        yield from _values(_csv(content))
    elif kind == ".xlsx":
        with zipfile.ZipFile(path) as book:
            yield from (book.read(name).decode("utf-8", "ignore") for name in book.namelist())
    elif kind in (".db", ".sqlite"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            for (name,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
                yield "\n".join(str(row) for row in database.execute(f'select * from "{name}"'))
    else:
        yield path.read_bytes().decode("utf-8", "ignore")


def _values(frame: pl.DataFrame) -> Iterator[str]:
    """Yield the different texts of each column, and the numbers where one is long enough for a canary."""
    for column in frame.select(pl.col(pl.String, pl.Int64, pl.Float64)):
        if column.dtype == pl.String or float(column.abs().max() or 0) >= LONG_NUMBER:
            yield "\n".join(column.drop_nulls().unique().cast(pl.String).to_list())


def places(files: Iterable[Path], canaries: Canaries) -> dict[str, set[str]]:
    """Return the files that hold a canary, with its kinds."""
    found = {
        path.name: {kind for text in texts_of(path) for kind in canaries.found_in(text)}
        for path in files
        if path.is_file() and not path.is_symlink()
    }
    return {name: kinds for name, kinds in found.items() if kinds}


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)[:12]
