"""A mask says of each cell that may be withheld why it is: one column per column, null where the figure is shown."""

from collections.abc import Mapping, Sequence

import polars as pl

from flows.release.tables import Field

# SDMX code list of confidentiality (CL_CONF_STATUS): F free, C confidential, N not for publication. A row that
# withholds for several reasons names the first of these. D (secondary confidentiality) is known inside only: a reader
# who could tell a small count from one that protects it would know that one is below the minimum and the other is not.
SMALL, WEAK, SECONDARY = "C", "N", "D"
REASONS = (SMALL, WEAK)
STATUS = Field(
    "conf_status",
    "VARCHAR",
    "F = shown, C = withheld (few stand behind it, or it would give such a figure away), N = evidence too weak.",
)
WITHHELD = Field("withheld", "VARCHAR", "Names of the columns withheld in this row, separated by blanks.")
# One column per column that can be withheld; a cell holds the reason (C, D or N), null where the figure is shown.
Masks = Mapping[str, pl.DataFrame]
# Columns of one table with the reason why they are withheld, row by row.
Reasons = Sequence[tuple[Sequence[str], pl.Series]]


def marked(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return the mask that a frame carries already: in its conf_status, or cell by cell in its list of names."""
    empty = pl.Series(values=[None] * frame.height, dtype=pl.String)
    status = frame["conf_status"].replace("F", None) if "conf_status" in frame.columns else empty
    if "withheld" not in frame.columns:
        return pl.DataFrame(dict.fromkeys(columns, status))
    names = frame["withheld"].fill_null("").str.split(" ")
    return pl.select(pl.when(names.list.contains(name)).then(status).alias(name) for name in columns)


def merged(mask: pl.DataFrame, reasons: Reasons) -> pl.DataFrame:
    """Add reasons to a mask; a reason that stands already stays."""
    for columns, found in reasons:
        mask = mask.with_columns([mask[column].fill_null(found).alias(column) for column in columns])
    return mask


def because(small: pl.Series, reason: str = SMALL) -> pl.Series:
    """Return the reason where the flag is set, null elsewhere."""
    return pl.select(pl.when(small).then(pl.lit(reason))).to_series()


def status_of(mask: pl.DataFrame) -> pl.Series:
    """Return for each row the first reason for which it withholds anything, F where it withholds nothing."""
    told = {SMALL: (SMALL, SECONDARY), WEAK: (WEAK,)}
    has = [pl.any_horizontal(pl.all().is_in(told[reason])).fill_null(value=False) for reason in REASONS]
    if not mask.width:
        return pl.Series("conf_status", ["F"] * mask.height, pl.String)
    first = [pl.when(found).then(pl.lit(reason)) for found, reason in zip(has, REASONS, strict=True)]
    return mask.select(pl.coalesce(*first, pl.lit("F")).alias("conf_status")).to_series()


def names_of(mask: pl.DataFrame) -> pl.Series:
    """Return for each row the names of its withheld columns, null where none."""
    named = [pl.when(pl.col(column).is_not_null()).then(pl.lit(column)) for column in mask.columns]
    joined = mask.select(pl.concat_str(named, separator=" ", ignore_nulls=True).alias("withheld")).to_series()
    return joined.replace("", None)
