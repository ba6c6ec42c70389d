"""One complete release stands under published/ and current.txt names it, or everything is as it was before."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from flows.contracts.model import Contracts
from flows.errors import Place, QdeepError
from flows.release.copies import write_copies
from flows.release.database import database_beside
from flows.release.datapackage import datapackage
from flows.release.dcat import dcat
from flows.release.dictionary import dictionary
from flows.release.lineage import Lineage, read_lineage, release_id
from flows.release.policy import Policy, load_policy
from flows.release.project import project_page
from flows.release.promises import CARDS, keep_promises
from flows.release.protection.past import LEDGER, Past, is_unseen, keep
from flows.release.protection.protect import ENGINE, Protected, protect
from flows.release.protection.rules import Rules, load_rules
from flows.release.shelf import (
    find,
    forget,
    history,
    link,
    named,
    outlived,
    record,
    releases,
    remove,
    saw,
    switch,
    withdrawn,
)
from flows.release.tables import Table, read_tables
from flows.release.verify import MANIFEST, describe_files, rules_of, verify
from flows.release.write import as_arrow, sync, write_parquet
from flows.settings import Settings

MANIFEST_VERSION = 1


class Built(Protocol):
    """What a release needs to know of a build of the warehouse."""

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        ...

    @property
    def build_key(self) -> str:
        """Digest of everything that the build depends on."""
        ...


@dataclass(frozen=True)
class Release:
    """A published release.

    Attributes:
        tables: Table name -> number of rows.
        rows: Rows of all tables.
        withheld: Figures withheld in all tables.
        missing_sources: Required sources that the release stands without.
        changed: Whether this call published something.
    """

    release_id: str
    path: Path
    tables: Mapping[str, int]
    rows: int
    withheld: int
    missing_sources: tuple[str, ...] = ()
    changed: bool = False


def publish(settings: Settings, contracts: Contracts, build: Built) -> Release:
    """Publish what the warehouse holds, protected, as one release; nothing where it is published already.

    A release that a rollback led away from is not published again: the one that stands is returned.

    Raises:
        QdeepError: E-502 where there is nothing to publish, E-501 where a table must not be published as it is,
            E-503 where it breaks what the release before promised, E-405 where the disk is full or cannot be written.
    """
    name, policy = release_id(settings, build.build_key), load_policy()
    target, standing = settings.published / name, current(settings)
    if standing and name in withdrawn(settings):
        return standing
    ledger = settings.workspace / LEDGER / name
    try:
        saw(settings)
        forget(settings, name)
        if not target.is_dir() or verify(target):
            folder, secrets = _make(settings, contracts, build, policy)
            keep(ledger, secrets, seen=target.is_dir() and not is_unseen(ledger))
            _replace(target, folder, settings.tmp)
        elif named(settings) == name:
            link(settings.published, name)
            if name not in {one["release"] for one in history(settings)}:  # the run broke off after the switch
                record(settings, "published", name)
            return _read(target, changed=False)
        switch(settings.published, name)
        saw(settings)
        record(settings, "published", name)
        remove(settings, outlived(releases(settings), policy.retention))
    except OSError as error:
        raise QdeepError(
            "E-405", f"The release cannot be written: {error.strerror or type(error).__name__}.", Place(file=name)
        ) from error
    return _read(target, changed=True)


def roll_back(settings: Settings, release: str, reason: str = "") -> Release:
    """Let readers see an earlier release again, in one step; the one that they saw is withdrawn.

    Args:
        settings: The workspace; the caller holds its lock.
        release: Id of the release, or its beginning.
        reason: Why, for the log.

    Raises:
        QdeepError: E-504 where there is no such release, E-505 where it is not whole or shows what it must not.
    """
    entry, before = find(settings, release), named(settings)
    if entry.state == "current":
        return _read(entry.path, changed=False)
    faults = verify(entry.path)
    if faults:
        raise QdeepError("E-505", f"Readers cannot be led back: {faults[0].text}", Place(file=entry.release_id))
    saw(settings)
    record(settings, "rolled_back", entry.release_id, **{"from": before, "reason": reason})
    switch(settings.published, entry.release_id)
    return _read(entry.path, changed=True)


def current(settings: Settings) -> Release | None:
    """Return the release that readers see, or None where there is none or its manifest cannot be read."""
    name = named(settings)
    try:
        return _read(settings.published / name, changed=False) if name else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make(
    settings: Settings, contracts: Contracts, build: Built, policy: Policy
) -> tuple[Path, Mapping[str, pl.DataFrame]]:
    """Write a release into a folder of its own; returns the folder, and what the next release must know of it."""
    tables = {table.name: table for table in read_tables(settings.warehouse / "dbt_manifest.json")}
    rules = load_rules()
    with _warehouse(build.path) as connection:
        lineage = read_lineage(connection, settings, contracts, build.build_key)
        frames = {name: _rows(connection, table) for name, table in tables.items()}
    past = _earlier(settings, lineage.release_id, rules)
    content = protect(tables, frames, rules, past)
    _compare(settings, content, policy)
    settings.tmp.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="release-", dir=settings.tmp))
    try:
        files = _write(folder, content, lineage, rules, policy, settings.warehouse / "dbt_manifest.json")
        beside = [one.release_id for one in past]
        _json(folder / MANIFEST, _manifest(files, content, lineage, rules, beside))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder, content.secrets


def _earlier(settings: Settings, name: str, rules: Rules) -> tuple[Past, ...]:
    """Return the releases that stand, but the one about to be made: what they show is known to everybody."""
    return tuple(
        Past(
            one.release_id,
            one.path,
            settings.workspace / LEDGER / one.release_id,
            rules_of(json.loads((one.path / MANIFEST).read_text(encoding="utf-8"))) == rules,
        )
        for one in sorted(releases(settings), key=lambda entry: entry.release_id)
        if one.release_id != name
    )


def _compare(settings: Settings, content: Protected, policy: Policy) -> None:
    """Hold the tables against those of the release that readers see."""
    standing = current(settings)
    if standing is None:
        return
    manifest = json.loads((standing.path / MANIFEST).read_text(encoding="utf-8"))
    cards: pl.DataFrame | None = None
    with contextlib.suppress(OSError, pl.exceptions.PolarsError):  # a damaged release is made again, not compared
        cards = pl.read_parquet(standing.path / f"{CARDS}.parquet", glob=False)
    keep_promises(manifest, cards, content.tables, content.frames.get(CARDS), policy)


@contextlib.contextmanager
def _warehouse(path: Path) -> Generator[Any]:
    import duckdb

    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise QdeepError("E-502", "The warehouse file cannot be opened.", Place(file=path.name)) from error
    try:
        yield connection
    finally:
        connection.close()


def _rows(connection: Any, table: Table) -> pl.DataFrame:
    """Read a table in one order for ever: by its grain, then by whatever is left."""
    columns = [f'"{column.name}"' for column in table.fields]
    order = [f'"{name}"' for name in table.grain]
    rest = [column for column in columns if column not in order]
    by = ", ".join(f"{column} nulls first" for column in [*order, *rest])
    rows = connection.sql(f"select {', '.join(columns)} from {table.relation} order by {by}")
    return pl.DataFrame(pl.from_arrow(rows.to_arrow_table()))


def _write(  # noqa: PLR0913, PLR0917 - all that a release is made from
    folder: Path, content: Protected, lineage: Lineage, rules: Rules, policy: Policy, project: Path
) -> dict[str, dict[str, Any]]:
    """Write all files but the manifest; returns their hashes and sizes, each worked out once."""
    tables = [content.tables[name] for name in sorted(content.tables)]
    minima = {name: family.base_min for name, family in rules.families.items()}
    for table in tables:
        rows = as_arrow(table, content.frames[table.name])
        write_parquet(table, rows, folder / f"{table.name}.parquet", {**lineage.as_dict(), "minima": minima})
    stored = describe_files(folder)
    database = database_beside(folder) if "duckdb" in policy.formats else contextlib.nullcontext()
    with database:  # the other forms are written meanwhile
        _beside(folder, content, lineage, rules, policy, project, stored)
    files = describe_files(folder, stored)
    if "dcat" in policy.formats:
        _json(folder / "dcat.jsonld", dcat(tables, files, lineage, policy))
    return describe_files(folder, files)


def _beside(  # noqa: PLR0913, PLR0917 - same
    folder: Path,
    content: Protected,
    lineage: Lineage,
    rules: Rules,
    policy: Policy,
    project: Path,
    stored: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write what stands beside the tables: copies for spreadsheets, descriptions, pages."""
    from flows.report.site import write_site

    tables = [content.tables[name] for name in sorted(content.tables)]
    for table in tables:
        write_copies(folder, table, content.frames[table.name], content.held[table.name], policy, lineage.as_dict())
    if "datapackage" in policy.formats:
        rows = {f"{name}.parquet": frame.height for name, frame in content.frames.items()}
        sizes = {name: {**file, "rows": rows[name]} for name, file in stored.items()}
        _json(folder / "datapackage.json", datapackage(tables, sizes, lineage))
    if "docs" in policy.formats:
        (folder / "docs").mkdir()
        (folder / "docs" / "index.html").write_text(project_page(project, tables, lineage), encoding="utf-8")
    (folder / "dictionary.html").write_text(dictionary(content, lineage, rules, policy.formats), encoding="utf-8")
    write_site(folder, folder / "report")


def _manifest(
    files: Mapping[str, Any], content: Protected, lineage: Lineage, rules: Rules, beside: Sequence[str]
) -> dict[str, Any]:
    tables = [
        {
            **asdict(content.tables[name]),
            "rows": content.frames[name].height,
            "withheld": content.hidden[name].withheld,
            "hidden": asdict(content.hidden[name]),
        }
        for name in sorted(content.tables)
    ]
    return {
        "manifest_version": MANIFEST_VERSION,
        **lineage.as_dict(),
        "engine": ENGINE,
        "disclosure": asdict(rules),
        "held_against": list(beside),
        "lost_to_earlier": content.lost,
        "open_to_chains": content.open,
        "tables": tables,
        "files": dict(files),
    }


def _json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _replace(target: Path, folder: Path, tmp: Path) -> None:
    """Put a finished folder in its place; a damaged release of the same name is moved out of the way first."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        sync(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)  # readers come here whatever the umask of the run,
    workspace = target.parent.parent
    workspace.chmod(workspace.stat().st_mode | 0o011)  # through a folder that shows them nothing else
    damaged = tmp / f"damaged-{target.name}"
    if target.exists():
        shutil.rmtree(damaged, ignore_errors=True)
        target.rename(damaged)
    folder.rename(target)
    sync(target.parent)
    shutil.rmtree(damaged, ignore_errors=True)


def _read(path: Path, *, changed: bool) -> Release:
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    tables = {table["name"]: table["rows"] for table in manifest["tables"]}
    return Release(
        release_id=manifest["release_id"],
        path=path,
        tables=tables,
        rows=sum(tables.values()),
        withheld=sum(table["withheld"] for table in manifest["tables"]),
        missing_sources=tuple(source["source"] for source in manifest["missing_sources"]),
        changed=changed,
    )
