"""A series as a line small enough for a cell of a table."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 96, 26, 3


def sparkline(values: Sequence[float | None], label: str) -> Markup:
    """Draw a series as a small line that breaks where a value is missing or withheld; the last value gets a dot."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line needs two points
        return Markup("")
    low, high = min(known), max(known)

    def point(index: int, value: float) -> tuple[float, float]:
        across = MARGIN + (WIDTH - 2 * MARGIN) * index / max(len(values) - 1, 1)
        up = (value - low) / (high - low) if high > low else 0.5
        return across, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * up

    places = [None if value is None else point(index, value) for index, value in enumerate(values)]
    lines = [_run(run) for run in _runs(places) if len(run) > 1]
    last = next(place for place in reversed(places) if place is not None)
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}<circle cx="{}" cy="{}" r="2.4"/></svg>'
    ).format(WIDTH, HEIGHT, label, Markup("").join(lines), f"{last[0]:.0f}", f"{last[1]:.0f}")


def _run(run: Sequence[tuple[float, float]]) -> Markup:
    return Markup('<polyline points="{}"/>').format(" ".join(f"{x:.0f},{y:.0f}" for x, y in run))


def _runs(places: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return runs
