"""The deliveries before a delivery are known, by the day from which each counts and never by the day it arrived.

So the same deliveries give the same verdicts in whatever order they came: a verdict is computed anew from the
manifests at each build, and what intake says is the answer by what it knew.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from flows.contracts.model import Contract, Contracts
from flows.intake.learned import LearnedRule, Statistics, judge_learned

Manifest = dict[str, Any]


def position(manifest: Manifest) -> tuple[str, str, str]:
    """Return the place of a delivery in the history of its source: day it counts from, period, id."""
    return manifest["known_from"], manifest.get("period") or "", manifest["delivery_id"]


def past_of(
    manifest: Manifest, others: Iterable[Manifest], contract: Contract, contracts: Contracts
) -> list[Statistics]:
    """Return the statistics with which a delivery is compared; empty while its source is still being learned.

    Args:
        manifest: `delivery_id`, `known_from`, `period` and `slice` of the delivery.
        others: Manifests of its source; those that count later or cover another slice are left out.
        contract: Contract of the source.
        contracts: Code lists.
    """
    if manifest["delivery_id"] in contract.history.accepted:
        return []
    before = [one for one in others if _line(one) == _line(manifest) and position(one) < position(manifest)]
    standing: list[Manifest] = []
    for one in sorted(before, key=position):
        standing = _after(one, standing, contract, contracts)
    return _compared(standing, contract)


def verdicts(
    manifests: Iterable[Manifest], contract: Contract, contracts: Contracts
) -> dict[str, tuple[LearnedRule, ...]]:
    """Return for each delivery of a source what the history says of it.

    Args:
        manifests: Manifests of one source, of all deliveries known on the day of the build.
        contract: Contract of the source.
        contracts: Code lists.
    """
    found: dict[str, tuple[LearnedRule, ...]] = {}
    standing: dict[str, list[Manifest]] = {}
    for one in sorted(manifests, key=position):
        line = standing.setdefault(_line(one), [])
        past = [] if one["delivery_id"] in contract.history.accepted else _compared(line, contract)
        now = one.get("statistics") if _is_comparable(one) else None
        found[one["delivery_id"]] = judge_learned(contract, contracts, now or None, past)
        standing[_line(one)] = _after(one, line, contract, contracts)
    return found


def is_held(rules: Iterable[LearnedRule]) -> bool:
    """Return whether a delivery is held back: it breaks an expectation that refuses."""
    return any(rule.verdict == "failed" for rule in rules)


def _line(manifest: Manifest) -> str:
    """Return the slice that a delivery covers: a part is compared with the same part."""
    return manifest.get("slice") or ""


def _is_comparable(one: Manifest) -> bool:
    """Return whether a delivery landed and is one of its own; mended rows are few of another."""
    return one["verdict"] == "landed" and one.get("scope") != "rows"


def _after(one: Manifest, standing: list[Manifest], contract: Contract, contracts: Contracts) -> list[Manifest]:
    """Return the history after a delivery: it teaches unless it was refused or held back."""
    if not _is_comparable(one) or not one.get("statistics"):
        return standing
    if one["delivery_id"] in contract.history.accepted:
        return [one]
    rules = judge_learned(contract, contracts, one["statistics"], _compared(standing, contract), severities=("refuse",))
    return standing if is_held(rules) else [*standing, one]


def _compared(standing: Sequence[Manifest], contract: Contract) -> list[Statistics]:
    """Return the statistics of the last deliveries, of one period the newest; none while there are too few."""
    newest = {one.get("period") if contract.scope == "period" else one["delivery_id"]: one for one in standing}
    begun_anew = bool(standing) and standing[0]["delivery_id"] in contract.history.accepted
    if len(newest) < (1 if begun_anew else contract.history.learn):
        return []
    return [one["statistics"] for one in newest.values()][-contract.history.window :]
