"""A process map: steps in their order from the top down, skips to the right, returns to the left, wider where more go.

The order of steps is known, so no engine has to find a layout: the same rows give the same picture on every machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.report.drawing import svg
from flows.report.drawing.svg import Drawing

BOX, HEIGHT, SPACE, LINE = 270.0, 44.0, 40.0, 15.0
LANE, TIGHT_LANE, TIGHT = 78.0, 15.0, 460.0
THIN, THICK = 1.4, 8.0
MARGIN = 12.0


@dataclass(frozen=True)
class Step:
    """A step: its name, and what stands under it."""

    id: str
    name: str
    below: str


@dataclass(frozen=True)
class Way:
    """From one step to another: how many go (none where withheld), its two texts, the class of its wait, its rank."""

    start: str
    end: str
    count: float | None
    words: str
    more: str
    kind: str
    rank: int = 0
    tip: str = ""


@dataclass(frozen=True)
class _Frame:
    left: float
    box: float
    lane: float
    tall: float
    places: Mapping[str, int]
    most: float
    is_tight: bool

    def middle(self, step: str) -> float:
        return MARGIN + self.tall / 2 + (self.tall + SPACE) * self.places[step]

    @property
    def center(self) -> float:
        return self.left + self.box / 2


def draw_flow(steps: Sequence[Step], ways: Sequence[Way], width: float) -> Drawing:
    """Draw steps and ways. A narrow drawing leaves out the texts of skips and returns; the table has them."""
    places = {step.id: place for place, step in enumerate(steps)}
    known = [way for way in ways if way.start in places and way.end in places]
    next_, skips, returns = _sorted(known, places)
    right, left = _lanes(skips, places), _lanes(returns, places)
    tight = width < TIGHT
    lane = TIGHT_LANE if tight else LANE
    room_left, room_right = (max(found.values(), default=-1) + 1 for found in (left, right))
    box = min(BOX, width - (room_left + room_right) * lane - 16) if tight else BOX
    used = (room_left + room_right) * lane + box
    start = room_left * lane + max((width - used) / 2, 4.0)
    most = max((way.count or 0.0 for way in known), default=1.0) or 1.0
    lines = max((len(svg.wrap(step.name, box - 18)) for step in steps), default=1)
    frame = _Frame(start, box, lane, HEIGHT + LINE * (lines - 1), places, most, tight)
    arcs = [
        *(_arc(way, right[way.start, way.end], frame, 1) for way in skips),
        *(_arc(way, left[way.start, way.end], frame, -1) for way in returns),
    ]
    parts = [
        *(line for line, _ in arcs),
        *(_straight(way, frame) for way in next_),
        *(_box(step, frame) for step in steps),
        *(words for _, words in arcs),
    ]
    height = 2 * MARGIN + frame.tall + (frame.tall + SPACE) * (len(steps) - 1)
    return Drawing(max(width, used + 8), height, svg.joined(parts))


def _sorted(ways: Sequence[Way], places: Mapping[str, int]) -> tuple[list[Way], list[Way], list[Way]]:
    def length(way: Way) -> int:
        return places[way.end] - places[way.start]

    by_size = sorted(ways, key=lambda way: (abs(length(way)), way.start, way.end))
    return (
        [way for way in by_size if length(way) == 1],
        [way for way in by_size if length(way) > 1],
        [way for way in by_size if length(way) <= 0],
    )


def _lanes(ways: Sequence[Way], places: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """Give each arc the innermost lane in which it meets no other."""
    taken: list[list[tuple[int, int]]] = []
    found = {}
    for way in ways:
        low, high = sorted((places[way.start], places[way.end]))
        free = next((n for n, lane in enumerate(taken) if all(high <= a or low >= b for a, b in lane)), len(taken))
        if free == len(taken):
            taken.append([])
        taken[free].append((low, max(high, low + 1)))
        found[way.start, way.end] = free
    return found


def _stroke(way: Way, most: float) -> str:
    wide = THIN if way.count is None else THIN + (THICK - THIN) * way.count / most
    dashes = ' stroke-dasharray="4 4"' if way.count is None else ""
    return f' stroke-width="{wide:.1f}"{dashes}'


def _straight(way: Way, frame: _Frame) -> str:
    x, top, bottom = frame.center, frame.middle(way.start) + frame.tall / 2, frame.middle(way.end) - frame.tall / 2
    drawn = f'<path class="way {way.kind}" d="M{x:.1f} {top:.1f}L{x:.1f} {bottom - 6:.1f}"{_stroke(way, frame.most)}/>'
    middle = (top + bottom) / 2
    words = svg.text(x + 12, middle + 4, way.words, f"wait {way.kind}", bold=True)
    more = svg.text(x + 18 + svg.width_of(way.words) * 1.06, middle + 4, way.more, "count")
    return svg.titled(way.tip, drawn, _head(x, bottom, 0, way.kind), words, more, _badge(way, x - 22, middle))


def _arc(way: Way, lane: int, frame: _Frame, side: int) -> tuple[str, str]:
    """Return the line of a skip or a return, and its texts, which are drawn over all lines."""
    edge = frame.left + (frame.box if side > 0 else 0)
    reach = edge + side * (lane + 0.62) * frame.lane
    down = 1 if side > 0 else -1
    start, end = frame.middle(way.start) + 9 * down, frame.middle(way.end) - 9 * down
    if way.start == way.end:
        start, end = frame.middle(way.start) + 12, frame.middle(way.start) - 12
    bend = min(18.0, abs(end - start) / 2, frame.lane * 0.6)
    turn = bend if end > start else -bend
    near = reach - side * bend
    d = (
        f"M{edge:.1f} {start:.1f}L{near:.1f} {start:.1f}Q{reach:.1f} {start:.1f} {reach:.1f} {start + turn:.1f}"
        f"L{reach:.1f} {end - turn:.1f}Q{reach:.1f} {end:.1f} {near:.1f} {end:.1f}L{edge + side * 7:.1f} {end:.1f}"
    )
    drawn = f'<path class="way {way.kind}" d="{d}"{_stroke(way, frame.most)}/>' + _head(edge, end, -side, way.kind)
    if frame.is_tight:
        return svg.titled(way.tip, drawn), ""
    middle = (start + end) / 2 - (26 if way.start == way.end else 0)
    words = svg.text(reach, middle - 1, way.words, f"wait {way.kind}", "middle", bold=True)
    more = svg.text(reach, middle + 13, way.more, "count", "middle")
    return svg.titled(way.tip, drawn), words + more + _badge(way, reach, middle - 24)


def _head(x: float, y: float, side: int, kind: str) -> str:
    """Return an arrow head whose tip stands at a place: downwards, or towards one side."""
    if side == 0:
        return svg.path(f"M{x:.1f} {y:.1f}l-5 -8h10z", f"head {kind}")
    return svg.path(f"M{x:.1f} {y:.1f}l{-8 * side} -5v10z", f"head {kind}")


def _badge(way: Way, x: float, y: float) -> str:
    if not way.rank:
        return ""
    return svg.circle(x, y, 9, "badge") + svg.text(x, y + 4.2, str(way.rank), "rank", "middle", bold=True)


def _box(step: Step, frame: _Frame) -> str:
    top = frame.middle(step.id) - frame.tall / 2
    lines = svg.wrap(step.name, frame.box - 18)
    middle = top + frame.tall / 2 - (9 if step.below else 0)
    name = svg.labels(lines, frame.center, middle, "label", "middle", bold=True)
    low = middle + LINE * len(lines) / 2 + 13
    below = svg.text(frame.center, low, step.below, "below", "middle") if step.below else ""
    return svg.titled(step.name, svg.rect(frame.left, top, frame.box, frame.tall, "step", 7), name, below)
