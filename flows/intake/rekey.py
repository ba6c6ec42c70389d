"""The lake has a new key: every pseudonym is made anew from the vault's originals, and nothing else of it has changed.

The new lake is made beside the old one, delivery by delivery, so that a killed rotation goes on where it was. It takes
the old one's place in one exchange, and only after a proof: same rows in the same order, same values in all columns
without pseudonyms, and one new pseudonym for each old one and the other way round, over the whole lake. The hashes by
which persons are reviewed are made and proved with it. The files of merged persons name them by their new pseudonyms
from then on.
"""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.contracts.merged import merged_keys, rename_keys
from flows.contracts.model import Contracts
from flows.errors import Place, QdeepError
from flows.intake import land
from flows.intake.again import case_of, from_vault, in_order, outdated
from flows.intake.deliver import write_again
from flows.intake.filegate import make_folder
from flows.intake.keys import lake_keys
from flows.intake.manifest import write_manifest
from flows.intake.normalise import literal
from flows.intake.persons import PURPOSE, persons_file, purposes_of, remove_others
from flows.intake.pseudonym import Key
from flows.intake.settle import pseudonyms
from flows.intake.store import deliveries, is_whole, read_manifest
from flows.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FRESH, ASIDE, INTENT = "lake.next", "lake.old", "lake.switch"


@dataclass(frozen=True)
class Rotation:
    """What a rotation proved; `persons` counts distinct pseudonyms by purpose, the same before and after.

    Attributes:
        merged: Keys in the files of merged persons that have been written anew.
    """

    old_id: str
    new_id: str
    deliveries: int = 0
    rows: int = 0
    persons: dict[str, int] = field(default_factory=dict)
    merged: int = 0


def rotate(settings: Settings, contracts: Contracts, old: Key, new: Key) -> Rotation:
    """Give the lake a new key; the caller holds the lock.

    Raises:
        QdeepError: E-444 where the lake was not made with the old key, E-445 where it cannot be made anew as it is,
            or a merged person is not in it; the lake is as it was then.
    """
    keys = lake_keys(settings)
    if keys == {new.id}:
        return Rotation(old.id, new.id)
    if keys - {old.id}:
        raise QdeepError(
            "E-444", f"The lake was made with the key {', '.join(sorted(keys))}.", expected="its key first"
        )
    due, lost = outdated(contracts, sorted(contracts.sources), settings)
    if due or lost:
        raise _cannot(f"{len(due) + len(lost)} deliveries are to be judged again first.", "qdeep run before")
    fresh = make_folder(settings.workspace / FRESH)
    manifests = in_order(deliveries(settings))
    _remove_others(fresh, manifests)
    for manifest in manifests:
        _make(fresh, manifest, contracts, settings, (old, new))
        land.checkpoint("rekeyed")
    proof = Rotation(old.id, new.id, len(manifests))
    result, renamed = _proved(settings, fresh, manifests, contracts, proof)
    land.checkpoint("proved")
    _intend(settings, new.id, renamed)
    finish(settings)
    return result


def finish(settings: Settings) -> None:
    """Put a proved lake in its place, if a rotation came so far, and remove what was made with the old key."""
    intent, fresh, aside = (settings.workspace / name for name in (INTENT, FRESH, ASIDE))
    if not intent.is_file():
        return
    told = json.loads(intent.read_text(encoding="utf-8"))
    if fresh.is_dir() and (not settings.lake.exists() or lake_keys(settings) != {told["key_id"]}):
        land.exchange(fresh, settings.lake, aside)
    land.checkpoint("exchanged")
    rename_keys(settings, told["renamed"])
    land.checkpoint("renamed")
    remove_others(settings, told["key_id"])
    for old in (fresh, aside, settings.warehouse):  # the warehouse is a cache, and it holds old pseudonyms
        shutil.rmtree(old, ignore_errors=True)
    land.checkpoint("old_removed")
    intent.unlink()
    land.sync(settings.workspace)


def _intend(settings: Settings, new_id: str, renamed: dict[str, str]) -> None:
    """Write down that the proved lake is to be the lake; whatever happens now, the next run finishes it."""
    intent = settings.workspace / INTENT
    draft = intent.with_suffix(".part")
    draft.write_text(json.dumps({"key_id": new_id, "renamed": renamed}), encoding="utf-8")
    land.sync(draft)
    draft.replace(intent)
    land.sync(settings.workspace)
    land.checkpoint("intended")


def _cannot(text: str, expected: str, manifest: dict[str, Any] | None = None) -> QdeepError:
    where = Place(manifest["source"], manifest["delivery_id"]) if manifest else Place()
    return QdeepError("E-445", text, where, expected)


def _remove_others(fresh: Path, manifests: list[dict[str, Any]]) -> None:
    """Remove what an earlier try made of deliveries that are no longer there."""
    wanted = {(one["source"], one["delivery_id"]) for one in manifests}
    for folder in fresh.glob("*/*"):
        if (folder.parent.name, folder.name) not in wanted:
            shutil.rmtree(folder)


def _make(
    fresh: Path, manifest: dict[str, Any], contracts: Contracts, settings: Settings, keys: tuple[Key, Key]
) -> None:
    """Make a delivery anew unless an earlier try has; its manifest comes last."""
    folder = fresh / manifest["source"] / manifest["delivery_id"]
    made = read_manifest(folder)
    if made and is_whole(folder, made) and _same(made, manifest) and made["key_id"] == keys[1].id:
        return
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    files = _files(folder, manifest, contracts, settings, keys) if manifest["files"] else {}
    write_manifest(folder, {**manifest, "files": files, "key_id": keys[1].id})
    land.sync_all(folder)
    land.sync(folder.parent)
    land.sync(fresh)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    keyed = ("files", "key_id")
    return {k: v for k, v in one.items() if k not in keyed} == {k: v for k, v in other.items() if k not in keyed}


def _files(
    folder: Path, manifest: dict[str, Any], contracts: Contracts, settings: Settings, keys: tuple[Key, Key]
) -> dict[str, Any]:
    received, contract = from_vault(manifest, settings), contracts.sources.get(manifest["source"])
    if received is None:
        raise _cannot("The original is not in the vault.", "the vault from its backup", manifest)
    if contract is None:
        raise _cannot("Its source has no contract any more.", "its contract", manifest)
    own, part = case_of(received, contract, settings)
    files = write_again(received, own, contracts, settings, keys, part=part, folder=folder)
    if files is None:
        raise _cannot("The original does not land any more.", "qdeep run before", manifest)
    return files


def _proved(
    settings: Settings, fresh: Path, manifests: list[dict[str, Any]], contracts: Contracts, result: Rotation
) -> tuple[Rotation, dict[str, str]]:
    """Compare the two lakes, row by row and pseudonym by pseudonym; return also old -> new key of merged persons.

    Raises:
        QdeepError: E-445 names the delivery that differs, or the line of a merged person who is in none.
    """
    import duckdb

    rows, lakes = Counter[str](), (settings.lake, fresh)
    with (  # old and new pseudonyms side by side are gone whatever comes of the proof
        tempfile.TemporaryDirectory(prefix="rotation-", dir=make_folder(settings.tmp)) as work,
        duckdb.connect(str(Path(work) / "pairs.duckdb"), config={"memory_limit": settings.memory_limit}) as connection,
    ):
        connection.execute("create table pairs (purpose varchar, was varchar, now varchar)")
        for manifest in manifests:
            contract = contracts.sources[manifest["source"]]
            purposes = pseudonyms(contract)
            for name in manifest["files"]:
                pair = _Pair(*(lake / manifest["source"] / manifest["delivery_id"] / name for lake in lakes))
                rows[name] += _compare(connection, pair, manifest, purposes.get(Path(name).stem, {}))
            pair = _Pair(*(persons_file(settings, manifest, key) for key in (result.old_id, result.new_id)))
            if pair.before.is_file():
                _compare(connection, pair, manifest, purposes_of(contract))
        persons = {purpose: count for purpose, count in _persons(connection) if purpose != PURPOSE}
        renamed = _renamed(connection, settings)
    return replace(result, rows=rows["rows.parquet"], persons=persons, merged=len(renamed)), renamed


@dataclass(frozen=True)
class _Pair:
    """A file as it was and as it would be."""

    before: Path
    after: Path


def _compare(connection: "DuckDBPyConnection", pair: _Pair, manifest: dict[str, Any], purposes: dict[str, str]) -> int:
    """Return the number of rows of a file that differs from the one before in its pseudonyms alone."""
    name = pair.before.name
    if not pair.after.is_file():
        raise _cannot(f"{name} would be lost.", "qdeep run before", manifest)
    before, after = (f"read_parquet({literal(path.as_posix())})" for path in (pair.before, pair.after))
    columns = [column for column, *_ in connection.execute(f"describe select * from {before}").fetchall()]
    if columns != [column for column, *_ in connection.execute(f"describe select * from {after}").fetchall()]:
        raise _cannot(f"The columns of {name} would change.", "qdeep run before", manifest)
    was, now = (", ".join(f'"{c}" as {side}_{i}' for i, c in enumerate(columns)) for side in ("was", "now"))
    joined = f"(select {was} from {before}) positional join (select {now} from {after})"
    differs = [
        f"(was_{i} is null) <> (now_{i} is null)" if column in purposes else f"was_{i} is distinct from now_{i}"
        for i, column in enumerate(columns)
    ]
    count, wrong = connection.execute(
        f"select count(*), count(*) filter (where {' or '.join(differs)}) from {joined}"
    ).fetchall()[0]
    told = manifest["files"].get(name)
    if wrong or (told and count != told["rows"]):
        raise _cannot(f"{wrong} rows of {name} would change in more than their pseudonyms.", "the same rows", manifest)
    for i, column in enumerate(columns):
        if column in purposes:
            connection.execute(
                f"insert into pairs select distinct {literal(purposes[column])}, was_{i}, now_{i} from {joined} "
                f"where was_{i} is not null"
            )
    return int(count)


def _persons(connection: "DuckDBPyConnection") -> Iterator[tuple[str, int]]:
    query = (
        "select purpose, count(*), count(distinct was), count(distinct now) "
        "from (select distinct * from pairs) as pair group by purpose order by purpose"
    )
    for purpose, pairs, before, after in connection.execute(query).fetchall():
        if not pairs == before == after:
            raise _cannot(f"{before} persons ({purpose}) would become {after}.", "as many persons as before")
        yield purpose, pairs


def _renamed(connection: "DuckDBPyConnection", settings: Settings) -> dict[str, str]:
    """Return old -> new key of the merged persons; once the old lake is gone nobody could tell who was meant."""
    renamed = {}
    for key, where in merged_keys(settings):
        found = connection.execute("select any_value(now) from pairs where was = ?", [key]).fetchall()
        if found[0][0] is None:
            raise QdeepError(
                "E-445", "A merged person is not in the lake.", where, "a key of the lake, or no such line"
            )
        renamed[key] = found[0][0]
    return renamed
