"""A pyramid: two sides on one scale, a tick for the year before, hatching where a side is withheld."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.report.drawing import svg
from flows.report.drawing.scales import Scale
from flows.report.drawing.svg import Drawing

BAND, HEAD, FOOT = 32.0, 26.0, 24.0


@dataclass(frozen=True)
class Side:
    """One side of a band: its value, or None where it is withheld; its text; the value a year before."""

    value: float | None
    words: str
    before: float | None = None


@dataclass(frozen=True)
class Band:
    """One band, left and right."""

    label: str
    left: Side
    right: Side


def draw_pyramid(
    bands: Sequence[Band], names: tuple[str, str], scale: Scale, ticks: Sequence[tuple[float, str]], width: float
) -> Drawing:
    """Draw bands from the top down; `scale` begins at 0 and counts for both sides."""
    middle = max((svg.width_of(band.label) for band in bands), default=40.0) + 20
    room = max((svg.width_of(side.words, 12) for band in bands for side in (band.left, band.right)), default=0.0) + 10
    side = (width - middle) / 2 - room
    ends = (room + side, room + side + middle)
    height = HEAD + BAND * len(bands)
    parts = [_grid(ticks, scale, side, ends, height), _names(names, ends)]
    for place, band in enumerate(bands):
        center = HEAD + BAND * place + BAND / 2
        parts.append(svg.text((ends[0] + ends[1]) / 2, center + 4.5, band.label, "label", "middle"))
        parts.extend(
            _side(one, scale, side, end, sign, center)
            for one, end, sign in ((band.left, ends[0], -1), (band.right, ends[1], 1))
        )
    return Drawing(width, height + FOOT, svg.joined(parts))


def _grid(
    ticks: Sequence[tuple[float, str]], scale: Scale, side: float, ends: tuple[float, float], height: float
) -> str:
    parts = []
    for at, words in ticks:
        for end, sign in ((ends[0], -1), (ends[1], 1)):
            x = end + sign * scale.at(at, side)
            parts.append(svg.line(x, HEAD - 4, x, height, "grid") + svg.text(x, height + 17, words, "axis", "middle"))
    return "".join(parts)


def _names(names: tuple[str, str], ends: tuple[float, float]) -> str:
    return svg.text(ends[0], 14, names[0], "label", "end", bold=True) + svg.text(
        ends[1], 14, names[1], "label", bold=True
    )


def _side(one: Side, scale: Scale, side: float, end: float, sign: int, center: float) -> str:
    anchor = "end" if sign < 0 else "start"
    if one.value is None:
        wide = side * 0.3
        box = svg.hatched(end - (wide if sign < 0 else 0), center - 11, wide, 22)
        return box + svg.text(end + sign * (wide + 6), center + 4.5, one.words, "tag", anchor)
    wide = scale.at(one.value, side)
    bar = svg.rect(end - (wide if sign < 0 else 0), center - 11, wide, 22, "bar men" if sign < 0 else "bar women")
    far = wide
    tick = ""
    if one.before is not None:
        at = scale.at(one.before, side)
        tick, far = svg.line(end + sign * at, center - 13, end + sign * at, center + 13, "tick last"), max(wide, at)
    return bar + tick + svg.text(end + sign * (far + 6), center + 4.5, one.words, "axis ink", anchor)
