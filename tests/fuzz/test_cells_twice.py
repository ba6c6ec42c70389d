"""What cells are does not hang on whether they were read at once; QDEEP_FUZZ=300 draws three hundred tables."""

import os
import random
from pathlib import Path

import pytest

from flows.intake import raw
from tests.fuzz.cells_twice import ROW_END, STYLES, fault
from tests.fuzz.drawn_cells import cell

DRAWN = int(os.environ.get("QDEEP_FUZZ", "0")) or len(STYLES)
SEED = int(os.environ.get("QDEEP_FUZZ_SEED", "20261130"))


@pytest.mark.timeout(36_000 if DRAWN > 100 else 300)
def test_cells_read_at_once_are_those_that_are_tidied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "GROUP_ROWS", 70)  # several files, of which some hold columns that others do not
    wrong = {}
    for number in range(DRAWN):
        dice = random.Random(f"{SEED}/{number}")
        text = ROW_END.join(cell(dice) for _ in range(dice.choice((1, 60, 200))))
        wrong[number] = fault(bytes([number % len(STYLES)]) + text.encode(), tmp_path)
    assert not any(wrong.values()), wrong


def test_a_value_given_at_once_against_sql_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail."""
    monkeypatch.setattr("flows.intake.quick.TRUE_WORDS", ("1", "+"))
    assert "1 rows, among them ('+'" in fault(b"\0" + ROW_END.join(["1", "+"]).encode(), tmp_path)
