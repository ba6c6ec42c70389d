"""Copies of a release stand beside the parquet files for whoever reads spreadsheets or plain text; all say the same."""

import gzip
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flows.release.labels import label, meaning
from flows.release.policy import Policy
from flows.release.sheets import RISK, Sheet, data_sheets, text_sheet, write_workbook
from flows.release.tables import Field, Table
from flows.release.words import language
from flows.report.texts import Language

CSV, LOCAL, XLSX = "csv", "csv_local", "xlsx"
# A third of the time of the usual 6, for a fifth more bytes.
PACKED = 3
# Status codes that the legend of a workbook explains, as a withheld cell shows them.
LEGEND = ("C", "N")


def write_copies(  # noqa: PLR0913, PLR0917 - a table, what is hidden in it, and how it is written
    folder: Path, table: Table, frame: pl.DataFrame, held: Sequence[str], policy: Policy, about: Mapping[str, Any]
) -> None:
    """Write the copies of one table that the policy asks for.

    Args:
        folder: Folder of the release.
        table: Description of the table.
        frame: Published rows.
        held: Columns that are empty where a row withholds them.
        policy: Formats, languages, and rows up to which spreadsheets are written.
        about: Origin of the release.
    """
    for name, content in text_copies(table, frame, policy).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    if XLSX in policy.formats and frame.height <= policy.spreadsheet_rows:
        (folder / XLSX).mkdir(exist_ok=True)
        write_workbook(folder / XLSX / f"{table.name}.xlsx", list(_sheets(table, frame, held, policy, about)))


def text_copies(table: Table, frame: pl.DataFrame, policy: Policy) -> dict[str, bytes]:
    """Return the text copies of a table: file name -> bytes; a long table is packed, and has no local copy."""
    is_long = frame.height > policy.spreadsheet_rows
    found: dict[str, bytes] = {}
    if CSV in policy.formats:
        plain = _plain(frame)
        found[f"{CSV}/{table.name}.csv{'.gz' if is_long else ''}"] = _packed(plain) if is_long else plain
    if LOCAL in policy.formats and not is_long:
        found[f"{LOCAL}/{table.name}.csv"] = _local(frame)
    return found


def differing(
    folder: Path, table: Table, frame: pl.DataFrame, held: Sequence[str], files: Sequence[str]
) -> Iterator[str]:
    """Yield the copies of a table that say something else than its parquet file.

    Args:
        folder: Folder of the release.
        table: Description of the table.
        frame: Rows of its parquet file.
        held: Columns that are empty where a row withholds them.
        files: Names of the files of the release.
    """
    own = {f"{CSV}/{table.name}.csv": _plain, f"{CSV}/{table.name}.csv.gz": _plain, f"{LOCAL}/{table.name}.csv": _local}
    for name in sorted(set(own) & set(files)):
        content = (folder / name).read_bytes()
        if (gzip.decompress(content) if name.endswith(".gz") else content) != own[name](frame):
            yield name
    book = f"{XLSX}/{table.name}.xlsx"
    if book in files and not _is_book(folder / book, table, frame, held):
        yield book


def _is_book(path: Path, table: Table, frame: pl.DataFrame, held: Sequence[str]) -> bool:
    try:
        with zipfile.ZipFile(path) as book:
            sheets = list(data_sheets(table, frame, held, "data"))
            texts = [book.read(f"xl/worksheets/sheet{i}.xml").decode() for i in range(1, len(sheets) + 1)]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return False
    return all(f"{sheet.rows}</sheetData>" in text for sheet, text in zip(sheets, texts, strict=True))


def _safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before texts that a spreadsheet program would take for a formula; hardly any table has some."""
    risks = {name: pl.col(name).str.contains(RISK) for name, kind in frame.schema.items() if kind == pl.String}
    found = frame.select(pl.col(name).unique().str.contains(RISK).any().alias(name) for name in risks)
    return frame.with_columns(
        pl.when(risk).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, risk in risks.items()
        if found[name].any()
    )


def _plain(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    _safe(frame).write_csv(target)
    return target.getvalue()


def _local(frame: pl.DataFrame) -> bytes:
    """Write as Excel in Uzbek and Russian reads: semicolon, decimal comma, byte order mark."""
    target = io.BytesIO()
    _safe(frame).write_csv(target, separator=";", decimal_comma=True, include_bom=True, line_terminator="\r\n")
    return target.getvalue()


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=PACKED, mtime=0)


def _sheets(
    table: Table, frame: pl.DataFrame, held: Sequence[str], policy: Policy, about: Mapping[str, Any]
) -> Iterator[Sheet]:
    say = language(policy.languages[0])
    yield from data_sheets(table, frame, held, say("book_data"))
    header = [
        say("book_column"),
        say("book_type"),
        *(language(code)("book_meaning") for code in policy.languages),
        *(f"description ({code})" for code in policy.languages),
    ]
    rows = [[one.name, one.type.lower(), *_worded(one, policy.languages)] for one in table.fields]
    many = len(policy.languages)
    yield text_sheet(say("book_columns"), header, rows, [26, 12, *[40] * many, *[70] * many])
    yield text_sheet(
        say("book_about"),
        [],
        [row for code in policy.languages for row in _about(table, about, language(code))],
        [24, 110],
    )


def _worded(column: Field, languages: Sequence[str]) -> Iterator[str]:
    """Yield the name of a column in each language, then what it says in each, in English where nobody translated it."""
    yield from (label(column.name, code) for code in languages)
    meant = meaning(column.name, column.description)
    yield from (meant.get(code, column.description) for code in languages)


def _about(table: Table, about: Mapping[str, Any], say: Language) -> list[list[str]]:
    facts = [
        [table.name, table.title[say.code]],
        *([[say("book_sample"), say("book_sample_text")]] if about["is_sample"] else []),
        [say("book_release"), about["release_id"]],
        [say("book_as_of"), about["as_of"]],
        [say("book_known_on"), about["known_on"]],
        *([f"[{code.lower()}]", say(f"conf_{code}")] for code in LEGEND),
        [say("book_empty"), say("book_empty_text")],
        ["", ""],
    ]
    return [list(row) for row in facts]
