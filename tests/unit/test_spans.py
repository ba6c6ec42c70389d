"""Spans of time give each other away where they share an end; the pieces say what follows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.release.protection.spans import MONTHLY, QUARTERLY, YEARLY, Span, grain
from tests.unit.pieced import pieces

JANUARY = 2025 * 12  # month 0 of a span is the December before


def since_january(month: int) -> Span:
    return JANUARY, JANUARY + month


def month(number: int) -> Span:
    return JANUARY + number - 1, JANUARY + number


def test_two_running_sums_give_the_month_between_them() -> None:
    found = pieces((since_january(5), since_january(6)))
    assert found.spans == (since_january(5), month(6))
    assert found.terms.tolist() == [[1, 0], [-1, 1]]


def test_overlapping_years_give_nothing_away() -> None:
    windows = ((JANUARY, JANUARY + 12), (JANUARY + 1, JANUARY + 13))
    assert pieces(windows).spans == windows


def test_a_window_and_the_year_so_far_give_the_last_quarter_of_the_year_before() -> None:
    window, so_far = (JANUARY - 3, JANUARY + 9), since_january(9)
    found = pieces((window, so_far))
    assert (JANUARY - 3, JANUARY) in found.spans
    assert found.terms[found.spans.index((JANUARY - 3, JANUARY))].tolist() == [1, -1]


def test_spans_are_told_by_twelve_months_by_what_ends_with_a_quarter_or_more_finely() -> None:
    assert [grain(span) for span in ((JANUARY + 1, JANUARY + 13), since_january(6), since_january(5), month(3))] == [
        YEARLY,
        QUARTERLY,
        MONTHLY,
        MONTHLY,
    ]


spans = st.sets(
    st.tuples(st.integers(0, 20), st.integers(1, 12)).map(lambda found: (found[0], sum(found))), min_size=1, max_size=12
)


@given(spans, st.lists(st.integers(0, 9), min_size=40, max_size=40))
def test_each_piece_is_the_true_count_of_its_months(chosen: set[Span], months: list[int]) -> None:
    ordered = tuple(sorted(chosen))
    counts = np.array([sum(months[first:last]) for first, last in ordered])
    found = pieces(ordered)
    assert (found.terms @ counts).tolist() == pytest.approx([sum(months[first:last]) for first, last in found.spans])


@given(spans)
def test_every_span_is_a_row_of_pieces(chosen: set[Span]) -> None:
    ends = {span[0]: span[1] for span in pieces(tuple(sorted(chosen))).spans}
    starts = {first for first, _ in pieces(tuple(sorted(chosen))).spans}
    assert {first for first, _ in chosen} <= starts
    assert ends
