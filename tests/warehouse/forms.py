"""An outsider opens every form of a release and notes what each shows beyond the rows of its parquet file.

Shares no code with the release: formats are read by their own libraries, or as text.
"""

import gzip
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from tests.pages import words_of
from tests.warehouse.papers import (
    ABOUT,
    Rows,
    in_dictionary,
    in_manifest,
    in_package,
    in_pages,
    in_project,
    in_record,
)

Part = Callable[[Path, Rows], Iterator[str]]
HELD = ("", "[c]", "[n]")
LOCAL = {"separator": ";", "decimal_comma": True}
BESIDE = {"qdeep", "ARROW:schema"}
SEGMENTS = "select column_name, stats.min, stats.max from pragma_storage_info('{}') where segment_type <> 'VALIDITY'"
# A workbook read as texts gives nine decimals of a number.
CLOSE = 1e-8
# What a workbook consists of: no properties, no comments, no names, no cache of an earlier state.
BOOK = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/(workbook|styles|worksheets/sheet\d+|_rels/workbook\.xml\.rels)(\.xml)?"
)


def told_beyond(folder: Path, parts: Sequence[Part] = ()) -> list[str]:
    """Return what a release tells beyond its parquet rows, file by file; nothing where all is well.

    Args:
        folder: Folder of the release.
        parts: Forms to look at; all where none is named.
    """
    tables = {file.stem: pl.read_parquet(file) for file in sorted(folder.glob("*.parquet"))}
    return [found for part in parts or PARTS for found in part(folder, tables)]


def in_parquet(folder: Path, tables: Rows) -> Iterator[str]:
    """The footer: least and greatest values, and what stands beside the rows; dictionaries; and the order of rows."""
    for name, rows in tables.items():
        path = folder / f"{name}.parquet"
        about = json.loads((pq.read_schema(path).metadata or {}).get(b"qdeep", b"{}"))
        beside = {*about, *(key.decode() for key in pq.read_metadata(path).metadata or {})} - ABOUT - BESIDE
        yield from (f"{name}.parquet: footer: {one}" for one in sorted(beside))
        ends = _ends(path)
        yield from (f"{name}.parquet: footer: {one}" for one in ends if not _stand_in(ends[one], rows[one]))
        yield from (
            f"{name}.parquet: dictionary of {one}" for one, words in words_of(path) if not _known(words, rows[one])
        )
        if not _rises(rows.select(about.get("grain") or rows.columns)):
            yield f"{name}.parquet: order of rows"


def _known(words: set[object], column: pl.Series) -> bool:
    """Whether all words of a dictionary stand in some row; days and moments are numbers there."""
    plain = column if column.dtype == pl.String else column.to_physical()
    return words <= set(plain.unique().to_list())


def _rises(keys: pl.DataFrame) -> bool:
    """Whether each key comes after the one before, so that no row stands where it does for another reason."""
    later = pl.lit(value=False)
    for name in reversed(keys.columns):
        key, before = pl.col(name), pl.col(name).shift()
        later = (key > before) | (before.is_null() & key.is_not_null()) | (key.eq_missing(before) & later)
    return bool(keys.select(later.fill_null(value=False).slice(1).all()).item())


def _ends(path: Path) -> dict[str, list[Any]]:
    """Return the least and greatest values that a footer tells, by column."""
    footer = pq.read_metadata(path)
    found: dict[str, list[Any]] = {name: [] for name in footer.schema.names}
    for group in map(footer.row_group, range(footer.num_row_groups)):
        for column in map(group.column, range(footer.num_columns)):
            if column.statistics is not None and column.statistics.has_min_max:
                found[column.path_in_schema] += [column.statistics.min, column.statistics.max]
    return found


def _stand_in(told: list[Any], column: pl.Series) -> bool:
    """Whether ends are values that some row shows."""
    if not told:
        return True
    ends = pl.Series(told).unique().cast(column.dtype)
    return bool(ends.is_in(column.implode()).all())


def in_database(folder: Path, tables: Rows) -> Iterator[str]:
    """Tables, views, comments, and the least and greatest value of each segment."""
    path = folder / "marts.duckdb"
    if not path.is_file():
        return
    with duckdb.connect(str(path), read_only=True) as connection:
        names = {name for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()}
        yield from (f"marts.duckdb: {name}" for name in sorted(names - set(tables)))
        for name in sorted(names & set(tables)):
            rows = pl.DataFrame(pl.from_arrow(connection.sql(f'select * from "{name}"').to_arrow_table()))
            if not rows.equals(tables[name]):
                yield f"marts.duckdb: {name}: rows"
            segments = connection.execute(SEGMENTS.format(name)).fetchall()
            for column in rows.columns:
                told = {end for one, *ends in segments if one == column for end in ends if end is not None}
                if not _first_letters(told, rows[column]):
                    yield f"marts.duckdb: {name}: statistics of {column}"


def _first_letters(told: set[Any], column: pl.Series) -> bool:
    """Whether ends of segments are values that some row shows; of texts they are the first eight bytes."""
    if column.dtype != pl.String:
        return _stand_in([end for end in told if end is not None], column)
    words = {word.encode()[:8] for word in column.unique().drop_nulls()}
    return not all(map(bytes.isascii, words)) or {end.encode()[:8] for end in told} <= words | {b""}


def in_texts(folder: Path, tables: Rows) -> Iterator[str]:
    for file in sorted(folder.glob("csv*/*")):
        name, rows = file.relative_to(folder).as_posix(), tables.get(file.name.split(".", 1)[0])
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        local = file.parent.name == "csv_local"
        kinds = {} if rows is None else {one: kind for one, kind in rows.schema.items() if kind.is_numeric()}
        try:
            copy = pl.read_csv(
                content,
                separator=";" if local else ",",
                infer_schema=False,
                schema_overrides=kinds,
                decimal_comma=local,
            )
        except pl.exceptions.PolarsError:  # a word where a number belongs
            yield f"{name}: cells that are no numbers"
            continue
        yield from (f"{name}: {column}" for column in _more(copy, rows))


def _more(copy: pl.DataFrame, rows: pl.DataFrame | None) -> Iterator[str]:
    """Yield the columns in which a copy says something that the rows do not."""
    if rows is None or copy.height != rows.height or copy.columns != rows.columns:
        yield "rows or columns"
        return
    for name, kind in rows.schema.items():
        told = copy[name]
        if kind.is_numeric():
            near = (told.cast(pl.Float64) - rows[name]).abs() <= CLOSE * (1 + rows[name].abs())
            same = near.fill_null(value=False) | (told.is_null() & rows[name].is_null())
        elif kind == pl.String:
            same = told.str.strip_prefix("'").replace("", None).eq_missing(rows[name].replace("", None))
        else:
            same = told.is_null().eq_missing(rows[name].is_null())
        if not same.all():
            yield name


def in_workbooks(folder: Path, tables: Rows) -> Iterator[str]:
    for file in sorted(folder.glob("xlsx/*")):
        with zipfile.ZipFile(file) as book:
            more = [name for name in book.namelist() if not BOOK.fullmatch(name)]
            hidden = re.findall(r'state="(?:very)?[hH]idden"|<definedName', book.read("xl/workbook.xml").decode())
            formulas = any(b"<f>" in book.read(name) for name in book.namelist() if name.startswith("xl/worksheets"))
        if more or hidden or formulas or book.comment:
            yield f"xlsx/{file.name}: parts: {more or hidden or 'formulas'}"
        sheets = list(pl.read_excel(file, sheet_id=0, infer_schema_length=0, raise_if_empty=False).values())
        rows = tables[file.stem]
        told = sheets[0] if rows.height else rows.head(0)
        yield from (f"xlsx/{file.name}: {column}" for column in _more(_numbers(told, rows), rows))


def _numbers(told: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Take the marks of withheld cells for empty ones, and the rest of a column of numbers for numbers."""
    if told.columns != rows.columns:
        return told
    texts = told.cast(pl.String)
    empty = texts.with_columns(
        pl.when(pl.col(name).is_in(HELD)).then(None).otherwise(name).alias(name) for name in told.columns
    )
    return empty.with_columns(pl.col(name).cast(pl.Float64) for name, kind in rows.schema.items() if kind.is_numeric())


PARTS: tuple[Part, ...] = (
    in_parquet,
    in_database,
    in_texts,
    in_workbooks,
    in_manifest,
    in_package,
    in_record,
    in_pages,
    in_dictionary,
    in_project,
)
