"""A workbook of mended rows becomes a delivery of its own that adds to the one it comes from and never changes it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.contracts.model import Contract, Contracts
from flows.errors import Place, QdeepError
from flows.intake.manifest import Scope
from flows.intake.mend import Asked, delivery_of
from flows.intake.refused import manifest_of
from flows.intake.store import deliveries, refused_file
from flows.pull.received import Received, fingerprint
from flows.settings import TIMEZONE, Settings

ROWS = "rows"


@dataclass(frozen=True)
class Part:
    """Where mended rows come from.

    Attributes:
        origin: Delivery that first brought the rows.
        asked: Delivery whose refused rows the workbook holds, which may itself be a mended one.
        scope: Period and organisation of the origin, known from the day the workbook was sent.
        files: Landed rows of the origin and of its other parts.
    """

    origin: str
    asked: Asked
    scope: Scope
    files: tuple[Path, ...]

    def told(self, lines: dict[str, list[list[int]]]) -> dict[str, Any]:
        """Return what the manifest says of it: the trail of each landed row, by line."""
        return {
            "delivery_id": self.origin,
            "exported_from": self.asked.delivery_id,
            "refused_file": self.asked.refused.name,
            "lines": lines,
        }


def identify(
    book: Path, contracts: Contracts, settings: Settings, folder: Path, sent_on: date | None = None
) -> tuple[Received, Contract, Part]:
    """Return a mended workbook as a received file, with the contract that judges it and where its rows come from.

    Args:
        book: The workbook.
        contracts: All contracts.
        settings: Workspace.
        folder: Folder for work in progress.
        sent_on: Day on which it was sent; today where not given.

    Raises:
        QdeepError: E-440 where it is no workbook of this workspace, or was sent before its delivery; E-208 where its
            source has no contract any more.
    """
    any_contract = next(iter(contracts.sources.values()))
    source, delivery_id = delivery_of(book, any_contract, settings, folder)
    manifest = _of_this_workspace(settings, source, delivery_id, book)
    contract = contracts.sources.get(source)
    if contract is None:
        raise QdeepError("E-208", f"No contract for source {source}.", Place(file=book.name), "its contract")
    received = fingerprint(source, book)
    origin = manifest_of(settings, manifest["origin"]["delivery_id"]) if manifest["scope"] == ROWS else manifest
    day = sent_on or datetime.now(TIMEZONE).date()
    if day.isoformat() < origin["known_from"]:
        text = "A mended workbook cannot be sent before its delivery."
        raise QdeepError("E-440", text, Place(file=book.name), f"a day from {origin['known_from']}")
    scope = _scope(origin, day)
    return received, contract_of(contract, origin), _part(settings, manifest, origin, scope, received.delivery_id)


def part_of(manifest: dict[str, Any], settings: Settings) -> Part:
    """Return where the rows of a mended delivery come from, by its manifest."""
    told = manifest["origin"]
    origin, exported = manifest_of(settings, told["delivery_id"]), manifest_of(settings, told["exported_from"])
    scope = _scope(origin, date.fromisoformat(manifest["known_from"]))
    part = _part(settings, exported, origin, scope, manifest["delivery_id"])
    refused = refused_file(settings, exported).with_name(told["refused_file"])
    return replace(part, asked=replace(part.asked, refused=refused))


def contract_of(contract: Contract, origin: dict[str, Any]) -> Contract:
    """Return the contract for mended rows: they add to a landed delivery, and replace one refused whole.

    The totals that were signed for the file of the origin are not signed for them.
    """
    unsigned = replace(contract, control_totals=None)
    return replace(unsigned, scope=ROWS) if origin["verdict"] == "landed" else unsigned


def parts_of(origin: str, manifests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the manifests of the deliveries that mend one."""
    return [one for one in manifests if one.get("origin", {}).get("delivery_id") == origin]


def _of_this_workspace(settings: Settings, source: str, delivery_id: str, book: Path) -> dict[str, Any]:
    try:
        manifest = manifest_of(settings, delivery_id)
    except QdeepError:
        manifest = {}
    if manifest.get("source") != source or not refused_file(settings, manifest).is_file():
        text = "The workbook is about a delivery that has no refused rows here."
        raise QdeepError(
            "E-440", text, Place(source, delivery_id, book.name), "a workbook exported from this workspace"
        )
    return manifest


def _scope(origin: dict[str, Any], day: date) -> Scope:
    period = date.fromisoformat(origin["period"]) if origin["period"] else None
    return Scope(period, day, origin["organisation"], origin.get("slice", ""))


def _part(settings: Settings, exported: dict[str, Any], origin: dict[str, Any], scope: Scope, own: str) -> Part:
    others = [
        one
        for one in parts_of(origin["delivery_id"], deliveries(settings))
        if one["delivery_id"] != own and one["verdict"] == "landed"
    ]
    is_whole = origin["verdict"] == "refused"
    landed = [one for one in (origin, *others) if one["verdict"] == "landed" and not is_whole]
    files = (settings.lake / one["source"] / one["delivery_id"] / "rows.parquet" for one in landed)
    gone = () if is_whole else tuple(one["origin"]["lines"] for one in others)
    still = None if is_whole else refused_file(settings, origin)
    asked = Asked(exported["delivery_id"], refused_file(settings, exported), is_whole, gone, still)
    return Part(origin["delivery_id"], asked, scope, tuple(path for path in files if path.is_file()))
