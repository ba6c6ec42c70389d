"""Octets looked at many at a time give what one look at each gives."""

import codecs
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.intake.decode import Utf8
from flows.intake.octets import is_utf8, looked_up

# Letters of one to four octets, cut short, too long, of surrogates, beyond the last one, and octets that never stand.
WHOLE, WRONG = ("a", "\n", "\0", "Ўж한", "𝄞"), (b"\xd0", b"\x81", b"\xed\xa0\x80", b"\xf4\x90", b"\xc0\x80", b"\xff")
PIECES = (*(text.encode() for text in WHOLE), *WRONG)
OCTETS = st.lists(st.sampled_from(PIECES)).map(b"".join) | st.binary(max_size=12)


@given(OCTETS, st.lists(st.integers(0, 60), max_size=6))
@example("ж한𝄞".encode(), [1, 2, 3, 4, 5, 6, 7, 8])
@example(b"\xf0\x9d\x84", [1, 2])
def test_the_check_finds_what_the_decoder_of_python_finds_however_a_text_is_cut(octets: bytes, cuts: list[int]) -> None:
    """The same octet of the same chunks or a later one is refused, and none that Python reads."""
    ours, theirs = Utf8(), codecs.getincrementaldecoder("utf-8")()
    whole = _refused(theirs, [octets])
    places = sorted({0, len(octets), *(min(cut, len(octets)) for cut in cuts)})
    chunks = [octets[first:last] for first, last in pairwise(places)]
    assert _refused(ours, chunks) == whole


def _refused(decoder: codecs.IncrementalDecoder | Utf8, chunks: list[bytes]) -> int | None:
    """Return the place of the first octet that is refused."""
    before = 0
    for chunk in [*chunks, b""]:
        try:
            decoder.decode(chunk, chunk == b"")
        except UnicodeDecodeError as error:
            return before - (len(error.object) - len(chunk)) + error.start
        before += len(chunk)
    return None


def test_what_is_begun_at_the_end_is_no_letter_yet() -> None:
    assert is_utf8("aж".encode(), 3)
    assert not is_utf8("aж".encode(), 2)
    assert is_utf8(b"", 0)


@pytest.mark.parametrize("shape", [(0,), (7,), (3, 4)])
def test_a_table_is_looked_up_as_numpy_does(shape: tuple[int, ...]) -> None:
    table = np.arange(1 << 16, dtype=np.uint32).astype(np.uint8)
    places = np.random.default_rng(5).integers(0, 1 << 16, shape).astype(np.uint16)
    found = looked_up(table, places)
    assert found.shape == shape
    assert (found == table[places]).all()
