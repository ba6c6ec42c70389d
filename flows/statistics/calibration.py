"""Weights that meet known totals leave less to chance: what answers share with their strata is no error any more.

The variance of a mean follows from residuals after the strata's means, as in R's survey package (4.1): one sweep over
the cells of a post-stratification, ten sweeps over the margins of raking (svyrecvar; Deville and Saerndal 1992).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Figures = NDArray[np.float64]

BETWEEN = "|"  # stands between the margins of one cell
SWEEPS = 10


@dataclass(frozen=True)
class Calibration:
    """What the totals take off the variance of each place.

    Attributes:
        tree: Shape (places * groups, cells): which cell counts in which place and group; a group is one category
            of each margin.
        sweep: Shape (groups, groups): sums of residuals by group -> residual that the strata share, for each person.
        totals, squares: Sum of the weights of the respondents of each group, and of their squares.
        persons: All respondents.
    """

    tree: csr_matrix
    sweep: Figures
    totals: Figures
    squares: Figures
    persons: float

    def residuals(self, values: Figures, n: Figures, mean: Figures) -> Figures:
        """Return sums of what lies above the mean, shape (places, groups).

        Args:
            values: Sum of the values of each cell.
            n: Their number.
            mean: Of each place.
        """
        shape = (mean.size, self.squares.size)
        return (self.tree @ values).reshape(shape) - mean[:, None] * (self.tree @ n).reshape(shape)

    def gain(self, plain: Figures, weighted: Figures) -> Figures:
        """Return what comes off the sum of squared residuals of each place; what is left is taken from its mean.

        Args:
            plain: Shape (places, groups): residuals over the weight of the place.
            weighted: The same, each times the square of its weight.
        """
        shared = plain @ self.sweep.T
        taken = (2 * shared * weighted - shared**2 * self.squares).sum(axis=1)
        return taken + (shared @ self.totals) ** 2 / self.persons


def calibration_of(cells: pl.DataFrame, tree: csr_matrix) -> Calibration | None:
    """Return the calibration of one wave; None where its weights meet no totals.

    Args:
        cells: responses, weight, strata (labels of the margins, `BETWEEN` them; null where weights are given).
        tree: Shape (places, cells).
    """
    if cells["strata"].null_count():
        return None
    names, group = np.unique(cells["strata"].to_numpy().astype(str), return_inverse=True)
    weight, persons = (cells[name].to_numpy().astype(float) for name in ("weight", "responses"))
    margins = list(zip(*(name.split(BETWEEN) for name in names), strict=True))
    entries = tree.tocoo()
    rows = entries.row.astype(np.int64) * names.size + group[entries.col]
    shape = (tree.shape[0] * names.size, tree.shape[1])
    return Calibration(
        csr_matrix((entries.data, (rows, entries.col)), shape=shape),
        _sweep([np.array(labels) for labels in margins], np.bincount(group, persons).astype(float)),
        np.bincount(group, weight * persons).astype(float),
        np.bincount(group, weight**2 * persons).astype(float),
        float(persons.sum()),
    )


def _sweep(margins: list[NDArray[np.str_]], persons: Figures) -> Figures:
    """Return what each group's sum of residuals adds to the shared residual of each group."""
    left, shared = np.eye(persons.size), np.zeros((persons.size, persons.size))
    places = [np.unique(labels, return_inverse=True)[1] for labels in margins]
    for _ in range(SWEEPS if len(places) > 1 else 1):
        for stratum in places:
            same = stratum[:, None] == stratum
            mean = same @ left / (same @ persons)[:, None]
            left = left - persons[:, None] * mean
            shared = shared + mean
    return shared
