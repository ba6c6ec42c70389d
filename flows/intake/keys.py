"""The key of a workspace is safe to use: private, its user's own, outside the data, and the key of the lake."""

import os
from typing import Any

from flows.errors import Place, QdeepError
from flows.intake.pseudonym import Key, load_key
from flows.intake.store import deliveries
from flows.settings import Settings


def key_of(settings: Settings) -> Key:
    """Read the key of the workspace.

    Raises:
        QdeepError: E-401 where there is none, E-402 where it is not safe, E-444 where the lake was made with another.
    """
    key = safe_key(settings)
    others = lake_keys(settings) - {key.id}
    if others:
        text = f"The lake was made with the key {', '.join(sorted(others))}, and this one is {key.id}."
        expected = "the key of the lake; qdeep key rotate OLD NEW changes it"
        raise QdeepError("E-444", text, Place(file=str(settings.key_file)), expected)
    return key


def safe_key(settings: Settings) -> Key:
    """Read a key that nobody else may read and that no copy of the workspace carries along."""
    path, where = settings.key_file, Place(file=str(settings.key_file))
    key = load_key(path)
    if path.stat().st_uid != os.geteuid():
        raise QdeepError("E-402", "The key belongs to another user.", where, "a key of the user who runs qdeep")
    if not settings.sample and path.resolve().is_relative_to(settings.workspace.resolve()):
        text = "The key lies inside the workspace, whose copies would carry it along."
        raise QdeepError("E-402", text, where, "a key elsewhere: set key_file")
    return key


def lake_keys(settings: Settings) -> set[str]:
    """Return the ids of the keys that the landed rows were made with."""
    return {str(one["key_id"]) for one in deliveries(settings) if one["verdict"] == "landed" and one.get("key_id")}


def examine(settings: Settings) -> dict[str, Any]:
    """Return what can be said of the key without showing it: file, id, mode, and the keys of the lake.

    Raises:
        QdeepError: E-401, E-402.
    """
    key = safe_key(settings)
    keys = sorted(lake_keys(settings))
    mode = f"{settings.key_file.stat().st_mode & 0o777:04o}"
    return {
        "path": str(settings.key_file),
        "key_id": key.id,
        "mode": mode,
        "lake_keys": keys,
        "fits": keys in ([], [key.id]),
    }
