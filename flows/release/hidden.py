"""A release says what its protection costs: the share of figures, and of persons behind them, that it withholds."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

# Below so many persons a share in hundredths would say how many stand behind the last withheld figure. Above, it may
# still say too much where withheld figures are many and small: who takes all others for one person each must find at
# least so many.
MASS_LEAST, LEFT_LEAST = 2_000, 10


@dataclass(frozen=True)
class Hidden:
    """What one table withholds.

    Attributes:
        figures: Figures of the table, withheld or not.
        by_reason: conf_status, as published -> figures withheld for it.
        share_of_figures: Share of the figures withheld.
        share_of_mass: Share of the persons or cases behind all figures that stand behind withheld ones, each figure
            counted with its base; in hundredths, and none where the table is too small for that to be safe.
    """

    figures: int
    by_reason: dict[str, int]
    share_of_figures: float | None
    share_of_mass: float | None


def hidden_shares(frame: pl.DataFrame, mask: pl.DataFrame, base: Sequence[str]) -> Hidden:
    """Return what a table withholds.

    Args:
        frame: Rows before anything was withheld.
        mask: Reason for each column and row; null where the figure is shown.
        base: Columns that count the persons or cases behind a row.
    """
    held = pl.DataFrame({name: frame[name].is_not_null() | mask[name].is_not_null() for name in mask.columns})
    figures = sum(int(held[name].sum()) for name in held.columns)
    reasons = pl.concat([mask[name].rename("reason") for name in mask.columns]) if mask.width else pl.Series([None])
    found = reasons.drop_nulls().value_counts().sort(reasons.name).rows() if reasons.dtype == pl.String else []
    by_reason = _told({str(reason): int(number) for reason, number in found})
    share = round(sum(by_reason.values()) / figures, 4) if figures else None
    return Hidden(figures, by_reason, share, _mass(frame, mask, held, base))


def _told(by_reason: dict[str, int]) -> dict[str, int]:
    """Add up what readers cannot tell apart: small counts, and those that protect them."""
    small = by_reason.get("C", 0) + by_reason.get("D", 0)
    return {**({"C": small} if small else {}), **({"N": by_reason["N"]} if "N" in by_reason else {})}


def _mass(frame: pl.DataFrame, mask: pl.DataFrame, held: pl.DataFrame, base: Sequence[str]) -> float | None:
    if not (base and mask.width):
        return None
    weight = frame.select(pl.max_horizontal(pl.col(list(base)).abs().fill_null(0))).to_series()
    total = sum(float((weight * held[name]).sum()) for name in mask.columns)
    gone = sum(float((weight * mask[name].is_not_null()).sum()) for name in mask.columns)
    share = round(gone / total, 2) if total >= MASS_LEAST * mask.width else None
    dark = sum(int(mask[name].is_not_null().sum()) for name in mask.columns) / mask.width
    return share if share is not None and _leaves_open(share, (total - gone) / mask.width, dark) else None


def _leaves_open(share: float, shown: float, dark: float) -> bool:
    """Whether a share in hundredths leaves open how many stand behind one withheld figure.

    Args:
        share: Share withheld, as it is told.
        shown: Persons behind the figures shown, which everybody can add up.
        dark: Number of figures withheld.
    """
    low, high = (shown * edge / (1 - edge) for edge in (max(share - 0.005, 0), min(share + 0.005, 0.999)))
    return not dark or (high - (dark - 1) >= LEFT_LEAST and (dark > 1 or low <= high / 2))
