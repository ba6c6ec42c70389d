"""Rows are found by their numbers, whatever order and gaps they have."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flows.intake.raw import is_among

NUMBERS = st.lists(st.integers(1, 60), max_size=40)


@given(NUMBERS, st.sets(st.integers(1, 60)))
def test_rows_are_among_numbers_as_sets_say(rows: list[int], numbers: set[int]) -> None:
    """Rows before the first number, behind the last and in gaps are none of them; no rows and no numbers too."""
    found = is_among(np.array(rows, np.int64), np.array(sorted(numbers), np.int64))
    assert found.tolist() == [row in numbers for row in rows]
