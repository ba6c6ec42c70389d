"""Two assessments of the HRM model side by side: what stayed, what moved, and what only new evidence moved."""

from collections.abc import Mapping, Sequence

from flows.statistics.hrm_model import Figure, Model, Score, interval, scores_of

Figures = Mapping[str, Figure]
World = Mapping[str, Figures]


def domain_pairs(model: Model, before: World, now: World) -> list[tuple[Score, Score]]:
    """Return the scores of each ministry and domain that both assessments rate."""
    pairs = [
        (one, other)
        for name in sorted(set(before) & set(now))
        for one, other in zip(_domains(model, before[name]), _domains(model, now[name]), strict=True)
    ]
    return [(one, other) for one, other in pairs if one.score is not None and other.score is not None]


def clear_changes(pairs: Sequence[tuple[Score, Score]]) -> int:
    """Count the pairs whose intervals do not overlap: what may be told as a change."""
    return sum(_apart(one, other) for one, other in pairs)


def evidence_effects(model: Model, before: World, now: World) -> list[float]:
    """Return by how many points the change of a domain hangs on figures that only one assessment has.

    The change as it is told, less the change over the figures that both have; where the latter cannot be rated, the
    pair says nothing and is left out.
    """
    effects: list[float] = []
    for name in sorted(set(before) & set(now)):
        shared = _known(before[name]) & _known(now[name])
        views = [before[name], now[name], _only(before[name], shared), _only(now[name], shared)]
        for rows in zip(*(_domains(model, view) for view in views), strict=True):
            first, last, like_first, like_last = (row.score for row in rows)
            if first is None or last is None or like_first is None or like_last is None:
                continue
            effects.append((last - first) - (like_last - like_first))
    return effects


def _domains(model: Model, figures: Figures) -> list[Score]:
    return [score for score in scores_of(model, figures) if score.row_kind == "domain"]


def _apart(one: Score, other: Score) -> bool:
    low, high = interval(one.score or 0.0, one.standard_error or 0.0)
    other_low, other_high = interval(other.score or 0.0, other.standard_error or 0.0)
    return low > other_high or other_low > high


def _known(figures: Figures) -> set[str]:
    return {name for name, figure in figures.items() if figure.value is not None}


def _only(figures: Figures, names: set[str]) -> Figures:
    return {name: figure for name, figure in figures.items() if name in names}
