"""What stands in the lake: the manifests of all deliveries, and whether the files of one are whole."""

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flows.contracts.model import Contract
from flows.pull.received import Received
from flows.settings import ROOT, Settings

MANIFEST = "manifest.json"


def deliveries(settings: Settings) -> list[dict[str, Any]]:
    """Return the manifests of all deliveries, landed and refused, by source and id; damaged ones are left out."""
    manifests = (read_manifest(path.parent) for path in sorted(settings.lake.glob(f"*/*/{MANIFEST}")))
    return [manifest for manifest in manifests if manifest]


def of_source(source: str, settings: Settings) -> list[dict[str, Any]]:
    """Return the manifests of all deliveries of one source, as `deliveries` does."""
    manifests = (read_manifest(path.parent) for path in sorted(settings.lake.glob(f"{source}/*/{MANIFEST}")))
    return [manifest for manifest in manifests if manifest]


def standing(received: Received, contract: Contract, settings: Settings) -> dict[str, Any] | None:
    """Return the manifest of a delivery that has its verdict; None where there is none, or its folder is damaged."""
    folder = settings.lake / contract.source / received.delivery_id
    manifest = read_manifest(folder)
    if not manifest or manifest["delivery_id"] != received.delivery_id or not is_whole(folder, manifest):
        return None
    return manifest


def refused_file(settings: Settings, manifest: dict[str, Any]) -> Path:
    """Return the file of rows that the standing verdict refused; those of older verdicts stay beside."""
    return (
        settings.vault / manifest["source"] / manifest["delivery_id"] / refused_name(len(manifest.get("history", ())))
    )


def refused_name(judged_before: int) -> str:
    """Return the name of the refused rows of the first, second ... verdict of a delivery."""
    return f"refused.{judged_before + 1}.parquet" if judged_before else "refused.parquet"


def original_of(settings: Settings, manifest: dict[str, Any]) -> Path | None:
    """Return the file as received that the vault keeps, or None where it is missing or has another size."""
    folder = settings.vault / manifest["source"] / manifest["delivery_id"]
    found = next(iter(sorted(folder.glob("original.*"))), None)
    return found if found and found.stat().st_size == manifest["file"]["bytes"] else None


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a delivery folder, or None where it has none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and "delivery_id" in manifest else None


def is_whole(folder: Path, manifest: dict[str, Any]) -> bool:
    """Return whether the files of a delivery are those of its manifest, by size and SHA-256."""
    return all(_is_same(folder / name, file) for name, file in manifest["files"].items())


def _is_same(path: Path, file: dict[str, Any]) -> bool:
    return path.is_file() and path.stat().st_size == file["bytes"] and sha256(path) == file["sha256"]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_version() -> str:
    """Return the version of qdeep and a digest of the code that takes deliveries in."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "flows" / "intake").glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    try:
        number = version("qdeep")
    except PackageNotFoundError:
        number = "0"
    return f"{number}+{digest.hexdigest()[:8]}"
