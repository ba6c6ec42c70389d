"""Says which deliveries a build counts: for each scope the newest one known on `known_on`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.contracts.model import Contracts

PART = "rows"


@dataclass(frozen=True)
class Delivery:
    """A delivery known on `known_on`, and whether its rows count.

    Attributes:
        manifest: The delivery's manifest as written by intake.
        is_current: Whether it is the newest landed delivery of its source and scope.
    """

    manifest: dict[str, Any]
    is_current: bool

    @property
    def delivery_id(self) -> str:
        """First 16 hex digits of the SHA-256 of source and bytes."""
        return str(self.manifest["delivery_id"])


def choose(manifests: Iterable[dict[str, Any]], contracts: Contracts, known_on: date) -> list[Delivery]:
    """Sort the deliveries known on a day into those that count and those that do not.

    Args:
        manifests: Manifests of all deliveries of the lake, landed and refused.
        contracts: A delivery whose source has no contract any more is left out.
        known_on: A delivery with a later `known_from` is left out.

    Returns:
        Deliveries by source, `known_from` and id. Of a source with scope `whole` one landed delivery
        counts, of a source with scope `period` one for each period: the newest `known_from`, and of
        equal ones the greatest id, so that the choice never hangs on when a file was read. Mended rows
        (scope `rows`) count together with the delivery that they come from.
    """
    known = sorted(
        (m for m in manifests if m["source"] in contracts.sources and date.fromisoformat(m["known_from"]) <= known_on),
        key=lambda m: (m["source"], m["known_from"], m["delivery_id"]),
    )
    landed = [m for m in known if m["verdict"] == "landed"]
    newest = {_scope(m): m["delivery_id"] for m in landed if m["scope"] != PART}
    counting = set(newest.values())
    counting |= {m["delivery_id"] for m in landed if m["scope"] == PART and m["origin"]["delivery_id"] in counting}
    return [Delivery(m, m["delivery_id"] in counting) for m in known]


def _scope(manifest: dict[str, Any]) -> tuple[str, str]:
    period = manifest.get("period") if manifest["scope"] == "period" else None
    return manifest["source"], period or ""
