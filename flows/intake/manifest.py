"""The manifest of a delivery says what it is, what was found and how many rows went where, and no value of a row."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flows.contracts.model import Contract, Contracts
from flows.errors import Place, QdeepError
from flows.intake.judgement import judged_by
from flows.intake.store import MANIFEST, code_version
from flows.pull.folder import matched
from flows.pull.received import Received
from flows.settings import TIMEZONE

VERSION = 1
YEAR, MONTH = {len("2026"): "-01-01"}, {len("2026-09"): "-01"}  # what each lacks of its first day


@dataclass(frozen=True)
class Scope:
    """What a delivery is about, and since when it is known.

    Attributes:
        period: First or named day of its period; None where its file name says none.
        known_from: Day from which it counts.
        organisation: Unit that it covers.
        slice: Value of the contract's `slice_column` that a partial delivery covers; empty for a full one.
    """

    period: date | None
    known_from: date
    organisation: str
    slice: str = ""


def scope_of(received: Received, contract: Contract) -> Scope:
    """Read the scope from the file name, by the groups of the contract's pattern.

    Raises:
        QdeepError: E-207 where a group is no date.
    """
    match = matched(received.name, contract)
    groups = match.groupdict() if match else {}
    part = groups.get("organisation") or ""
    known_from = _day("known_from", groups, received)
    return Scope(
        _day("period", groups, received),
        known_from or _day_received(received),
        part or contract.organisation,
        part if contract.slice_column else "",
    )


def is_future(scope: Scope, received: Received) -> bool:
    """Return whether a file says that it is known only after the day on which it came."""
    return scope.known_from > _day_received(received)


def _day(name: str, groups: dict[str, str | None], received: Received) -> date | None:
    text = groups.get(name)
    if not text:
        return None
    lacks = YEAR | MONTH if name == "period" else MONTH
    try:
        return date.fromisoformat(text + lacks.get(len(text), ""))
    except ValueError:
        where = Place(source=received.source, file=received.name)
        expected = "YYYY-MM-DD or YYYY-MM" + (", or YYYY" if name == "period" else "")
        raise QdeepError("E-207", f"The file name holds no date as {name}.", where, expected) from None


def _day_received(received: Received) -> date:
    return received.received_at.astimezone(TIMEZONE).date()


def unnamed_scope(received: Received, contract: Contract) -> Scope:
    """Return the scope of a file whose name says nothing of it."""
    return Scope(None, _day_received(received), contract.organisation)


def about(received: Received, contract: Contract, contracts: Contracts, scope: Scope) -> dict[str, Any]:
    """Return what the manifest says of a delivery before it was judged."""
    return {
        "manifest_version": VERSION,
        "delivery_id": received.delivery_id,
        "source": contract.source,
        "kind": contract.kind.name,
        "contract_version": contract.version,
        "judged_by": judged_by(contract, contracts),
        "organisation": scope.organisation,
        "scope": contract.scope,
        "slice": scope.slice,
        "period": scope.period.isoformat() if scope.period else None,
        "known_from": scope.known_from.isoformat(),
        "received_at": received.received_at.isoformat(timespec="seconds"),
        "file": {
            "name": received.name,
            "sha256": received.sha256,
            "bytes": received.bytes,
            "format": contract.file.format,
            "encoding": contract.file.encoding if contract.file.format in ("csv", "tsv") else "",
        },
        "code_version": code_version(),
    }


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest of a delivery."""
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def history_of(manifest: dict[str, Any] | None, why: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the verdicts before the next one, oldest first, each with why it was judged again."""
    if not manifest:
        return []
    names = ("verdict", "read", "landed", "refused", "contract_version", "judged_by", "code_version")
    counts = {result["rule"]: result["failed"] for result in manifest["rules"] if result["failed"]}
    last = {**{name: manifest.get(name) for name in names}, "failed": counts, "judged_again_for": list(why)}
    return [*manifest.get("history", ()), last]
