"""A release says what its protection costs: the share of figures, and of persons behind them, that it withholds.

Figures are counted on what is published, so that whoever holds a copy finds the same numbers and learns nothing from
them. A row of a tidy table is one figure with what makes it trusted, its `value`; in a table that withholds cell by
cell each cell is one. What is empty because there is nothing to tell is no figure; what is withheld counts always,
since nobody can tell whether it was empty, so that a share is rather too high than too low.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

# Below so many persons a share in hundredths would say how many stand behind the last withheld figure. Above, it may
# still say too much where withheld figures are many and small: who takes all others for one person each must find at
# least so many.
MASS_LEAST, LEFT_LEAST = 2_000, 10
ROWS, CELLS = "rows", "cells"
VALUE = "value"


@dataclass(frozen=True)
class Hidden:
    """What one table withholds.

    Attributes:
        counted: What a figure is: `rows` or `cells`.
        figures: Figures of the table, shown or withheld.
        by_reason: conf_status -> figures withheld in rows with that status.
        share_withheld: Share of the figures withheld; none where the table has no figures.
        share_of_mass: Share of the persons or cases behind all figures that stand behind withheld ones, each figure
            counted with its base; in hundredths, and none where the table is too small for that to be safe.
    """

    counted: str
    figures: int
    by_reason: Mapping[str, int]
    share_withheld: float | None
    share_of_mass: float | None = None

    @property
    def withheld(self) -> int:
        """Number of figures withheld."""
        return sum(self.by_reason.values())


def hidden_figures(published: pl.DataFrame, columns: Sequence[str]) -> Hidden:
    """Return what a table withholds, as anybody who holds a copy counts it.

    Args:
        published: Rows as published; `withheld` names cells where the table withholds cell by cell.
        columns: Columns that may be withheld.
    """
    by_cell = "withheld" in published.columns
    gone = _gone(published, columns, by_cell=by_cell)
    held = _told(published, columns, by_cell=by_cell)
    figures = sum(int((held[name] | gone[name]).sum()) for name in gone.columns)
    per_row = gone.select(count=pl.sum_horizontal(pl.all().cast(pl.Int64))) if gone.width else None
    by_reason = _by_status(published["conf_status"], per_row["count"]) if per_row is not None else {}
    share = round(sum(by_reason.values()) / figures, 4) if figures else None
    return Hidden(CELLS if by_cell else ROWS, figures, by_reason, share)


def mass_withheld(frame: pl.DataFrame, mask: pl.DataFrame, base: Sequence[str], *, by_cell: bool) -> float | None:
    """Return the share of the persons or cases behind all figures that stand behind withheld ones, where it is safe.

    Args:
        frame: Rows before anything was withheld.
        mask: Reason for each column and row; null where the figure is shown.
        base: Columns that count the persons or cases behind a row.
        by_cell: Whether cells are withheld one by one.
    """
    if not (base and mask.width):
        return None
    gone = mask.select(pl.all().is_not_null())
    gone = gone if by_cell else gone.select(row=pl.any_horizontal(pl.all()))
    held = _told(frame, mask.columns, by_cell=by_cell)
    weight = frame.select(pl.max_horizontal(pl.col(list(base)).abs().fill_null(0))).to_series()
    shown = sum(float((weight * (held[name] & ~gone[name])).sum()) for name in gone.columns) / gone.width
    behind = sum(float((weight * gone[name]).sum()) for name in gone.columns) / gone.width
    if shown + behind < MASS_LEAST:
        return None
    share, dark = round(behind / (shown + behind), 2), sum(int(gone[name].sum()) for name in gone.columns) / gone.width
    return share if _leaves_open(share, shown, dark) else None


def _gone(published: pl.DataFrame, columns: Sequence[str], *, by_cell: bool) -> pl.DataFrame:
    """Return which figures are withheld: one column per cell that may be, or one for the whole row."""
    if not columns:
        return pl.DataFrame()
    if not by_cell:
        return published.select(row=pl.col("conf_status") != "F")
    names = pl.col("withheld").fill_null("").str.split(" ")
    return published.select(names.list.contains(name).alias(name) for name in columns)


def _told(rows: pl.DataFrame, columns: Sequence[str], *, by_cell: bool) -> pl.DataFrame:
    """Return where a figure stands: in each cell, or in the value of the row where its columns go together."""
    if by_cell or not columns:
        return rows.select(pl.col(columns).is_not_null())
    figure = [VALUE] if VALUE in columns else list(columns)
    return rows.select(row=pl.any_horizontal(pl.col(figure).is_not_null()))


def _by_status(status: pl.Series, count: pl.Series) -> dict[str, int]:
    rows = pl.DataFrame({"status": status, "count": count}).filter(pl.col("count") > 0)
    return dict(rows.group_by("status").agg(pl.col("count").sum()).sort("status").iter_rows())


def _leaves_open(share: float, shown: float, dark: float) -> bool:
    """Whether a share in hundredths leaves open how many stand behind one withheld figure.

    Args:
        share: Share withheld, as it is told.
        shown: Persons behind the figures shown, which everybody can add up.
        dark: Number of figures withheld.
    """
    low, high = (shown * edge / (1 - edge) for edge in (max(share - 0.005, 0), min(share + 0.005, 0.999)))
    return not dark or (high - (dark - 1) >= LEFT_LEAST and (dark > 1 or low <= high / 2))
