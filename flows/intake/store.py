"""What stands in the lake: the manifests of all deliveries, and whether the files of one are whole."""

import hashlib
import json
from dataclasses import replace
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
    """Return the manifest of a delivery that has its verdict and needs no other; None where it is to be taken in.

    A damaged folder does not count, and neither does a delivery refused under a contract or by signed totals
    that have changed since.
    """
    folder = settings.lake / received.source / received.delivery_id
    manifest = read_manifest(folder)
    if not manifest or manifest["delivery_id"] != received.delivery_id or not is_whole(folder, manifest):
        return None
    is_outdated = manifest["verdict"] == "refused" and _is_outdated(manifest, received, contract)
    return None if is_outdated else manifest


def _is_outdated(manifest: dict[str, Any], received: Received, contract: Contract) -> bool:
    """Return whether a refusal was by another contract, or by other signed totals than stand there now."""
    from flows.intake.totals import totals_digest

    if manifest.get("contract_sha256") != contract_digest(contract):
        return True
    agreed = contract.control_totals is not None
    return agreed and manifest.get("control_totals", {}).get("sha256", "") != totals_digest(received, contract)


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


def contract_digest(contract: Contract) -> str:
    """Return a digest of all that a contract says, wherever its files stand."""
    return hashlib.sha256(repr(replace(contract, path=Path())).encode()).hexdigest()[:16]


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
