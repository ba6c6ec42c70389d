"""Refused rows can be listed by place and reason, explained, and handed back to their sender to be mended."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.errors import Place, QdeepError
from flows.explain import explain
from flows.intake.filegate import make_folder
from flows.intake.store import deliveries, refused_file
from flows.intake.workbook import Book, write_book
from flows.settings import Settings


def count_refused(settings: Settings, source: str | None = None) -> list[dict[str, Any]]:
    """Return how many rows each delivery had refused, by reason: source, delivery_id, verdict, code, rows, title.

    A row that breaks two rules counts for both; a delivery refused as a whole has a line without rows.
    """
    listed = []
    for manifest in deliveries(settings):
        if source not in (None, manifest["source"]):
            continue
        counts = Counter[str]()
        for finding in manifest["findings"]:
            counts[finding["code"]] += finding["rows"]
        names = {"source": manifest["source"], "delivery_id": manifest["delivery_id"], "verdict": manifest["verdict"]}
        listed += [
            {**names, "code": code, "rows": rows, "title": explain(code, settings.language).title}
            for code, rows in sorted(counts.items())
            if code.startswith("E")
        ]
    return listed


def list_refused(settings: Settings, source: str | None = None, delivery: str | None = None) -> list[dict[str, Any]]:
    """Return the places and reasons of refused rows: source, delivery_id, table, sheet, line, codes, rules.

    Raises:
        QdeepError: E-502 where there is no such delivery.
    """
    import pyarrow.parquet as pq

    if delivery:
        manifest_of(settings, delivery)
    listed = []
    for manifest, path in _files(settings, source, delivery):
        names = {"source": manifest["source"], "delivery_id": manifest["delivery_id"]}
        rows = pq.read_table(path, columns=["_table", "_sheet", "_line", "codes", "rules"]).to_pylist()
        listed += [
            {
                **names,
                "table": row["_table"],
                "sheet": row["_sheet"],
                "line": row["_line"],
                "codes": ", ".join(row["codes"]),
                "rules": ", ".join(row["rules"]),
            }
            for row in rows
        ]
    return listed


def explain_refused(settings: Settings, delivery_id: str, language: str) -> list[dict[str, Any]]:
    """Return what is wrong with a delivery: code, column, sheet, rows, first lines, expected, title, cause, cure.

    Raises:
        QdeepError: E-502 where there is no such delivery.
    """
    manifest = manifest_of(settings, delivery_id)
    told = []
    for finding in manifest["findings"]:
        message, where = explain(finding["code"], language), finding["where"]
        lines = finding["lines"] or [line for line in (where["line"],) if line]
        told.append(
            {
                **{name: finding[name] for name in ("code", "rows", "text", "expected")},
                **{name: where[name] for name in ("file", "sheet", "column")},
                "lines": lines,
                **{name: getattr(message, name) for name in ("title", "cause", "cure")},
            }
        )
    return told


def export_refused(settings: Settings, delivery_id: str, target: Path, language: str = "en") -> Counter[str]:
    """Write the refused rows of a delivery as a workbook for its owner alone; the vault keeps what it was made from.

    Returns:
        Rows written by table.

    Raises:
        QdeepError: E-502 where the delivery has no refused rows, E-405 where the workbook cannot be written.
    """
    import duckdb
    from xlsxwriter.exceptions import FileCreateError

    found = next(_files(settings, None, delivery_id), None)
    if found is None:
        where = Place(delivery_id=delivery_id, file=delivery_id)
        raise QdeepError("E-502", "There are no refused rows of this delivery.", where, "an id of qdeep deliveries")
    manifest, path = found
    try:
        target.unlink(missing_ok=True)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with duckdb.connect(config={"memory_limit": settings.memory_limit}) as connection:
            return write_book(connection, path, book_of(manifest, path, language), target)
    except (OSError, FileCreateError) as error:
        raise QdeepError("E-405", "The workbook cannot be written.", Place(file=str(target))) from error


def place_of_export(settings: Settings, delivery_id: str) -> Path:
    """Return where a workbook of a delivery is written when nobody says where: in the vault, which is private."""
    return make_folder(settings.vault / "exports") / f"refused_{delivery_id}.xlsx"


def manifest_of(settings: Settings, delivery_id: str) -> dict[str, Any]:
    """Return the manifest of a delivery by its id.

    Raises:
        QdeepError: E-502 where there is no such delivery.
    """
    found = next((one for one in deliveries(settings) if one["delivery_id"] == delivery_id), None)
    if found is None:
        where = Place(delivery_id=delivery_id, file=delivery_id)
        raise QdeepError("E-502", "There is no such delivery.", where, "an id of qdeep deliveries")
    return found


def book_of(manifest: dict[str, Any], path: Path, language: str = "en") -> Book:
    """Return what a file of refused rows says of itself."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        marks = json.loads(file.schema_arrow.metadata[b"qdeep"])
    return Book(
        manifest["source"], manifest["delivery_id"], marks["header"], marks["marks"], marks["meaning"], language
    )


def _files(settings: Settings, source: str | None, delivery: str | None) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield manifest and file of refused rows of the deliveries that have any."""
    for manifest in deliveries(settings):
        path = refused_file(settings, manifest)
        is_asked = source in (None, manifest["source"]) and delivery in (None, manifest["delivery_id"])
        if is_asked and path.is_file():
            yield manifest, path
