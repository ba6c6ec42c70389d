"""Says which rows a build counts: of each scope those of the newest delivery known on `known_on`.

Nothing here hangs on the order in which deliveries arrived: they are taken by the day from which each is known,
then by period and id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.contracts.model import Contract, Contracts
from flows.intake.history import is_held, position, verdicts
from flows.intake.learned import LearnedRule

PART = "rows"


@dataclass(frozen=True)
class Delivery:
    """A delivery known on `known_on`, and whether its rows count.

    Attributes:
        manifest: The delivery's manifest as written by intake.
        is_current: Whether rows of it count.
        verdict: `landed`, `held` (it breaks with the deliveries before it and nobody has accepted it) or `refused`.
        learned: What the deliveries before it say of it.
        replaced: Values of the source's `slice_column` whose rows count from later partial deliveries.
    """

    manifest: dict[str, Any]
    is_current: bool
    verdict: str = "landed"
    learned: tuple[LearnedRule, ...] = ()
    replaced: tuple[str, ...] = ()

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
        Deliveries by source, `known_from`, period and id. Of a source with scope `whole` the newest landed delivery
        counts, of a source with scope `period` the newest for each period: the newest `known_from`, and of
        equal ones the greatest id. A partial delivery replaces the rows of its slice alone, a full one all before it.
        Mended rows (scope `rows`) count together with the delivery that they come from.
    """
    known: dict[str, list[dict[str, Any]]] = {}
    for manifest in manifests:
        if manifest["source"] in contracts.sources and date.fromisoformat(manifest["known_from"]) <= known_on:
            known.setdefault(manifest["source"], []).append(manifest)
    return [
        delivery
        for source, several in sorted(known.items())
        for delivery in _of_source(sorted(several, key=position), contracts.sources[source], contracts)
    ]


def standings(manifests: Sequence[dict[str, Any]], contracts: Contracts) -> list[tuple[dict[str, Any], str]]:
    """Return each delivery with its verdict, `landed`, `held` or `refused`, whatever the day.

    A delivery of a source without a contract keeps the verdict of its manifest.
    """
    said = {one.delivery_id: one.verdict for one in choose(manifests, contracts, date.max)}
    return [(one, said.get(one["delivery_id"], one["verdict"])) for one in manifests]


def _of_source(manifests: Sequence[dict[str, Any]], contract: Contract, contracts: Contracts) -> list[Delivery]:
    learned = verdicts(manifests, contract, contracts)
    judged = [_verdict(one, learned[one["delivery_id"]]) for one in manifests]
    landed = [one for one, verdict in zip(manifests, judged, strict=True) if verdict == "landed"]
    whole = [one for one in landed if one["scope"] != PART]
    newest_first = sorted(whole, key=lambda one: (one["known_from"], one["delivery_id"]), reverse=True)
    standing = _standing(newest_first)
    origins = {one["delivery_id"]: one["origin"]["delivery_id"] for one in landed if one["scope"] == PART}
    standing |= {part: standing[origin] for part, origin in origins.items() if origin in standing}
    return [
        Delivery(
            one, one["delivery_id"] in standing, verdict, learned[one["delivery_id"]],
            standing.get(one["delivery_id"], ()),
        )
        for one, verdict in zip(manifests, judged, strict=True)
    ]  # fmt: skip


def _verdict(manifest: dict[str, Any], learned: tuple[LearnedRule, ...]) -> str:
    return "held" if manifest["verdict"] == "landed" and is_held(learned) else manifest["verdict"]


def _standing(newest_first: Sequence[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return the deliveries whose rows count, each with the slices that later ones have replaced."""
    standing: dict[str, tuple[str, ...]] = {}
    replaced: dict[str, set[str]] = {}
    for one in newest_first:
        period, part = _period(one), one.get("slice") or ""
        gone = replaced.setdefault(period, set())
        if "" in gone or (part and part in gone):
            continue
        standing[one["delivery_id"]] = () if part else tuple(sorted(gone))
        gone.add(part)
    return standing


def _period(manifest: dict[str, Any]) -> str:
    return (manifest.get("period") if manifest["scope"] == "period" else None) or ""
