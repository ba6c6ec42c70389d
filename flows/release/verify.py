"""A copied release folder is proven whole and safe without the warehouse, or the findings say what is wrong with it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.errors import Finding, Place
from flows.release.copies import differing
from flows.release.database import FILE
from flows.release.protection import protect as protecting
from flows.release.protection.hidden import Hidden, hidden_figures
from flows.release.protection.protect import THRESHOLDS, Protected, protect
from flows.release.protection.rules import Rules, rules_from
from flows.release.tables import Field, Table
from flows.release.write import ARROW

MANIFEST = "manifest.json"
# What every table says of its origin, as the manifest does.
ORIGIN = ("as_of", "known_on", "is_sample", "build_key", "code_version", "deliveries", "minima", "missing_sources")

ORIGIN_ALONE = tuple(name for name in ORIGIN if name != "minima")


def verify(path: Path, *, deep: bool = False) -> tuple[Finding, ...]:
    """Check hashes, row counts, columns and thresholds of a release folder.

    A release of an earlier engine is held to the thresholds that it records, not to what is withheld besides today.

    Args:
        path: The folder of one release.
        deep: Whether to read every copy too and hold it against the parquet files, cell by cell.

    Returns:
        Findings with code E-501; empty where the release is valid.
    """
    manifest = _manifest(path)
    if manifest is None:
        text = "There is no readable manifest: the folder is no release, or it was copied in part."
        return (_finding(text, MANIFEST, "the folder of one release, as it stands in published/"),)
    try:
        wrong = list(_wrong_files(path, manifest["files"]))
        if not wrong:
            wrong = [*_wrong_tables(path, manifest, deep=deep), *_wrong_database(path, manifest, deep=deep)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        text = f"The manifest has another form than this program reads ({type(error).__name__})."
        return (_finding(text, MANIFEST, "a release of this version of qdeep"),)
    return tuple(wrong)


def proven(path: Path) -> str:
    """Return in words what verify has proven of a folder that it finds valid."""
    manifest = _manifest(path) or {}
    name, engine = manifest.get("release_id", path.name), manifest.get("engine")
    where = "" if path.name == name else f" ({path})"
    if engine == protecting.ENGINE:
        return f"{name}{where} is whole and safe"
    held = "its thresholds" if rules_of(manifest) else "its hashes alone, for its rules have another form"
    return f"{name}{where} is whole; it was made by engine {engine}, so it was held to {held}"


def _manifest(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_intact(path: Path) -> bool:
    """Return whether every file is, to the byte, the one that was published: its figures were judged then."""
    try:
        return not list(_wrong_files(path, json.loads((path / MANIFEST).read_text(encoding="utf-8"))["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def rules_of(manifest: Mapping[str, Any]) -> Rules | None:
    """Return the rules that a release was made under; None where they have a form that is not known here."""
    try:
        return rules_from(manifest["disclosure"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def describe_files(folder: Path, known: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
    """Return SHA-256 and size of every file of a release but its manifest, by relative name, sorted.

    Args:
        folder: Folder of the release.
        known: Files described already; they are not read again.
    """
    known = known or {}
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: dict(known[name]) if name in known else _described(path) for name, path in names.items()}


def _described(path: Path) -> dict[str, Any]:
    return {"sha256": _sha256(path), "bytes": path.stat().st_size}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _finding(text: str, file: str, expected: str = "") -> Finding:
    return Finding("E-501", text, Place(file=file), expected=expected)


def _wrong_files(path: Path, declared: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    present = describe_files(path)
    for name in sorted({*declared, *present}):
        if name not in present:
            yield _finding("A file of the release is missing.", name)
        elif name not in declared:
            yield _finding("A file is not part of the release.", name)
        elif present[name]["sha256"] != declared[name]["sha256"]:
            yield _finding("A file of the release was changed.", name, f"sha256 {declared[name]['sha256']}")


def _wrong_tables(path: Path, manifest: Mapping[str, Any], *, deep: bool) -> Iterator[Finding]:
    tables = {raw["name"]: _table(raw) for raw in manifest["tables"]}
    stored = {name: pq.read_table(path / f"{name}.parquet", page_checksum_verification=True) for name in tables}
    frames = {name: pl.DataFrame(pl.from_arrow(rows)) for name, rows in stored.items()}
    for raw in manifest["tables"]:
        rows, file = stored[raw["name"]], f"{raw['name']}.parquet"
        if rows.num_rows != raw["rows"]:
            yield _finding(f"A table has {rows.num_rows} rows.", file, f"{raw['rows']} rows")
        if [(c.name, c.type) for c in rows.schema] != [(c.name, ARROW[c.type]) for c in tables[raw["name"]].fields]:
            yield _finding("A table has other columns than the manifest says.", file)
        if _about(rows).get("release_id") != manifest["release_id"]:
            yield _finding("A table belongs to another release.", file)
    yield from _wrong_origin(manifest, [_about(rows) for rows in stored.values()])
    rules = rules_of(manifest)
    if rules is None:  # made under rules of another form: its bytes are those that were judged then
        return
    own = manifest.get("engine") == protecting.ENGINE
    again = protect(tables, frames, rules, steps=None if own else THRESHOLDS)
    yield from _unsafe(frames, again)
    yield from _missaid(manifest, frames, again) if own else ()
    for name, frame in frames.items() if deep else ():
        for copy in differing(path, tables[name], frame, again.held[name], list(manifest["files"])):
            yield _finding("A copy says something else than its parquet file.", copy)


def _unsafe(frames: Mapping[str, pl.DataFrame], again: Protected) -> Iterator[Finding]:
    """Name the tables of which more is withheld when they are protected once more."""
    for name, frame in frames.items():
        if not again.frames[name].equals(frame.select(again.frames[name].columns)):
            yield _finding("A table shows figures behind which too few stand.", f"{name}.parquet")


def _missaid(manifest: Mapping[str, Any], frames: Mapping[str, pl.DataFrame], again: Protected) -> Iterator[Finding]:
    """Hold what the manifest says of protection against what anybody finds who holds the folder."""
    if again.given_away > manifest.get("open_to_chains", 0):
        yield _finding(f"{again.given_away} withheld counts of a few follow from what is shown.", MANIFEST)
    for name, frame in frames.items():
        if not _is_said(manifest, name, hidden_figures(frame, again.held[name])):
            yield _finding(f"The manifest says something else of what {name} withholds than its rows.", MANIFEST)


def _is_said(manifest: Mapping[str, Any], name: str, hidden: Hidden) -> bool:
    """Whether the manifest says of a table what its rows say; persons behind withheld figures nobody can count."""
    [told] = [raw for raw in manifest["tables"] if raw["name"] == name]
    said = {key: told["hidden"].get(key) for key in ("counted", "figures", "by_reason", "share_withheld")}
    return told["withheld"] == hidden.withheld and said.items() <= asdict(hidden).items()


def _about(rows: pa.Table) -> Mapping[str, Any]:
    return json.loads((rows.schema.metadata or {}).get(b"qdeep", b"{}"))


def _wrong_origin(manifest: Mapping[str, Any], tables: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Hold what the manifest says of origin and thresholds against what every table says: one may be edited alone."""
    rules = rules_of(manifest)
    said = {**manifest, "minima": {name: family.base_min for name, family in rules.families.items()} if rules else {}}
    for name in ORIGIN if rules else ORIGIN_ALONE:
        if any(name in about and about[name] != said.get(name) for about in tables):
            yield _finding(f"The manifest says something else of {name} than the tables.", MANIFEST)


def _table(raw: Mapping[str, Any]) -> Table:
    names = ("name", "relation", "description", "family")
    lists = ("grain", "base", "hide", "questions")
    return Table(
        **{name: raw[name] for name in names},
        **{name: tuple(raw[name]) for name in lists},
        title=raw["title"],
        fields=tuple(Field(**column) for column in raw["fields"]),
        version=raw.get("version", 1),
    )


def _wrong_database(path: Path, manifest: Mapping[str, Any], *, deep: bool) -> Iterator[Finding]:
    import duckdb

    if FILE not in manifest["files"]:
        return
    try:
        with duckdb.connect(str(path / FILE), read_only=True) as connection:
            for raw in manifest["tables"]:
                yield from _wrong_copy(connection, path, raw, deep=deep)
    except duckdb.Error:
        yield _finding("The database file cannot be opened, or lacks a table.", FILE)


def _wrong_copy(connection: Any, path: Path, raw: Mapping[str, Any], *, deep: bool) -> Iterator[Finding]:
    name, rows = raw["name"], raw["rows"]
    counted = connection.execute(f'select count(*) from "{name}"').fetchall()[0][0]
    if counted != rows:
        yield _finding(f"{name} has {counted} rows in the database.", FILE, f"{rows} rows")
    elif deep:
        copy = pl.DataFrame(pl.from_arrow(connection.sql(f'select * from "{name}"').to_arrow_table()))
        if not copy.equals(pl.read_parquet(path / f"{name}.parquet", glob=False)):
            yield _finding(f"{name} says something else in the database than in its parquet file.", FILE)
