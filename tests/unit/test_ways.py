"""An outsider finds a way that is withheld beside exact totals, and does not where totals are rounded like the ways."""

import pytest

from tests.warehouse.ways import OPEN, Told, bounds_of

# Of 40 cases 38 are drafted, signed and sent; 2 skip the signature.
SKIPPED = ("draft", "send")
WAYS = {("draft", "sign"): (38.0, 42.0), ("sign", "send"): (38.0, 42.0), SKIPPED: OPEN}
EXACT = {"draft": (40.0, 40.0), "sign": (38.0, 38.0), "send": (40.0, 40.0)}
ROUNDED = {"draft": (38.0, 42.0), "sign": (38.0, 42.0), "send": (38.0, 42.0)}


def skipped(told: Told) -> tuple[float, float]:
    [(_, low, high)] = bounds_of(told)
    return low, high


def test_exact_counts_of_steps_tell_a_withheld_way() -> None:
    assert skipped(Told(WAYS, steps=EXACT, whole=(40, 40))) == pytest.approx((2, 2))


def test_counts_and_totals_to_the_nearest_five_do_not() -> None:
    assert skipped(Told(WAYS, steps=ROUNDED, whole=(38, 42))) == pytest.approx((0, 4))


def test_an_exact_total_beside_rounded_counts_may_still_tell_more() -> None:
    assert skipped(Told(WAYS, steps=ROUNDED, whole=(40, 40))) == pytest.approx((0, 2))


def test_how_often_steps_were_done_tells_it_too() -> None:
    told = Told(WAYS, times=WAYS, works=EXACT, whole=(40, 40))
    assert skipped(told) == pytest.approx((2, 2))


def test_courses_that_are_shown_leave_the_rest_to_the_others() -> None:
    low, high = skipped(Told(WAYS, whole=(40, 40), least={("draft", "sign"): 38.0, ("sign", "send"): 38.0}, rest=2))
    assert (low, high) == pytest.approx((0, 2))


def test_what_contradicts_itself_is_said() -> None:
    with pytest.raises(AssertionError, match="contradicts"):
        skipped(Told(WAYS, steps=EXACT | {"sign": (50.0, 50.0)}, whole=(40, 40)))
