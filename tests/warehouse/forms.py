"""An outsider opens every form of a release and notes what each shows beyond the rows of its parquet file.

Shares no code with the release: formats are read by their own libraries, or as text.
"""

import gzip
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from tests.pages import words_of

# Table name -> rows of its parquet file.
Rows = dict[str, pl.DataFrame]
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
# What files say of a release and of a table besides its rows; whatever else turns up is looked at by somebody.
OF_LINEAGE = frozenset(
    re.findall(
        r"\S+",
        """
        as_of build_key code_version deliveries is_sample known_on missing_sources release_id
        """,
    )
)
ABOUT = OF_LINEAGE | {"columns", "description", "grain", "minima", "questions", "rule", "table", "title"}
OF_RELEASE = OF_LINEAGE | frozenset(
    re.findall(
        r"\S+",
        """
        disclosure engine files held_against lost_to_earlier manifest_version tables
        """,
    )
)
OF_TABLE = frozenset(
    re.findall(
        r"\S+",
        """
        base description family fields grain hidden hide inner name questions relation rows title version withheld
        """,
    )
)
OF_RECORD = frozenset(
    re.findall(
        r"\S+",
        """
        @context @id @type dcat:distribution dcat:version dct:accessRights dct:description dct:identifier dct:issued
    dct:language dct:publisher dct:temporal dct:title
        """,
    )
)
OF_DISTRIBUTION = frozenset(
    {"@type", "dcat:byteSize", "dcat:downloadURL", "dcat:mediaType", "dct:title", "spdx:checksum"}
)
OF_RESOURCE = frozenset({"bytes", "questions", "rows", "sha256", "title"})


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


def in_manifest(folder: Path, tables: Rows) -> Iterator[str]:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    if not set(manifest) <= OF_RELEASE:
        yield f"manifest.json: {sorted(set(manifest) - OF_RELEASE)}"
    for table in manifest["tables"]:
        name, rows = table["name"], tables[table["name"]]
        if not set(table) <= OF_TABLE or table["rows"] != rows.height:
            yield f"manifest.json: {name}"
        yield from (f"manifest.json: {name}: {why}" for why in _mass_tells(table, rows))
    sizes = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()} - {"manifest.json"}
    yield from (f"{name}: not in the manifest" for name in sorted(sizes - set(manifest["files"])))


def _mass_tells(table: dict[str, Any], rows: pl.DataFrame) -> Iterator[str]:
    """Ask what the share of persons withheld says of one row: all others may be as few as one person each.

    Of S persons in rows shown and H withheld, a share s in hundredths says H <= (s + 0.005)(S + H), and so from below.
    """
    share, bases = table["hidden"]["share_of_mass"], [name for name in table["base"] if name in rows.columns]
    dark = rows.filter(pl.col("conf_status") != "F").height if "conf_status" in rows.columns else 0
    if share is None or not dark or len(bases) != 1:
        return
    shown = float(rows[bases[0]].abs().sum())
    most = shown * (share + 0.005) / (1 - share - 0.005)
    if most - (dark - 1) < LEAST_OF.get(table["family"], 5):
        yield f"share of persons withheld: {most:.0f} behind {dark} rows"


LEAST_OF = {"survey": 10, "headcount": 5, "process": 5}


def in_package(folder: Path, tables: Rows) -> Iterator[str]:
    path = folder / "datapackage.json"
    if not path.is_file():
        return
    for one in json.loads(path.read_text("utf-8"))["resources"]:
        more = set(one["qdeep"]) - OF_RESOURCE
        fields = [field["name"] for field in one["schema"]["fields"]]
        if more or one["qdeep"]["rows"] != tables[one["name"]].height or fields != tables[one["name"]].columns:
            yield f"datapackage.json: {one['name']}: {sorted(more)}"


def in_record(folder: Path, tables: Rows) -> Iterator[str]:  # noqa: ARG001 - all parts are called alike
    path = folder / "dcat.jsonld"
    if path.is_file():
        record = json.loads(path.read_text("utf-8"))
        more = set(record) - OF_RECORD | {key for one in record["dcat:distribution"] for key in one} - OF_DISTRIBUTION
        if more:
            yield f"dcat.jsonld: {sorted(more)}"


class _Page(HTMLParser):
    """What a page carries for programs: its scripts by id, and the table that each figure was drawn from."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: dict[str, str] = {}
        self.tables: dict[str, list[str]] = {}
        self._figure, self._script, self._is_source = "", "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a figure, its source or a script begins."""
        named = dict(attrs)
        self._figure = named.get("data-figure") or self._figure
        self._is_source = named.get("class") == "src" or (self._is_source and tag == "code")
        self._script = (named.get("id") or tag) if tag == "script" else ""

    def handle_data(self, data: str) -> None:
        """Keep scripts, and the names of tables under a figure."""
        if self._script:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data
        elif self._is_source and self._figure and data.strip():
            self.tables.setdefault(self._figure, []).append(data.strip())


def in_pages(folder: Path, tables: Rows) -> Iterator[str]:
    """The rows behind each figure are rows of its table; the page as a whole follows from the parquet files alone."""
    for file in sorted((folder / "report").rglob("*.html")):
        page = _Page()
        page.feed(file.read_text("utf-8"))
        name = file.relative_to(folder).as_posix()
        yield from (f"{name}: script {one}" for one in sorted(set(page.scripts) - {"csv", "script"}))
        for figure, text in json.loads(page.scripts.get("csv") or "{}").items():
            sources = [tables[one] for one in page.tables.get(figure, []) if one in tables]
            if text and not any(_are_rows(text, rows) for rows in sources):
                yield f"{name}: rows of {figure}"


def _are_rows(text: str, rows: pl.DataFrame) -> bool:
    kinds = {name: kind for name, kind in rows.schema.items() if kind.is_numeric()}
    told = pl.read_csv(text.encode(), infer_schema=False)
    if not set(told.columns) <= set(rows.columns):
        return False
    told = told.with_columns(pl.col(name).cast(kinds[name]) for name in told.columns if name in kinds)
    texts = [pl.col(name).cast(pl.String).replace("", None) for name in told.columns if name not in kinds]
    known = rows.select(*texts, *(name for name in told.columns if name in kinds))
    return told.with_columns(pl.col(pl.String).str.replace("^(True|False)$", "${1}")).join(
        known.with_columns(pl.col(pl.String).str.replace("^true$", "True").str.replace("^false$", "False")),
        on=told.columns, how="anti", nulls_equal=True,
    ).is_empty()  # fmt: skip


def in_dictionary(folder: Path, tables: Rows) -> Iterator[str]:
    """How long each table is, and how much of it is withheld, is all that the dictionary counts."""
    text = (folder / "dictionary.html").read_text("utf-8")
    manifest = {one["name"]: one for one in json.loads((folder / "manifest.json").read_text("utf-8"))["tables"]}
    for name in tables:
        facts = re.search(rf'id="en-{name}">.{{0,300}}?Rows: (.*?) · <code>', text, re.DOTALL)
        told = {int(one.replace(",", "")) for one in re.findall(r"[\d,]+", facts[1] if facts else "")}
        if not facts or told - {tables[name].height, manifest[name]["withheld"]}:
            yield f"dictionary.html: {name}: {sorted(told)}"


def in_project(folder: Path, tables: Rows) -> Iterator[str]:  # noqa: ARG001 - all parts are called alike
    """The page of the project describes tables and holds no row, no count and no statistics."""
    path = folder / "docs" / "index.html"
    if not path.is_file():
        return
    text = path.read_text("utf-8")
    for name, stats in re.findall(r'"name":"(\w+)","schema":"\w+","type":"BASE TABLE"}.{0,20}"stats":({[^}]*})', text):
        if stats != "{}":
            yield f"docs/index.html: {name}"


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
