from datetime import date
from pathlib import Path

import pytest

from flows.warehouse.choose import choose
from tests.warehouse.lake import KINDS, TITLE, Contract, Contracts


def _contracts(*names: str) -> Contracts:
    kind = KINDS["personnel"]
    return Contracts(KINDS, {n: Contract(n, kind, 1, Path(), TITLE) for n in names}, {}, {}, {})


def _manifest(delivery_id: str, known_from: str, **changes: object) -> dict:
    manifest = {"delivery_id": delivery_id, "source": "s", "scope": "whole", "period": None, "verdict": "landed"}
    return {**manifest, "known_from": known_from, **changes}


def _current(manifests: list[dict], known_on: str = "2026-12-31") -> list[str]:
    known = choose(manifests, _contracts("s"), date.fromisoformat(known_on))
    return [delivery.delivery_id for delivery in known if delivery.is_current]


def test_the_newest_delivery_of_a_whole_source_wins() -> None:
    assert _current([_manifest("b", "2026-02-01"), _manifest("a", "2026-03-01")]) == ["a"]


def test_a_delivery_known_later_is_left_out() -> None:
    manifests = [_manifest("a", "2026-02-01"), _manifest("b", "2026-03-01")]
    assert _current(manifests, "2026-02-28") == ["a"]
    assert len(choose(manifests, _contracts("s"), date(2026, 2, 28))) == 1


def test_each_period_has_its_own_newest_delivery() -> None:
    january = {"scope": "period", "period": "2026-01-01"}
    february = {"scope": "period", "period": "2026-02-01"}
    manifests = [
        _manifest("a", "2026-02-01", **january),
        _manifest("b", "2026-03-01", **january),
        _manifest("c", "2026-02-01", **february),
    ]
    assert _current(manifests) == ["c", "b"]


def test_a_refused_delivery_never_counts_but_is_known() -> None:
    manifests = [_manifest("a", "2026-02-01"), _manifest("b", "2026-03-01", verdict="refused")]
    known = choose(manifests, _contracts("s"), date(2026, 12, 31))
    assert [(d.delivery_id, d.is_current) for d in known] == [("a", True), ("b", False)]


@pytest.mark.parametrize("order", [1, -1])
def test_of_equal_days_the_greater_id_wins_whatever_the_order(order: int) -> None:
    assert _current([_manifest("a", "2026-02-01"), _manifest("b", "2026-02-01")][::order]) == ["b"]


def test_a_source_without_a_contract_is_left_out() -> None:
    assert _current([_manifest("a", "2026-02-01", source="gone")]) == []


def _mended(delivery_id: str, known_from: str, origin: str) -> dict:
    return _manifest(delivery_id, known_from, scope="rows", origin={"delivery_id": origin}, statistics={"rows": 1})


def test_mended_rows_count_as_long_as_the_delivery_that_they_come_from() -> None:
    manifests = [_manifest("a", "2026-02-01"), _mended("b", "2026-03-01", "a")]
    assert _current(manifests) == ["a", "b"]
    assert _current([*manifests, _manifest("c", "2026-02-15")]) == ["c"]
    assert _current([_manifest("a", "2026-02-01", verdict="refused"), _mended("b", "2026-03-01", "a")]) == []


def test_mended_rows_lose_the_slices_that_their_origin_lost() -> None:
    manifests = [_manifest("a", "2026-02-01"), _mended("b", "2026-03-01", "a")]
    manifests.append(_manifest("c", "2026-02-15", slice="MOA"))
    known = choose(manifests, _contracts("s"), date(2026, 12, 31))
    assert {d.delivery_id: d.replaced for d in known} == {"a": ("MOA",), "b": ("MOA",), "c": ()}


def test_mended_rows_are_held_against_no_history() -> None:
    known = choose([_manifest("a", "2026-02-01"), _mended("b", "2026-03-01", "a")], _contracts("s"), date.max)
    assert {rule.verdict for rule in known[1].learned} <= {"not_judged"}
