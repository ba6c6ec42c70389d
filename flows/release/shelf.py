"""Releases stand on a shelf: which there are, which one readers see, and a log of what came, went and came back."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from flows.errors import Place, QdeepError
from flows.release.policy import Retention
from flows.release.protection.past import LEDGER, is_unseen, see
from flows.release.write import sync
from flows.settings import TIMEZONE, Settings

CURRENT = "current.txt"
LOG = "releases.jsonl"
Action = Literal["published", "rolled_back", "removed"]
State = Literal["current", "withdrawn", "kept"]


@dataclass(frozen=True)
class Entry:
    """One release on the shelf.

    Attributes:
        state: `current`; `withdrawn` (a rollback led away from it); `kept`.
        published_at: When readers first saw it, in local time.
        withheld: Figures withheld in all its tables.
        size: Bytes of all its files.
    """

    release_id: str
    path: Path
    state: State
    as_of: str
    known_on: str
    is_sample: bool
    published_at: str
    tables: int
    rows: int
    withheld: int
    size: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self) | {"path": str(self.path)}


def named(settings: Settings) -> str:
    """Return the id of the release that readers see; empty where there is none."""
    try:
        return (settings.published / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def releases(settings: Settings) -> tuple[Entry, ...]:
    """Return the releases that stand, the newest published first.

    A folder without a readable manifest is none, and neither is one to which readers were never led: its run broke off.
    """
    current, gone = named(settings), withdrawn(settings)
    times = {one["release"]: one["at"] for one in reversed(history(settings)) if one["action"] == "published"}
    found = [
        _entry(path, manifest, current, gone, times)
        for path in sorted(settings.published.glob("*/manifest.json"))
        if not path.parent.is_symlink()
        and not _broke_off(settings, path.parent.name, current)
        and (manifest := _manifest(path)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.published_at, one.release_id), reverse=True))


def _broke_off(settings: Settings, name: str, current: str) -> bool:
    return name != current and is_unseen(settings.workspace / LEDGER / name)


def saw(settings: Settings) -> None:
    """Take note that readers are led to the current release: a run may have broken off right after its switch."""
    if name := named(settings):
        see(settings.workspace / LEDGER / name)


def forget(settings: Settings, name: str) -> None:
    """Remove what runs left behind that broke off: releases that nobody saw, and secrets without a release.

    Args:
        settings: The workspace; the caller holds its lock.
        name: The release about to be published; where it stands whole already it only needs its switch.
    """
    current = named(settings)
    for secrets in sorted((settings.workspace / LEDGER).glob("*")):
        folder = settings.published / secrets.name
        if secrets.name != name and _broke_off(settings, secrets.name, current):
            _away(settings, folder)
        if not folder.exists():
            shutil.rmtree(secrets)


def find(settings: Settings, release_id: str) -> Entry:
    """Return one release of the shelf by its id, or by as much of its beginning as tells it from others.

    Raises:
        QdeepError: E-504 where none, or more than one, is called like that.
    """
    stand = releases(settings)
    fitting = [one for one in stand if one.release_id == release_id]
    fitting = fitting or [one for one in stand if release_id and one.release_id.startswith(release_id)]
    if len(fitting) != 1:
        text = "There is no such release." if not fitting else "Several releases are called like that."
        known = f"one of {', '.join(one.release_id for one in fitting or stand)}" if stand else "a run before"
        raise QdeepError("E-504", text, Place(file=release_id), known)
    return fitting[0]


def chosen(settings: Settings, release_id: str = "") -> Entry:
    """Return the release that is asked for, the current one where none is.

    Raises:
        QdeepError: E-502 where nothing has been published yet, E-504 where there is no such release, or where several
            stand and none is named as the one that readers see.
    """
    if release_id:
        return find(settings, release_id)
    stand = releases(settings)
    current = [one for one in stand if one.state == "current"]
    if stand and not current:
        wanted = f"qdeep release rollback {stand[0].release_id}"
        raise QdeepError("E-504", "Releases stand, but readers are led to none.", Place(file=CURRENT), wanted)
    if not current:
        raise QdeepError("E-502", "No release has been published yet.", expected="a run before: qdeep run")
    return current[0]


def pair(settings: Settings, before: str = "", after: str = "") -> tuple[Entry, Entry]:
    """Return the two releases to compare: those named, else the current one and the one published before it.

    Raises:
        QdeepError: E-502 or E-504 where there are not two.
    """
    second = chosen(settings, after)
    if before:
        return find(settings, before), second
    stand = releases(settings)
    earlier = stand[stand.index(second) + 1 :]
    if not earlier:
        raise QdeepError("E-504", "There is no earlier release to compare with.", Place(file=second.release_id))
    return earlier[0], second


def described(entry: Entry) -> dict[str, Any]:
    """Return what a release says of itself: origin, files, and for each table what is withheld, in hundredths."""
    manifest = json.loads((entry.path / "manifest.json").read_text(encoding="utf-8"))
    return {
        "state": entry.state,
        "published_at": entry.published_at,
        "as_of": manifest["as_of"],
        "known_on": manifest["known_on"],
        "code": manifest["code_version"],
        "deliveries": manifest["deliveries"],
        "missing_sources": [source["source"] for source in manifest["missing_sources"]],
        "files": manifest["files"],
        "tables": [_table(raw) for raw in manifest["tables"]],
    }


def history(settings: Settings) -> list[dict[str, str]]:
    """Return what happened to releases, oldest first; a line torn by a power cut is left out."""
    with contextlib.suppress(FileNotFoundError):
        lines = (settings.workspace / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
        return [entry for line in lines if (entry := _line(line))]
    return []


def withdrawn(settings: Settings) -> frozenset[str]:
    """Return the releases that a rollback led away from; such a one is not published again by itself."""
    gone: set[str] = set()
    for entry in history(settings):
        if entry["action"] == "rolled_back":
            gone.add(entry.get("from", ""))
        gone.discard(entry["release"])
    return frozenset(gone - {"", named(settings)})


def is_rolled_back(settings: Settings) -> bool:
    """Return whether readers see a release because of a rollback."""
    moves = [one for one in history(settings) if one["action"] != "removed"]
    return bool(moves) and moves[-1]["action"] == "rolled_back" and moves[-1]["release"] == named(settings)


def record(settings: Settings, action: Action, release: str, **more: str) -> None:
    """Append one line to the log and make sure that it survives a power cut."""
    entry = {"at": datetime.now(TIMEZONE).isoformat(timespec="seconds"), "action": action, "release": release, **more}
    path = settings.workspace / LOG
    torn = path.is_file() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(("\n" if torn else "") + json.dumps(entry, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def switch(published: Path, name: str) -> None:
    """Make a release the current one: the replaced current.txt is the commit, the link a convenience."""
    draft = published / f".{CURRENT}"
    draft.write_text(name + "\n", encoding="utf-8")
    draft.chmod(0o644)
    sync(draft)
    draft.replace(published / CURRENT)
    sync(published)
    link(published, name)


def link(published: Path, name: str) -> None:
    """Let the link `current` lead to a release, where the file system has links."""
    place, draft = published / "current", published / ".current"
    with contextlib.suppress(OSError, NotImplementedError):  # file systems without links have current.txt
        if place.is_symlink() and os.readlink(place) == name:  # noqa: PTH115 - the text of the link, not its target
            return
        draft.unlink(missing_ok=True)
        draft.symlink_to(name, target_is_directory=True)
        draft.replace(place)


def outlived(entries: Sequence[Entry], retention: Retention) -> tuple[Entry, ...]:
    """Return the releases that may go, given newest first: neither current nor kept by the rules of retention."""
    newest_of_day: dict[str, str] = {}
    for one in entries:
        newest_of_day.setdefault(one.as_of, one.release_id)
    days = sorted(newest_of_day, reverse=True)[: retention.days]
    kept = {one.release_id for one in entries[: retention.last]} | {newest_of_day[day] for day in days}
    return tuple(one for one in entries if one.state != "current" and one.release_id not in kept)


def remove(settings: Settings, entries: Iterable[Entry]) -> None:
    """Remove releases, each in one step: it is there whole or not at all. What a reader has open stays readable."""
    for one in entries:
        _away(settings, one.path)
        record(settings, "removed", one.release_id)
        shutil.rmtree(settings.workspace / LEDGER / one.release_id, ignore_errors=True)


def _away(settings: Settings, folder: Path) -> None:
    """Remove a folder of published/ in one step, where it is there."""
    grave = settings.tmp / f"removed-{folder.name}"
    settings.tmp.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(grave, ignore_errors=True)
    if folder.exists():
        folder.rename(grave)
        sync(settings.published)
    shutil.rmtree(grave, ignore_errors=True)


def _table(raw: dict[str, Any]) -> dict[str, Any]:
    hidden = raw["hidden"]  # before engine 5 each column of a withheld row was counted, empty ones too
    return {
        "table": raw["name"],
        "version": raw.get("version", 1),
        "rows": raw["rows"],
        "figures": hidden["figures"],
        "withheld": sum(hidden["by_reason"].values()),
        "by_reason": hidden["by_reason"],
        "counted": hidden.get("counted", "columns"),
        "figures_pct": _hundredths(hidden.get("share_withheld", hidden.get("share_of_figures"))),
        "mass_pct": _hundredths(hidden["share_of_mass"]),
    }


def _hundredths(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)


def _entry(path: Path, manifest: dict[str, Any], current: str, gone: frozenset[str], times: dict[str, str]) -> Entry:
    name, tables = path.parent.name, manifest["tables"]
    state: State = "current" if name == current else "withdrawn" if name in gone else "kept"
    made = datetime.fromtimestamp(path.stat().st_mtime, TIMEZONE).isoformat(timespec="seconds")
    return Entry(
        name,
        path.parent,
        state,
        manifest["as_of"],
        manifest["known_on"],
        manifest["is_sample"],
        times.get(name, made),
        len(tables),
        sum(table["rows"] for table in tables),
        sum(table["withheld"] for table in tables),
        sum(file["bytes"] for file in manifest["files"].values()),
    )


def _manifest(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if {"tables", "files", "as_of", "known_on", "is_sample"} <= set(found) else None
    except (OSError, ValueError):
        return None


def _line(text: str) -> dict[str, str] | None:
    try:
        entry = json.loads(text)
        return entry if {"action", "release", "at"} <= set(entry) else None
    except (ValueError, TypeError):
        return None
