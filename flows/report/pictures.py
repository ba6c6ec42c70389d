"""Pictures are inline SVG without script, sized by their box, readable in grey, and silent about what is withheld."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Estimate:
    """A value between two ends: an interval, or a median between quantiles."""

    low: float
    value: float
    high: float


@dataclass(frozen=True)
class Scale:
    """A linear axis from `low` to `high`, in percent of the width of the picture."""

    low: float
    high: float

    def at(self, value: float) -> str:
        """Return the place of a value, kept inside the picture."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{100 * min(max(share, 0.0), 1.0):.2f}%"

    def ticks(self, step: float) -> list[float]:
        """Return the multiples of `step` on the axis, its ends left out."""
        first, last = int(self.low // step) + 1, int(-(-self.high // step)) - 1
        return [step * count for count in range(first, last + 1)]


def scale_around(values: Sequence[float], step: float, least: float, most: float) -> Scale:
    """Return a scale with round ends that holds all values, within `least` and `most`."""
    low, high = min(values), max(values)
    return Scale(max(least, (low // step) * step), min(most, -(-high // step) * step))


def sparkline(values: Sequence[float | None], label: str) -> Markup:
    """Draw a series as a small line that breaks where a value is missing or withheld; the last value gets a dot."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line needs two points
        return Markup("")
    low, high = min(known), max(known)
    width, height, margin = 96, 26, 3

    def point(index: int, value: float) -> tuple[float, float]:
        across = margin + (width - 2 * margin) * index / max(len(values) - 1, 1)
        up = (value - low) / (high - low) if high > low else 0.5
        return across, height - margin - (height - 2 * margin) * up

    places = [None if value is None else point(index, value) for index, value in enumerate(values)]
    lines = [_run(run) for run in _runs(places) if len(run) > 1]
    last = next(place for place in reversed(places) if place is not None)
    return Markup('<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        width, height, label, Markup("").join(lines), _dot(f"{last[0]:.1f}", f"{last[1]:.1f}", 2.4)
    )


def interval(scale: Scale, estimate: Estimate, *, benchmark: float | None = None, mark: str = "none") -> Markup:
    """Draw an estimate and a dashed benchmark. `mark` names the colour: above, below, none or plain."""
    dashes = "" if benchmark is None else _line(scale.at(benchmark), scale.at(benchmark), "bench", 0, 28)
    span = _line(scale.at(estimate.low), scale.at(estimate.high), f"span {mark}")
    return _strip(_grid(scale), dashes, span, _dot(scale.at(estimate.value), "14", 5.5, mark))


def empty_strip(scale: Scale) -> Markup:
    """Draw the strip of a row that has no figure to show: the grid alone."""
    return _strip(_grid(scale))


def bars(parts: Sequence[tuple[float, str]], longest: float) -> Markup:
    """Draw parts of a whole one after the other, the longest row filling the width. Each part names its class."""
    drawn, start = [], 0.0
    for value, name in parts:
        width = 100 * value / longest if longest > 0 else 0.0
        drawn.append(
            Markup('<rect class="{}" x="{:.2f}%" y="3" width="{:.2f}%" height="10"/>').format(name, start, width)
        )
        start += width
    return Markup('<svg class="bar" aria-hidden="true">{}</svg>').format(Markup("").join(drawn))


def _strip(*parts: str) -> Markup:
    return Markup('<svg class="strip" aria-hidden="true">{}</svg>').format(Markup("").join(parts))


def _run(run: Sequence[tuple[float, float]]) -> Markup:
    return Markup('<polyline points="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in run))


def _dot(across: str, down: str, radius: float, name: str = "dot") -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(name, across, down, radius)


def _runs(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return runs


def _grid(scale: Scale) -> Markup:
    return Markup("").join(_line(scale.at(tick), scale.at(tick), "grid", 0, 28) for tick in scale.ticks(_step(scale)))


def _step(scale: Scale) -> float:
    from math import floor, log10

    rough = (scale.high - scale.low) / 4 or 1.0
    power = 10 ** floor(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough)


def _line(start: str, end: str, name: str, top: float = 14, bottom: float = 14) -> Markup:
    return Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(name, start, end, top, bottom)
