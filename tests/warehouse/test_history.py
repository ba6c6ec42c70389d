"""What counts hangs on when deliveries are known and never on when they came; one that breaks its history is held."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.contracts.model import History, Learned
from flows.due import due
from flows.intake.learned import stability_index
from flows.warehouse.choose import choose, standings
from tests.warehouse.lake import KINDS, TITLE, Contract, Contracts

DAY = date(2026, 1, 1)
LATE = date(2026, 12, 31)


def contracts(**changes: Any) -> Contracts:
    options = {"scope": "whole", **changes}
    return Contracts(KINDS, {"s": Contract("s", KINDS["orders"], 1, Path(), TITLE, **options)}, {}, {}, {})


def delivery(number: int, rows: int = 1000, *, day: int | None = None, **changes: Any) -> dict[str, Any]:
    """Return the manifest of a delivery with its statistics; `filled` cells in the column order_no."""
    columns = {"order_no": {"filled": changes.pop("filled", rows)}}
    known_from = DAY + timedelta(days=number if day is None else day)
    manifest = {"delivery_id": f"{number:016x}", "source": "s", "scope": "whole", "period": None, "verdict": "landed"}
    statistics = {"rows": rows, "staged": rows, "columns": columns}
    return {**manifest, "known_from": known_from.isoformat(), "statistics": statistics, "refused": 0, **changes}


def said(manifests: list[dict[str, Any]], by: Contracts | None = None) -> list[str]:
    return [verdict for _, verdict in standings(manifests, by or contracts())]


def verdict_of(manifests: list[dict[str, Any]], rule: str, by: Contracts | None = None) -> str:
    last = choose(manifests, by or contracts(), LATE)[-1]
    return next(one.verdict for one in last.learned if one.id == rule)


BEFORE = [delivery(n) for n in (1, 2, 3)]


@pytest.mark.parametrize(("rows", "verdict"), [(700, "landed"), (699, "held"), (1300, "landed"), (1301, "held")])
def test_a_delivery_is_held_once_its_rows_leave_the_limit(rows: int, verdict: str) -> None:
    assert said([*BEFORE, delivery(4, rows)]) == ["landed"] * 3 + [verdict]


def test_a_held_delivery_does_not_count_and_teaches_nothing() -> None:
    found = choose([*BEFORE, delivery(4, 10), delivery(5, 10), delivery(6)], contracts(), LATE)
    assert [one.verdict for one in found] == ["landed"] * 3 + ["held", "held", "landed"]
    assert [one.is_current for one in found] == [False] * 5 + [True]


def test_the_delivery_before_a_held_one_goes_on_counting() -> None:
    found = choose([*BEFORE, delivery(4, 10)], contracts(), LATE)
    assert [one.is_current for one in found] == [False, False, True, False]


def test_a_source_is_learned_from_three_deliveries_before_one_is_judged() -> None:
    assert said([*BEFORE[:2], delivery(4, 10)]) == ["landed"] * 3
    assert verdict_of([*BEFORE[:2], delivery(4, 10)], "delivery.volume") == "learning"


def test_history_begins_anew_with_an_accepted_delivery() -> None:
    accepting = contracts(history=History(accepted=(f"{4:016x}",)))
    manifests = [*BEFORE, delivery(4, 10), delivery(5, 11), delivery(6, 1000)]
    assert said(manifests, accepting) == ["landed"] * 5 + ["held"]


@pytest.mark.parametrize(("severity", "verdict", "told"), [("warn", "landed", "warned"), ("refuse", "held", "failed")])
def test_the_contract_says_whether_a_break_holds_or_warns(severity: Any, verdict: str, told: str) -> None:
    by = contracts(history=History(volume=Learned(severity, 0.3)))
    assert said([*BEFORE, delivery(4, 10)], by)[-1] == verdict
    assert verdict_of([*BEFORE, delivery(4, 10)], "delivery.volume", by) == told


def test_a_rule_that_is_off_is_not_there() -> None:
    by = contracts(history=History(volume=Learned("off", 0.3)))
    assert "delivery.volume" not in {one.id for one in choose(BEFORE, by, LATE)[-1].learned}


@pytest.mark.parametrize(("filled", "verdict"), [(900, "passed"), (899, "warned")])
def test_the_share_of_empty_cells_is_compared(filled: int, verdict: str) -> None:
    assert verdict_of([*BEFORE, delivery(4, filled=filled)], "order_no.missing") == verdict


def test_a_history_that_swings_gives_more_room() -> None:
    swinging = [delivery(n, rows) for n, rows in enumerate((600, 1000, 1400), start=1)]
    assert said([*swinging, delivery(4, 400)])[-1] == "landed"


def test_the_stability_index_is_that_of_a_case_worked_by_hand() -> None:
    # (0.5-0.25)*ln(0.5/0.25) + (0.5-0.75)*ln(0.5/0.75) = 0.2746530722; counts so great that smoothing is nothing
    index = stability_index({"a": 5 * 10**9, "b": 5 * 10**9}, {"a": 25 * 10**8, "b": 75 * 10**8})
    assert index == pytest.approx(0.2746530722)


def test_a_part_is_compared_with_the_same_part_and_replaces_only_it() -> None:
    full, part = [*BEFORE], delivery(4, 10, slice="MOA-1")
    found = choose([*full, part], contracts(slice_column="org_unit_id"), LATE)
    assert [(one.is_current, one.verdict, one.replaced) for one in found[2:]] == [
        (True, "landed", ("MOA-1",)),
        (True, "landed", ()),
    ]


def test_a_full_delivery_replaces_the_parts_before_it() -> None:
    found = choose([*BEFORE, delivery(4, slice="MOA-1"), delivery(5)], contracts(), LATE)
    assert [one.is_current for one in found] == [False] * 4 + [True]


DELIVERIES = st.lists(
    st.builds(
        lambda day, rows, period, part, verdict: {
            "day": day, "rows": rows, "period": period, "slice": part, "verdict": verdict
        },
        st.integers(0, 12),
        st.sampled_from([5, 900, 1000, 1100, 4000]),
        st.sampled_from([None, "2026-01-01", "2026-02-01"]),
        st.sampled_from(["", "", "MOA-1", "MOA-2"]),
        st.sampled_from(["landed", "landed", "landed", "refused"]),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@given(DELIVERIES, st.sampled_from(["whole", "period"]), st.integers(0, 14), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    given_ones: list[dict[str, Any]], scope: str, known_on: int, chance: Any
) -> None:
    """Full, partial, corrected, late and future-dated deliveries, in any order."""
    manifests = [delivery(number, scope=scope, **one) for number, one in enumerate(given_ones, start=1)]
    by, on = contracts(scope=scope, slice_column="org_unit_id"), DAY + timedelta(days=known_on)
    shuffled = list(manifests)
    chance.shuffle(shuffled)
    assert choose(shuffled, by, on) == choose(manifests, by, on)
    assert all(one.manifest["known_from"] <= on.isoformat() for one in choose(manifests, by, on))


@given(DELIVERIES, st.integers(0, 14))
def test_what_was_known_on_a_day_is_not_changed_by_what_comes_later(
    given_ones: list[dict[str, Any]], known_on: int
) -> None:
    manifests = [delivery(number, **one) for number, one in enumerate(given_ones, start=1)]
    by, on = contracts(), DAY + timedelta(days=known_on)
    known = [one for one in manifests if one["known_from"] <= on.isoformat()]
    assert choose(manifests, by, on) == choose(known, by, on)


@pytest.mark.parametrize(
    ("cadence", "due_day", "covered", "due_on"),
    [
        ("monthly", 5, "2026-09-30", "2026-11-05"),
        ("monthly", 31, "2026-12-31", "2027-02-28"),
        ("weekly", 1, "2026-09-30", "2026-10-12"),
        ("yearly", 15, "2026-06-01", "2028-01-15"),
        ("daily", 1, "2026-10-01", "2026-10-03"),
    ],
)
def test_a_period_is_due_in_the_one_after_it(cadence: Any, due_day: int, covered: str, due_on: str) -> None:
    contract = contracts(cadence=cadence, due_day=due_day).sources["s"]
    day = date.fromisoformat(due_on)
    assert due(contract, date.fromisoformat(covered), day).late_days == 0
    found = due(contract, date.fromisoformat(covered), day + timedelta(days=1))
    assert (found.due_on, found.late_days) == (day, 1)


def test_a_source_without_a_day_is_never_late() -> None:
    assert due(contracts().sources["s"], None, LATE).late_days == 0


def test_a_source_of_which_nothing_came_is_late_since_the_last_day_that_was_due() -> None:
    contract = contracts(cadence="monthly", due_day=5).sources["s"]
    assert due(contract, None, date(2026, 10, 4)) == due(contract, date(2026, 7, 31), date(2026, 10, 4))
