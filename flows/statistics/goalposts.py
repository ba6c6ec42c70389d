"""A figure becomes a score from 0 to 100 by fixed goalposts, never by comparison with others (domain/hrm.md 3.2)."""

import itertools
from dataclasses import dataclass

import numpy as np

TOP = 100.0  # best score
LEAST_POINTS = 2


@dataclass(frozen=True)
class Goalposts:
    """Values and the scores that they get; between two of them the score runs in a straight line.

    Attributes:
        values: Ascending values of the figure.
        scores: Score of each, 0 to 100.
        is_log: Whether the line is straight in the logarithm of the value.
    """

    values: tuple[float, ...]
    scores: tuple[float, ...]
    is_log: bool = False

    def score(self, value: float) -> float:
        """Return the score of a figure; beyond the outer goalposts it stays what it is there."""
        if not self.is_log:
            return float(np.interp(value, self.values, self.scores))
        if value <= self.values[0]:
            return self.scores[0]
        return float(np.interp(np.log(value), np.log(self.values), self.scores))

    @property
    def step(self) -> float:
        """Return the widest step from one score to the next: how coarse the answers are that only they can give."""
        return float(np.abs(np.diff(self.scores)).max())

    def error(self, value: float, standard_error: float) -> float:
        """Return the standard error of the score: half of what it moves from one error below to one above."""
        ends = [self.score(value + step * standard_error) for step in (-1, 0, 1)]
        return (max(ends) - min(ends)) / 2

    def moved(self, share: float) -> "Goalposts":
        """Return goalposts whose values all lie further out by a share of themselves."""
        return Goalposts(tuple(value * (1 + share) for value in self.values), self.scores, self.is_log)


def read_goalposts(points: str, scale: str = "linear") -> Goalposts:
    """Read goalposts as the seed writes them.

    Args:
        points: Pairs `value:score`, separated by blanks, values ascending.
        scale: linear, or log for values above 0.

    Raises:
        ValueError: Says what is wrong with the pairs.
    """
    try:
        pairs = [tuple(float(part) for part in pair.split(":")) for pair in points.split()]
        values, scores = (tuple(side) for side in zip(*pairs, strict=True))
    except ValueError as error:
        raise ValueError("Goalposts are pairs `value:score`, separated by blanks.") from error
    if len(values) < LEAST_POINTS or any(low >= high for low, high in itertools.pairwise(values)):
        raise ValueError("The values of goalposts ascend, and there are at least two.")
    if not all(0 <= score <= TOP for score in scores):
        raise ValueError("Scores run from 0 to 100.")
    if scale == "log" and values[0] <= 0:
        raise ValueError("On a log scale all values are above 0.")
    return Goalposts(values, scores, scale == "log")


def fits_direction(goalposts: Goalposts, direction: str) -> bool:
    """Return whether scores never fall (higher), never rise (lower), or rise and then fall (two_sided)."""
    steps = np.diff(goalposts.scores)
    rises, falls = bool((steps > 0).any()), bool((steps < 0).any())
    if direction == "two_sided":
        top = int(np.argmax(goalposts.scores))
        return rises and falls and bool((steps[:top] >= 0).all() and (steps[top:] <= 0).all())
    return rises and not falls if direction == "higher" else falls and not rises
