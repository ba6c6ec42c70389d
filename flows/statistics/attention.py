"""Answers given without reading show in counts: all alike, in long strings, or in too little time.

Nobody is left out for it and nobody is named: units and waves have counts (domain/hrm.md 2.3), and a scale says what
its reliability would be without the persons concerned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from flows.statistics.agreement import sped
from flows.statistics.answer_sums import BOOK, Book, book_of
from flows.statistics.sheets import Bytes, read

FEWEST_ITEMS = 6  # domain/hrm.md 2.3: fewer items of one scale say nothing about a person's attention
LONG_SHARE = 0.5  # of the items of one scale answered alike one after the other
COMPLETE_SHARE, PARTIAL_SHARE = 0.8, 0.5  # AAPOR Standard Definitions (2016): complete, partial, else broken off

COUNTS = ("complete", "partial", "broken_off", "screened", "straight_lined", "long_strings", "timed", "sped")
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Attention:
    """What the sheet of each respondent shows; screened are those with six answers or more of one scale."""

    answered_share: NDArray[np.float64]
    screened: Flags
    straight_lined: Flags
    long_strings: Flags
    timed: Flags
    sped: Flags

    @property
    def flagged(self) -> Flags:
        """Respondents with any flag."""
        return self.straight_lined | self.long_strings | self.sped


def cell_counts(sheets: pa.Table, cells: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Return how many respondents of each cell answered how far, and how attentively.

    Args:
        sheets: One row a response: cell_no, seconds, sheet.
        cells: The columns of `BOOK`, wave_id, cell_no.
        codes: One row an item and option with a score, as `int_survey__codes` lists them.

    Returns:
        cell_no and `COUNTS`, sorted.
    """
    numbers = sheets.column("cell_no").to_numpy()
    parts = []
    for key, own in cells.sort("cell_no").group_by(*BOOK, "wave_id", maintain_order=True):
        book = book_of(codes.filter(**dict(zip(BOOK, key[:2], strict=True))), pl.DataFrame(schema=INDEX))
        chosen = np.isin(numbers, own["cell_no"].to_numpy())
        kept = sheets if chosen.all() else sheets.filter(pa.array(chosen))
        seconds = kept.column("seconds").to_numpy().astype(float)
        found = attention(book, np.ascontiguousarray(read(kept.column("sheet"), len(book.items)).T), seconds)
        cell = np.searchsorted(own["cell_no"].to_numpy(), numbers[chosen])
        counted = {name: np.bincount(cell, flag, own.height).astype(np.int64) for name, flag in _flags(found)}
        parts.append(own.select("cell_no").with_columns(**{name: pl.Series(count) for name, count in counted.items()}))
    empty = pl.DataFrame(schema={"cell_no": pl.Int64} | dict.fromkeys(COUNTS, pl.Int64))
    return pl.concat(parts).sort("cell_no") if parts else empty


INDEX = dict.fromkeys(("index_id", "item_id", "score_family", "min_answered_share", "weight"), pl.String)


def _flags(found: Attention) -> Iterable[tuple[str, Flags]]:
    complete = found.answered_share >= COMPLETE_SHARE
    partial = ~complete & (found.answered_share >= PARTIAL_SHARE)
    yield from (("complete", complete), ("partial", partial), ("broken_off", ~complete & ~partial))
    yield from ((name, getattr(found, name)) for name in COUNTS[3:])


def attention(book: Book, by_item: Bytes, seconds: NDArray[np.float64]) -> Attention:
    """Return what sheets of one wave show.

    Args:
        book: The instrument.
        by_item: Shape (items, respondents), options as given: reversed items are not turned.
        seconds: Time taken, NaN where none was recorded.
    """
    items, persons = by_item.shape
    nobody = np.zeros(persons, bool)
    screened, straight, long = nobody.copy(), nobody.copy(), nobody.copy()
    for block in _blocks(book.lists):
        answered, differs, longest = _runs(by_item[block] if len(block) < items else by_item)
        enough = answered >= FEWEST_ITEMS
        screened |= enough
        straight |= enough & ~differs
        long |= enough & (longest >= max(FEWEST_ITEMS, LONG_SHARE * len(block)))
    given = np.zeros(persons, np.uint16)
    for option in by_item:
        given += option > 0
    share = given / items if items else np.ones(persons)
    return Attention(share, screened, straight, long, ~np.isnan(seconds), sped(seconds) if persons else nobody)


def _blocks(lists: Sequence[str]) -> list[list[int]]:
    """Return the items of each list of options that is long enough, in the order of the sheet."""
    blocks = [[place for place, name in enumerate(lists) if name == one] for one in sorted(set(lists))]
    return [block for block in blocks if len(block) >= FEWEST_ITEMS]


def _runs(block: Bytes) -> tuple[NDArray[np.uint8], Flags, NDArray[np.uint8]]:
    """Return answers given, whether two of them differ, and the longest run of one option; blanks break no run."""
    persons = block.shape[1]
    answered, run, longest, last = (np.zeros(persons, np.uint8) for _ in range(4))
    differs = np.zeros(persons, bool)
    for option in block:
        given = option > 0
        is_new = given & (option != last)
        differs |= is_new & (last > 0)
        run += given
        np.copyto(run, 1, where=is_new)
        np.copyto(last, option, where=given)
        np.maximum(longest, run, out=longest)
        answered += given
    return answered, differs, longest
