"""Cells that read as they stand have their value, a column of many rows at a time; all others are left open.

Nearly every cell is plain text or a number or date in the sender's own form. An engine takes it through general
functions, one for each row; here the octets of a column are looked at as one array, at a fraction of the cost. What is
left open is tidied and read by SQL (`cells.py`). A value that is given here is the one that SQL would give.
"""

import importlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from flows.contracts.model import Column, FileStyle
from flows.intake.normalise import APOSTROPHES
from flows.intake.octets import looked_up
from flows.intake.values import FALSE_WORDS, ISO_DATES, LOCAL_ZONE, TRUE_WORDS, WITHOUT_ZONE

if TYPE_CHECKING:
    import pyarrow as pa

    from flows.intake.octets import Octets

FIRST_YEAR, LAST_YEAR = 1800, 2200  # as `values.py` has it: another year is a slip
WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
CLOCK = {"H": (23, 3600), "M": (59, 60), "S": (59, 1)}  # the highest of each, and its seconds
DIGITS = 18  # a number of so many digits fits 64 bits, and more are no money and no count
BLANK, DOT, MINUS, ZERO, LAST_PRINTED, LAST_ASCII = 32, 46, 45, 48, 126, 127
# Of a pair of octets: never plain; U+0420 or U+0421; a letter that may follow neither.
WRONG, SHIFTED, DOUBTFUL = 1, 2, 4


@dataclass(frozen=True)
class Quick:
    """Values of a column; open rows hold none and are to be read by SQL."""

    value: "pa.Array"
    is_open: "np.ndarray"


@dataclass(frozen=True)
class Texts:
    """A column of texts as its octets and where each text begins and ends."""

    column: "pa.StringArray"

    @cached_property
    def bounds(self) -> "np.ndarray":
        """Where each text begins; one more, where the last one ends."""
        bounds = np.frombuffer(self.column.buffers()[1], np.int32)
        return bounds[self.column.offset : self.column.offset + len(self.column) + 1]

    @cached_property
    def octets(self) -> "Octets":
        """All texts, one behind the other."""
        whole = self.column.buffers()[2]
        return np.frombuffer(whole, np.uint8)[self.bounds[0] : self.bounds[-1]] if whole else np.empty(0, np.uint8)

    @cached_property
    def lengths(self) -> "np.ndarray":
        """Octets of each text."""
        return np.diff(self.bounds)

    @cached_property
    def is_given(self) -> "np.ndarray":
        """Whether there is a text."""
        return self.column.is_valid().to_numpy(zero_copy_only=False)

    def rows_of(self, places: "np.ndarray") -> "np.ndarray":
        """Return the rows in which octets stand."""
        return np.searchsorted(self.bounds, places + self.bounds[0], "right") - 1

    def of_width(self, width: int) -> tuple["np.ndarray", "np.ndarray"]:
        """Return the rows whose text has so many octets, and the octets at each place in them."""
        rows = np.flatnonzero(self.lengths == width)
        if len(rows) * width == len(self.octets):
            grid = self.octets.reshape(-1, width)
        else:
            grid = self.octets[(self.bounds[rows] - self.bounds[0])[:, None] + np.arange(width)]
        return rows, np.ascontiguousarray(grid.T)


def quick_text(texts: Texts, *, is_word: bool) -> Quick:
    """Return a column of texts with those open that are to be tidied.

    Args:
        texts: The column.
        is_word: Whether Cyrillic letters may stay as they are, as `normalise.is_plain` has it.
    """
    octets = texts.octets
    is_ascii = not is_word or not (octets > LAST_ASCII).any()
    wrong = np.flatnonzero(_is_strange(octets)) if is_ascii else _wrong_pairs(octets)
    return Quick(texts.column, _untidy(texts, wrong) & texts.is_given)


def quick_typed(texts: Texts, column: Column, style: FileStyle) -> Quick | None:
    """Return the values of a column that has a type; None where its form is none that is known here."""
    if column.type in ("integer", "decimal"):
        return _numbers(texts, column, style)
    if column.type == "boolean":
        return _truth(texts)
    if column.type == "pinfl":
        return _personal_numbers(texts)
    formats = _formats(column, style)
    return _moments(texts, formats, column.type) if formats else None


def without(quick: Quick, is_missing: "np.ndarray") -> Quick:
    """Return a column in which words that stand for nothing have become nothing."""
    import pyarrow as pa

    if not is_missing.any():
        return quick
    compute = cast("Any", importlib.import_module("pyarrow.compute"))  # made at import: unknown to type checkers
    value = compute.if_else(pa.array(is_missing), pa.scalar(None, quick.value.type), quick.value)
    return Quick(value, quick.is_open & ~is_missing)


def _untidy(texts: Texts, wrong: "np.ndarray") -> "np.ndarray":
    """Return which texts hold a wrong octet, a blank at either end, or two blanks in a row."""
    is_untidy, octets = np.zeros(len(texts.lengths), bool), texts.octets
    is_untidy[texts.rows_of(wrong)] = True
    is_blank = octets == BLANK
    if not is_blank.any():
        return is_untidy
    rows = np.flatnonzero(texts.lengths)
    ends = texts.bounds - texts.bounds[0]
    is_untidy[rows] |= is_blank[ends[rows]] | is_blank[ends[rows + 1] - 1]
    is_untidy[texts.rows_of(np.flatnonzero(is_blank[:-1] & is_blank[1:]))] = True
    return is_untidy


def _is_strange(octets: "Octets") -> "np.ndarray":
    """Return which octets are none of plain ASCII: `normalise.PLAIN` and the blank."""
    is_strange = (octets - np.uint8(BLANK)) > LAST_PRINTED - BLANK
    for sign in APOSTROPHES:
        if sign.isascii():
            is_strange |= octets == ord(sign)
    return is_strange


def _wrong_pairs(octets: "Octets") -> "np.ndarray":
    """Return where octets stand that `normalise.PLAIN_WORDS` does not know, or a letter before a doubtful one."""
    if not len(octets):
        return np.empty(0, np.int64)
    pairs = octets.astype(np.uint16) << 8
    pairs[:-1] |= octets[1:]
    pairs[-1] |= BLANK
    kinds = looked_up(_kinds(), pairs)
    is_wrong = (kinds & WRONG).view(bool)
    if (kinds >= DOUBTFUL).any():
        is_wrong[:-2] |= ((kinds[:-2] & SHIFTED) << 1 & kinds[2:] & DOUBTFUL).astype(bool)
    return np.flatnonzero(is_wrong)


@cache
def _kinds() -> "Octets":
    """Return by two octets, the first of them higher, what they are in UTF-8."""
    kinds = np.full(1 << 16, WRONG, np.uint8)
    plain = np.flatnonzero(~_is_strange(np.arange(256, dtype=np.uint8)))
    starts = np.array([sign for sign in range(256) if sign not in range(0x80, 0xC0)])
    kinds[(plain[:, None] << 8 | starts[None, :]).ravel()] = 0
    for sign in range(0x400, 0x500):
        first, second = chr(sign).encode()
        # What follows the letter is judged as a pair of its own, but for a third octet, which no letter has.
        kinds[(second << 8) + starts] = 0
        kinds[first << 8 | second] = _kind_of(chr(sign))
    return kinds


def _kind_of(sign: str) -> int:
    """Return the kind of a Cyrillic letter; see `normalise.PLAIN_WORDS`."""
    if sign in "РС":
        return SHIFTED
    if sign in "ЁёЎў":
        return DOUBTFUL
    return 0 if sign in "ҒғҚқҲҳ" or "А" <= sign <= "П" or "Т" <= sign <= "я" else WRONG


def _numbers(texts: Texts, column: Column, style: FileStyle) -> Quick | None:
    """Return numbers of digits, with a minus before them and, for decimals, a point among them."""
    import pyarrow as pa

    if style.decimal != "." or style.thousands or column.divided_by != 1:
        return None
    compute = cast("Any", importlib.import_module("pyarrow.compute"))
    places = np.flatnonzero((texts.octets - np.uint8(ZERO)) > 9)  # noqa: PLR2004 - the highest digit
    rows, signs = texts.rows_of(places), texts.octets[places]
    is_minus = (signs == MINUS) & (places == texts.bounds[rows] - texts.bounds[0])
    is_point = (signs == DOT) & (column.type == "decimal")
    is_wrong = (texts.lengths > DIGITS) | (texts.lengths == 0)
    is_wrong[rows[~(is_minus | is_point)]] = True
    points = rows[is_point]
    is_wrong[points[1:][points[1:] == points[:-1]]] = True
    is_wrong[texts.lengths <= np.bincount(rows, minlength=len(texts.lengths))] = True
    kept = texts.column
    if (is_wrong & texts.is_given).any():
        kept = compute.if_else(pa.array(is_wrong), pa.scalar(None, pa.string()), texts.column)
    value = compute.cast(kept, pa.int64() if column.type == "integer" else pa.float64())
    return Quick(value, is_wrong & texts.is_given)


def _truth(texts: Texts) -> Quick:
    import pyarrow as pa

    compute = cast("Any", importlib.import_module("pyarrow.compute"))
    place = compute.index_in(texts.column, pa.array([*TRUE_WORDS, *FALSE_WORDS]))
    return Quick(compute.less(place, len(TRUE_WORDS)), place.is_null().to_numpy(zero_copy_only=False) & texts.is_given)


def _personal_numbers(texts: Texts) -> Quick:
    """Return numbers that are well formed, as `pinfl.py` has it: century, a day, area and serial."""
    import pyarrow as pa

    compute = cast("Any", importlib.import_module("pyarrow.compute"))
    rows, grid = texts.of_width(14)
    digits = grid - np.uint8(ZERO)
    is_good = (digits <= 9).all(axis=0) & (digits[0] >= 3) & (digits[0] <= 6)  # noqa: PLR2004 - of digits
    year = np.where(digits[0] <= 4, 1900, 2000) + _number(digits[5:7])  # noqa: PLR2004 - born before 2000
    _, is_day = _days(year, _number(digits[3:5]), _number(digits[1:3]))
    is_good &= is_day & (_number(digits[7:10]) > 0) & (_number(digits[10:13]) > 0)
    is_known = np.zeros(len(texts.lengths), bool)
    is_known[rows] = is_good
    value = (
        texts.column
        if is_known.all()
        else compute.if_else(pa.array(is_known), texts.column, pa.scalar(None, pa.string()))
    )
    return Quick(value, ~is_known & texts.is_given)


def _formats(column: Column, style: FileStyle) -> tuple[str, ...]:
    """Return the formats of a column; none where one of them is not of digits at fixed places."""
    if column.type == "date":
        formats = (*style.date_formats, *ISO_DATES)
    else:
        is_local = style.timezone == LOCAL_ZONE and all(
            re.fullmatch(WITHOUT_ZONE, one) for one in style.timestamp_formats
        )
        formats = style.timestamp_formats if is_local else ()
    return formats if all(map(_pieces, formats)) else ()


@cache
def _pieces(one: str) -> tuple[str, ...]:
    """Return the parts of a format, directives and signs; none where its width is not fixed or it names no day."""
    parts, rest = [], one
    while rest:
        size = 2 if rest[0] == "%" else 1
        parts.append(rest[:size])
        rest = rest[size:]
    known = [part[1:] for part in parts if len(part) > 1]
    is_fixed = all(part in WIDTHS for part in known) and one.isascii()
    return tuple(parts) if is_fixed and {"Y", "m", "d"} <= set(known) and len(known) == len(set(known)) else ()


def _moments(texts: Texts, formats: tuple[str, ...], kind: str) -> Quick:
    """Return days or moments of the first format that fits; where it says no day, the row is open."""
    import pyarrow as pa

    seconds = np.zeros(len(texts.lengths), np.int64)
    is_known, is_read = np.zeros(len(texts.lengths), bool), np.zeros(len(texts.lengths), bool)
    for one in dict.fromkeys(formats):
        rows, found, fits, is_good = _read(texts, _pieces(one))
        is_new = is_good & ~is_read[rows]
        seconds[rows[is_new]] = found[is_new]
        is_known[rows[is_new]] = True
        is_read[rows[fits]] = True
    numbers = (seconds // 86_400).astype(np.int32) if kind == "date" else seconds * 1_000_000
    value = pa.array(numbers, pa.date32() if kind == "date" else pa.timestamp("us"), mask=~is_known)
    return Quick(value, ~is_known & texts.is_given)


def _read(texts: Texts, pieces: tuple[str, ...]) -> tuple["np.ndarray", ...]:
    """Return the rows as wide as a format, the seconds since 1970, whether they fit, and whether they say a moment."""
    widths = [WIDTHS.get(piece[1:], 1) for piece in pieces]
    rows, grid = texts.of_width(sum(widths))
    fits, found, place = np.ones(len(rows), bool), {}, 0
    for piece, width in zip(pieces, widths, strict=True):
        part = grid[place : place + width]
        place += width
        if len(piece) == 1:
            fits &= part[0] == ord(piece)
        else:
            digits = part - np.uint8(ZERO)
            fits &= (digits <= 9).all(axis=0)  # noqa: PLR2004 - the highest digit
            found[piece[1:]] = _number(digits)
    days, is_good = _days(found["Y"], found["m"], found["d"])
    seconds = days.astype(np.int64) * 86_400
    for name, (highest, unit) in CLOCK.items():
        if name in found:
            is_good &= found[name] <= highest
            seconds += found[name].astype(np.int64) * unit
    return rows, seconds, fits, fits & is_good


def _number(digits: "np.ndarray") -> "np.ndarray":
    """Return the numbers that rows of digits make, the highest first."""
    number = digits[0].astype(np.int32)
    for one in digits[1:]:
        number = number * 10 + one
    return number


def _days(year: "np.ndarray", month: "np.ndarray", day: "np.ndarray") -> tuple["np.ndarray", "np.ndarray"]:
    """Return days since 1970 and whether there is such a day, in a year that is no slip."""
    first, length = _months()
    is_month = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)  # noqa: PLR2004 - of a year
    place = np.where(is_month, (year - FIRST_YEAR) * 12 + month - 1, 0)
    return first[place] + day - 1, is_month & (day >= 1) & (day <= length[place])


@cache
def _months() -> tuple["np.ndarray", "np.ndarray"]:
    """Return of each month of these years its first day, counted from 1970, and its length."""
    firsts = [date(year, month, 1) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in range(1, 13)]
    firsts.append((firsts[-1] + timedelta(days=31)).replace(day=1))
    days = np.array([(one - date(1970, 1, 1)).days for one in firsts], np.int32)
    return days[:-1], np.diff(days)
