"""Every format that a contract may declare: how its bytes begin, what reads it, and what a file of it is called.

A new format is one row here, one module in `inside/`, and one word in `expectations/schemas/source.json`.
"""

from dataclasses import dataclass

ZIP, OLE, GZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"
SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        reader: Module and function of `inside/` that read it.
        heads: What its bytes begin with, blank space and byte order mark aside; empty where any text will do.
        suffixes: Names of its files, to find one in an archive.
        expected: What a sender should send, in words.
        is_book: Whether it has sheets.
        is_text: Whether it is text cut into records by a delimiter.
        may_gzip: Whether it may come gzipped.
        is_archive: Whether it is itself a zip archive.
    """

    reader: str
    heads: tuple[bytes, ...]
    suffixes: tuple[str, ...]
    expected: str
    is_book: bool = False
    is_text: bool = False
    may_gzip: bool = False
    is_archive: bool = False


_TEXT, _BOOK = "a text file", "an Excel workbook"
FORMATS = {
    "csv": Format("text.read", (), (".csv", ".txt"), f"{_TEXT} (.csv)", is_text=True, may_gzip=True),
    "tsv": Format("text.read", (), (".tsv", ".tab", ".txt"), f"{_TEXT} (.tsv)", is_text=True, may_gzip=True),
    "xlsx": Format("sheets.read", (ZIP,), (".xlsx",), f"{_BOOK} (.xlsx)", is_book=True, is_archive=True),
    "xlsm": Format("sheets.read", (ZIP,), (".xlsm",), f"{_BOOK} (.xlsm)", is_book=True, is_archive=True),
    "xlsb": Format("sheets.read_other", (ZIP,), (".xlsb",), f"{_BOOK} (.xlsb)", is_book=True, is_archive=True),
    "xls": Format("sheets.read_other", (OLE,), (".xls",), "an old Excel workbook (.xls)", is_book=True),
    "ods": Format(
        "sheets.read_other", (ZIP,), (".ods",), "an OpenDocument workbook (.ods)", is_book=True, is_archive=True
    ),
    "sav": Format("spss.read", (b"$FL2", b"$FL3"), (".sav", ".zsav"), "an SPSS file (.sav, .zsav)"),
    "parquet": Format("columnar.read", (b"PAR1",), (".parquet", ".pq"), "a parquet file"),
    "json": Format("records.read", (b"[", b"{"), (".json",), "a JSON file", may_gzip=True),
    "jsonl": Format("records.read", (b"{",), (".jsonl", ".ndjson"), "one JSON record a line", may_gzip=True),
    "xes": Format("eventlog.read", (b"<",), (".xes",), "an XES log", may_gzip=True),
    "ocel": Format(
        "objects.read",
        (b"{", b"<", SQLITE),
        (".json", ".jsonocel", ".xml", ".xmlocel", ".sqlite", ".db"),
        "an OCEL 2.0 log",
        may_gzip=True,
    ),
}
