"""A square of four named quarters with a dot for each thing judged by two scores; what is withheld is listed below."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.report.drawing import svg
from flows.report.drawing.scales import Scale
from flows.report.drawing.svg import Drawing

WIDEST, SHARE, TALLEST = 520.0, 0.6, 340.0
LEFT, TOP, FOOT, LINE, HIDDEN = 40.0, 10.0, 44.0, 17.0, 24.0


@dataclass(frozen=True)
class Point:
    """A thing with its two scores; without them where they are withheld."""

    name: str
    across: float | None
    up: float | None
    figure: str = ""


@dataclass(frozen=True)
class Quarters:
    """The square: its scale, the middle that parts it, names of the axes and of the quarters, from the top left on."""

    scale: Scale
    middle: float
    across: str
    up: str
    names: tuple[str, ...]


def draw_quadrants(points: Sequence[Point], quarters: Quarters, width: float) -> Drawing:
    """Draw the square with its points numbered, and beside or below it their names with their figures."""
    is_narrow = width < WIDEST
    side = width - LEFT - 8 if is_narrow else SHARE * width - LEFT
    tall = min(side, TALLEST)
    shown = [point for point in points if point.across is not None and point.up is not None]
    hidden = [point for point in points if point not in shown]
    square = [_square(quarters, side, tall), *(_dot(one, n, quarters, side, tall) for n, one in enumerate(shown, 1))]
    left, top = (0.0, TOP + tall + FOOT) if is_narrow else (LEFT + side + 28, TOP + 8)
    names, bottom = _names(shown, hidden, left, top, width)
    return Drawing(width, max(bottom, TOP + tall + FOOT), svg.joined([*square, names]))


def _square(quarters: Quarters, side: float, tall: float) -> str:
    x, y = LEFT + quarters.scale.at(quarters.middle, side), TOP + tall - quarters.scale.at(quarters.middle, tall)
    corners = ((LEFT, TOP), (x, TOP), (LEFT, y), (x, y))
    ends = ((x, y), (LEFT + side, y), (x, TOP + tall), (LEFT + side, TOP + tall))
    parts = [
        svg.rect(left, top, right - left, low - top, "zone best" if place == 1 else "zone plain")
        + svg.text(left + 8, top + 16, svg.wrap(name, right - left - 14, 12, lines=1)[0], "axis")
        for place, ((left, top), (right, low), name) in enumerate(zip(corners, ends, quarters.names, strict=True))
    ]
    for at in range(round(quarters.scale.low), round(quarters.scale.high) + 1):
        across, up = LEFT + quarters.scale.at(at, side), TOP + tall - quarters.scale.at(at, tall)
        parts.append(svg.text(across, TOP + tall + 17, str(at), "axis", "middle"))
        parts.append(svg.text(LEFT - 9, up + 4, str(at), "axis", "end"))
    parts += [svg.line(x, TOP, x, TOP + tall, "benchmark"), svg.line(LEFT, y, LEFT + side, y, "benchmark")]
    parts.append(svg.text(LEFT + side, TOP + tall + 34, f"{quarters.across} →", "axis", "end"))
    parts.append(svg.upright(12, TOP, f"{quarters.up} →", "axis"))
    return "".join(parts)


def _dot(point: Point, number: int, quarters: Quarters, side: float, tall: float) -> str:
    x = LEFT + quarters.scale.at(point.across or 0, side)
    y = TOP + tall - quarters.scale.at(point.up or 0, tall)
    x, y = min(max(x, LEFT + 10), LEFT + side - 10), min(max(y, TOP + 10), TOP + tall - 10)
    return svg.titled(f"{point.name}: {point.figure}", svg.circle(x, y, 10, "badge"), _number(x, y, number))


def _number(x: float, y: float, number: int) -> str:
    return svg.text(x, y + 4.2, str(number), "rank", "middle", bold=True)


def _names(shown: Sequence[Point], hidden: Sequence[Point], left: float, top: float, width: float) -> tuple[str, float]:
    parts = []
    room = max((svg.width_of(point.figure) for point in shown), default=0.0) + 16
    for number, point in enumerate(shown, 1):
        lines = svg.wrap(point.name, width - left - 26 - room, lines=3)
        middle = top + LINE * len(lines) / 2
        parts.append(svg.circle(left + 10, middle, 10, "badge") + _number(left + 10, middle, number))
        parts.append(svg.labels(lines, left + 26, middle, "label"))
        parts.append(svg.text(width, middle + 4.5, point.figure, "figure", "end", bold=True))
        top += LINE * len(lines) + 10
    for point in hidden:
        parts.append(svg.hatched(left, top, width - left, 18) + svg.rect(left + 6, top, 26, 18, "plate", 4))
        parts.append(svg.text(left + 12, top + 13.5, "[c]", "tag"))
        words = svg.wrap(point.name, width - left - 50, lines=1)[0]
        parts.append(svg.rect(left + 36, top, svg.width_of(words) + 8, 18, "plate", 4))
        parts.append(svg.text(left + 40, top + 13.5, words, "label"))
        top += HIDDEN
    return "".join(parts), top + 4
