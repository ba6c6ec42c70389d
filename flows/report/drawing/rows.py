"""Rows of marks on one axis: bars, intervals, dots and hatching, with the label before and the figure after them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.report.drawing import svg
from flows.report.drawing.scales import Scale
from flows.report.drawing.svg import Drawing

NARROW = 460.0
GAP = 10.0
LABEL_SHARE = 0.36
AXIS, HEAD = 26.0, 22.0


@dataclass(frozen=True)
class Bar:
    """A bar from one value to another. `words` stand in it where there is room."""

    start: float
    end: float
    name: str
    words: str = ""
    part: int = 0
    parts: int = 1


@dataclass(frozen=True)
class Span:
    """An interval with its value as a dot; beside bars that part a row, in the place of one of them."""

    low: float
    value: float
    high: float
    name: str
    part: int = 0
    parts: int = 1


@dataclass(frozen=True)
class Dot:
    """A single value. `shape` is circle, diamond or tick."""

    at: float
    name: str
    shape: str = "circle"


@dataclass(frozen=True)
class Words:
    """A text beside a value, after it or (`is_before`) before it."""

    at: float
    words: str
    is_before: bool = False


@dataclass(frozen=True)
class Veil:
    """Hatching over the whole row: a figure exists and is withheld."""

    words: str


Mark = Bar | Span | Dot | Words | Veil


@dataclass(frozen=True)
class Row:
    """One row: who or what, its marks, its figure."""

    label: str
    marks: tuple[Mark, ...]
    figure: str = ""
    depth: int = 0
    is_strong: bool = False
    note: str = ""


@dataclass(frozen=True)
class Zone:
    """A stretch of the axis with a name: the first of `words` that fits into it stands above."""

    start: float
    end: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """The common axis: its scale, its ticks with their texts, named zones, and a dashed line at a benchmark."""

    scale: Scale
    ticks: tuple[tuple[float, str], ...] = ()
    benchmark: float | None = None
    zones: tuple[Zone, ...] = ()


def draw_rows(rows: Sequence[Row], axis: Axis, width: float, height: float = 26.0) -> Drawing:
    """Draw rows on an axis; where the drawing is narrow, a label stands above its marks."""
    is_narrow = width < NARROW
    figures = max((svg.width_of(row.figure) for row in rows), default=0.0)
    label = 0.0 if is_narrow else _label_width(rows, width)
    plot = width - label - (figures + GAP if figures else 6.0)
    parts, top = [], HEAD if axis.zones else 4.0
    for row in rows:
        lines = [] if is_narrow else svg.wrap(row.label, label - GAP - 14 * row.depth, lines=3)
        tall = max(height, 15.0 * len(lines) + 6) + (18.0 if is_narrow and row.label else 0.0)
        parts.append(_row(row, lines, axis, (label, plot, width, top, tall), is_narrow=is_narrow))
        top += tall
    frame = _frame(axis, label, plot, top)
    return Drawing(width, top + (AXIS if axis.ticks else 4.0), svg.joined([frame, *parts]))


def _label_width(rows: Sequence[Row], width: float) -> float:
    widest = max((svg.width_of(row.label) + 14 * row.depth for row in rows), default=0.0) + GAP
    return min(widest, LABEL_SHARE * width)


def _row(
    row: Row, lines: Sequence[str], axis: Axis, box: tuple[float, float, float, float, float], *, is_narrow: bool
) -> str:
    left, plot, width, top, tall = box
    above = 18.0 if is_narrow and row.label else 0.0
    middle = top + above + (tall - above) / 2
    if is_narrow and row.label:
        words = svg.text(0, top + 13, svg.wrap(row.label, width, lines=1)[0], "label", bold=row.is_strong)
    else:
        words = svg.labels(lines, 14.0 * row.depth, middle, "label", bold=row.is_strong)
    thick = min(tall - above - 8, 18.0)
    marks = "".join(_mark(mark, axis.scale, left, plot, middle, thick) for mark in row.marks)
    figure = svg.text(width, middle + 4.5, row.figure, "figure", "end", bold=True) if row.figure else ""
    content = words + marks + figure
    return svg.titled(row.note, content) if row.note else content


def _mark(mark: Mark, scale: Scale, left: float, plot: float, middle: float, thick: float) -> str:
    if isinstance(mark, Bar):
        return _bar(mark, scale, left, plot, middle, thick)
    if isinstance(mark, Span):
        low, at, high = (left + scale.at(value, plot) for value in (mark.low, mark.value, mark.high))
        y = middle - thick / 2 + thick / mark.parts * (mark.part + 0.5)
        dot = svg.circle(at, y, 5 if mark.parts == 1 else 3.5, f"dot {mark.name}")
        return svg.line(low, y, high, y, f"span {mark.name}") + dot
    if isinstance(mark, Dot):
        at = left + scale.at(mark.at, plot)
        if mark.shape == "tick":
            return svg.line(at, middle - thick / 2 - 3, at, middle + thick / 2 + 3, f"tick {mark.name}")
        draw = svg.diamond if mark.shape == "diamond" else svg.circle
        return draw(at, middle, 6 if mark.shape == "diamond" else 5, f"dot {mark.name}")
    if isinstance(mark, Words):
        at = left + scale.at(mark.at, plot)
        wide = svg.width_of(mark.words) + 8
        is_before = mark.is_before or at + wide > left + plot + 2
        return svg.text(
            at - 8 if is_before else at + 8, middle + 4.5, mark.words, "beside", "end" if is_before else "start"
        )
    veil = svg.hatched(left, middle - thick / 2, plot, thick)
    wide = svg.width_of(mark.words, 12) + 12
    return (
        veil
        + svg.rect(left + 8, middle - 9, wide, 18, "plate", 4)
        + svg.text(left + 14, middle + 4.5, mark.words, "tag")
    )


def _bar(bar: Bar, scale: Scale, left: float, plot: float, middle: float, thick: float) -> str:
    start, end = sorted((left + scale.at(bar.start, plot), left + scale.at(bar.end, plot)))
    each = thick / bar.parts
    top = middle - thick / 2 + each * bar.part
    drawn = svg.rect(start, top, end - start, each - (1 if bar.parts > 1 else 0), f"bar {bar.name}")
    if bar.words and svg.width_of(bar.words, 12) + 8 < end - start:
        return drawn + svg.text((start + end) / 2, top + each / 2 + 4.3, bar.words, f"in {bar.name}", "middle")
    return drawn


def _frame(axis: Axis, left: float, plot: float, bottom: float) -> str:
    lines = _zones(axis, left, plot, bottom) + "".join(
        svg.line(left + axis.scale.at(at, plot), 2, left + axis.scale.at(at, plot), bottom, "grid")
        for at, _ in axis.ticks
    )
    words = "".join(_tick(axis, at, words, left, plot, bottom) for at, words in axis.ticks)
    if axis.benchmark is None:
        return lines + words
    at = left + axis.scale.at(axis.benchmark, plot)
    return lines + words + svg.line(at, 0, at, bottom, "benchmark")


def _zones(axis: Axis, left: float, plot: float, bottom: float) -> str:
    """Shade every second zone, and name all by the longest names that fit into each of them."""
    places = [(axis.scale.at(zone.start, plot), axis.scale.at(zone.end, plot)) for zone in axis.zones]
    fits = (
        all(
            svg.width_of(zone.words[choice], 12) <= end - start
            for zone, (start, end) in zip(axis.zones, places, strict=True)
        )
        for choice in range(min((len(zone.words) for zone in axis.zones), default=0))
    )
    choice = next((place for place, is_fitting in enumerate(fits) if is_fitting), -1)
    return "".join(
        (svg.rect(left + start, 2, end - start, bottom - 2, "zone") if place % 2 else "")
        + svg.text(left + (start + end) / 2, 15, zone.words[choice], "axis", "middle")
        for place, (zone, (start, end)) in enumerate(zip(axis.zones, places, strict=True))
    )


def _tick(axis: Axis, at: float, words: str, left: float, plot: float, bottom: float) -> str:
    x, half = left + axis.scale.at(at, plot), svg.width_of(words, 12) / 2
    shifted = min(max(x, half), left + plot + 6 - half) if left == 0 else min(x, left + plot + 6 - half)
    return svg.text(shifted, bottom + 17, words, "axis", "middle")
