"""What has landed or been refused is judged again from the vault when what its verdict hangs on has changed."""

from datetime import datetime
from typing import Any

from flows.contracts.model import Contract, Contracts
from flows.errors import Finding, Place
from flows.intake.judgement import what_changed
from flows.intake.parts import Part, contract_of, part_of
from flows.intake.refused import manifest_of
from flows.intake.store import deliveries, is_whole, original_of
from flows.pull.received import Received
from flows.settings import Settings


def outdated(
    contracts: Contracts, sources: list[str], settings: Settings
) -> tuple[list[Received], tuple[Finding, ...]]:
    """Return the deliveries to be judged again, as received then, and a finding for each whose original is lost."""
    found: list[Received] = []
    lost: list[Finding] = []
    for manifest in in_order(deliveries(settings)):
        contract = contracts.sources.get(manifest["source"])
        if (
            contract is None
            or manifest["source"] not in sources
            or not _is_due(manifest, contract, contracts, settings)
        ):
            continue
        received = from_vault(manifest, settings)
        if received:
            found.append(received)
        else:
            where = Place(manifest["source"], manifest["delivery_id"], manifest["file"]["name"])
            lost.append(Finding("W-448", "Its verdict is out of date and its original is not in the vault.", where))
    return found, tuple(lost)


def from_vault(manifest: dict[str, Any], settings: Settings) -> Received | None:
    """Return a delivery as it was received, its bytes from the vault; None where they are not there."""
    path, file = original_of(settings, manifest), manifest["file"]
    moment = datetime.fromisoformat(manifest["received_at"])
    if path is None:
        return None
    return Received(
        manifest["source"], path, file["name"], file["bytes"], file["sha256"], manifest["delivery_id"], moment
    )


def case_of(received: Received, contract: Contract, settings: Settings) -> tuple[Contract, Part | None]:
    """Return contract and origin by which a delivery that stands already is judged."""
    manifest = next((one for one in deliveries(settings) if one["delivery_id"] == received.delivery_id), {})
    if "origin" not in manifest:
        return contract, None
    return contract_of(contract, manifest_of(settings, manifest["origin"]["delivery_id"])), part_of(manifest, settings)


def _is_due(manifest: dict[str, Any], contract: Contract, contracts: Contracts, settings: Settings) -> bool:
    folder = settings.lake / manifest["source"] / manifest["delivery_id"]
    adds_to = {"verdict": "landed" if manifest["scope"] == "rows" else "refused"}
    scoped = contract_of(contract, adds_to) if "origin" in manifest else contract
    return bool(what_changed(manifest, scoped, contracts)) or not is_whole(folder, manifest)


def in_order(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return deliveries before what mends them."""
    return sorted(manifests, key=lambda one: (one["source"], "origin" in one, one["known_from"], one["delivery_id"]))
