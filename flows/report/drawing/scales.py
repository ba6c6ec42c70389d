"""A scale turns a value into a place, and knows where round values stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, log10


@dataclass(frozen=True)
class Scale:
    """A linear axis from `low` to `high`."""

    low: float
    high: float

    def at(self, value: float, width: float) -> float:
        """Return the place of a value on `width` pixels, kept inside."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return width * min(max(share, 0.0), 1.0)

    def ticks(self, most: int = 5) -> list[float]:
        """Return round values on the axis, its ends included where they are round; at most about `most`."""
        step = round_step((self.high - self.low) / max(most, 1))
        first = floor(self.low / step + 0.999999)
        count = floor(self.high / step + 1e-6) - first
        return [step * (first + place) for place in range(count + 1)]


def round_step(rough: float) -> float:
    """Return the next of 1, 2, 5 and 10 times a power of ten."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999999)


def from_zero(values: Iterable[float], room: float = 1.0) -> Scale:
    """Return a scale from 0 to the highest value, with some room at its end; reaching below 0 where values do."""
    known = list(values)
    high, low = max([*known, 0.0]), min([*known, 0.0])
    return Scale(low * room, (high or 1.0) * room) if high > 0 or low == 0 else Scale(low * room, -low * 0.1)


def around(values: Iterable[float], least: float | None = None, most: float | None = None) -> Scale:
    """Return a scale with round ends that holds all values."""
    known = list(values) or [0.0, 1.0]
    low, high = min(known), max(known)
    step = round_step((high - low) / 4 or abs(high) / 4 or 1.0)
    start, end = floor(low / step) * step, -floor(-high / step) * step
    return Scale(start if least is None else max(least, start), end if most is None else min(most, end))
