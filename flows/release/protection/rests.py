"""What rests on a withheld figure is withheld too: scores, gaps, recommendations and links follow their sources."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import polars as pl

from flows.release.protection.rules import Rest, Special, Total

REASON = "_reason"


class Drafted(Protocol):
    """All tables that are about to be published."""

    @property
    def frames(self) -> Mapping[str, pl.DataFrame]:
        """Return the rows of each table."""
        ...

    def special(self, name: str) -> Special:
        """Return the special rules of a table."""
        ...


def reasons_of_rest(draft: Drafted, name: str, masks: Mapping[str, pl.DataFrame]) -> pl.Series | None:
    """Return for each row of a table the reason for which what it rests on is withheld; None where it rests on nothing.

    Args:
        draft: All tables.
        name: Table whose rows name the figures that they rest on.
        masks: What is withheld so far, table by table; a row counts as withheld where any of its columns is.
    """
    special, frame = draft.special(name), draft.frames[name]
    rests = [rest for rest in special.rests_on if rest.table in draft.frames]
    if not rests:
        return None
    found = [_follow(frame, rest, draft.frames[rest.table], masks[rest.table]) for rest in rests]
    direct = pl.select(pl.coalesce(*found)).to_series().alias(REASON)
    return _with_totals(frame.with_columns(direct), special.totals)


def rested_on(draft: Drafted, tables: Sequence[str], source: str) -> pl.Series:
    """Return which rows of a table other tables rest on: what is computed from them tells them as they are.

    Args:
        draft: All tables.
        tables: Tables that may rest on it.
        source: The table.
    """
    rows = draft.frames[source].with_row_index("_row")
    flags = pl.Series("exact", [False]).new_from_index(0, rows.height)
    for name in tables:
        for rest in draft.special(name).rests_on if name in draft.frames else ():
            if rest.table == source:
                when = [pl.col(column) == value for column, value in rest.when.items()]
                keys = (
                    draft.frames[name]
                    .filter(*when)
                    .select(pl.col(ours).alias(theirs) for ours, theirs in rest.key.items())
                )
                told = rows.filter(*[pl.col(column) == value for column, value in rest.where.items()])
                found = told.join(keys.unique(), on=list(rest.key.values()), how="semi")["_row"]
                flags = flags | rows["_row"].is_in(found.implode())
    return flags


def _follow(frame: pl.DataFrame, rest: Rest, source: pl.DataFrame, mask: pl.DataFrame) -> pl.Series:
    """Return the reason of the row that each row rests on; a row that shows no figure rests on none."""
    withheld = mask.select(pl.coalesce(pl.all())).to_series() if mask.width else pl.Series([None] * source.height)
    gone = source.with_columns(withheld.cast(pl.String).alias(REASON)).filter(
        pl.col(REASON).is_not_null(), *(pl.col(column) == value for column, value in rest.where.items())
    )
    names = list(rest.key)
    reasons = gone.select(*(pl.col(theirs).alias(ours) for ours, theirs in rest.key.items()), REASON)
    joined = frame.select(names).join(reasons.unique(names), on=names, how="left", maintain_order="left")[REASON]
    shows = frame.select(
        pl.all_horizontal(
            *(pl.col(column) == value for column, value in rest.when.items()),
            pl.col(rest.figure).is_not_null() if rest.figure else pl.lit(value=True),
        )
    ).to_series()
    return pl.select(pl.when(shows).then(joined)).to_series()


def _with_totals(frame: pl.DataFrame, totals: Sequence[Total]) -> pl.Series:
    """A row that sums up others is withheld with any of them."""
    reasons = frame[REASON]
    for total in totals:
        by = list(total.by)
        gone = frame.filter(pl.col(REASON).is_not_null()).select(*by, pl.col(REASON).alias("_part")).unique(by)
        parts = frame.select(by).join(gone, on=by, how="left", maintain_order="left")["_part"]
        is_total = frame.select(pl.all_horizontal(*(pl.col(c) == v for c, v in total.where.items()))).to_series()
        reasons = pl.select(pl.coalesce(reasons, pl.when(is_total).then(parts))).to_series()
    return reasons
