"""Lines over time, one a group, named at their ends; a line breaks where a value is missing or withheld."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flows.report.drawing import svg
from flows.report.drawing.scales import Scale
from flows.report.drawing.svg import Drawing

DASHES = ("", "7 4", "2 3", "9 3 2 3", "12 4", "1 5")
SIGNS = 5
TOP, BOTTOM, LEFT = 12.0, 30.0, 6.0
STEP = 16.0
Across = Callable[[int], float]
Up = Callable[[float], float]


@dataclass(frozen=True)
class Line:
    """One series; `values` stand at equal steps, None where there is nothing to show."""

    name: str
    values: tuple[float | None, ...]
    last: str
    is_strong: bool = False
    withheld: tuple[bool, ...] = ()


def draw_lines(
    lines: Sequence[Line],
    scale: Scale,
    ticks: Sequence[tuple[float, str]],
    times: Sequence[str],
    width: float,
    height: float = 250.0,
) -> Drawing:
    """Draw series on one axis. Each has its own dashes and its name at its end, so that no colour is needed.

    Args:
        lines: Series of equal length.
        scale: Axis of the values.
        ticks: Values on the axis with their texts.
        times: Text of each step; empty where none is to stand.
        width: Width of the drawing in pixels.
        height: Height likewise.
    """
    axis = max((svg.width_of(words, 12) for _, words in ticks), default=0.0) + 10
    named = min(max((svg.width_of(_end(line)) for line in lines), default=0.0) + 16, 0.42 * width)
    plot, tall = width - axis - named, height - TOP - BOTTOM
    count = max((len(line.values) for line in lines), default=1)

    def x(place: int) -> float:
        return axis + plot * place / max(count - 1, 1)

    def y(value: float) -> float:
        return TOP + tall - scale.at(value, tall)

    grid = "".join(
        svg.line(axis, y(at), axis + plot, y(at), "grid") + svg.text(axis - 8, y(at) + 4, words, "axis", "end")
        for at, words in ticks
    )
    return Drawing(width, height, svg.joined([grid, _times(times, x, height), _series(lines, x, y, named)]))


def _times(times: Sequence[str], x: Across, height: float) -> str:
    parts, free = [], -1e9
    for place, words in enumerate(times):
        half = svg.width_of(words, 12) / 2
        if words and x(place) - half > free:
            parts.append(svg.text(x(place), height - 8, words, "axis", "middle"))
            free = x(place) + half + 8
    return "".join(parts)


def _series(lines: Sequence[Line], x: Across, y: Up, room: float) -> str:
    ends = [(place, line, *last) for place, line in enumerate(lines) if (last := _last(line)) is not None]
    names = [svg.wrap(_end(line), room - 12, lines=2) for _, line, _, _ in ends]
    step_ = STEP * max(map(len, names), default=1)
    spots = _spread([y(value) for _, _, _, value in ends], step_)
    parts = []
    for (place, line, step, value), spot, words in zip(ends, spots, names, strict=True):
        name = "series strong" if line.is_strong else f"series s{place % SIGNS}"
        dashes = DASHES[0 if line.is_strong else place % len(DASHES)]
        drawn = "".join(_run(run, x, y, name, dashes) for run in _runs(line.values))
        hidden = "".join(
            _veiled(place_, x, y, line) for place_ in range(len(line.values)) if line.withheld and line.withheld[place_]
        )
        lead = svg.line(x(step) + 4, y(value), x(len(line.values) - 1) + 8, spot, "lead")
        parts.append(
            drawn
            + hidden
            + lead
            + svg.circle(x(step), y(value), 3.6, name.replace("series", "end"))
            + svg.labels(words, x(len(line.values) - 1) + 11, spot, "label", bold=line.is_strong)
        )
    return "".join(parts)


def _end(line: Line) -> str:
    return f"{line.last}  {line.name}"


def _last(line: Line) -> tuple[int, float] | None:
    known = [(place, value) for place, value in enumerate(line.values) if value is not None]
    return known[-1] if known else None


def _run(run: Sequence[tuple[int, float]], x: Across, y: Up, name: str, dashes: str) -> str:
    points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in run)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    if len(run) == 1:
        return svg.circle(x(run[0][0]), y(run[0][1]), 2.4, name.replace("series", "end"))
    return f'<polyline class="{name}" points="{points}"{dashed}/>'


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _veiled(place: int, x: Across, y: Up, line: Line) -> str:
    near = min(
        (spot for spot, value in enumerate(line.values) if value is not None), key=lambda spot: abs(spot - place)
    )
    height = y(line.values[near] or 0.0)
    return svg.hatched(x(place) - 4, height - 7, 8, 14)


def _spread(places: Sequence[float], step: float) -> list[float]:
    """Move labels apart so that none stands on another, each as near to its place as the others let it."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + step)
    over = max(moved, default=0.0) - max(places, default=0.0)
    return [spot - over / 2 if over > 0 else spot for spot in moved]
