"""Tables that repeat figures of others, or rest on them, withhold what those withhold."""

from collections.abc import Sequence

import polars as pl

from flows.release.protection.draft import Draft, Frames
from flows.release.protection.masks import Masks, Reasons, merged
from flows.release.protection.rests import reasons_of_rest


def linked_cells(draft: Draft, masks: Masks) -> Masks:
    """Withhold in wide tables what the tidy table that they repeat withholds."""
    return {name: merged(mask, _followed(draft, name, mask, masks)) for name, mask in masks.items()}


def resting_rows(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows that rest on a withheld figure of another table, the tables in the order of the file."""
    done = dict(masks)
    for name in draft.rules.tables:
        reasons = reasons_of_rest(draft, name, done) if name in done else None
        if reasons is not None:
            done[name] = merged(done[name], [(done[name].columns, reasons)])
    return done


def repeated(frame: pl.DataFrame, draft: Draft, name: str, shown: Frames) -> pl.DataFrame:
    """Let a wide table repeat figures over movements and over rounded averages as the tidy table shows them."""
    special = draft.special(name)
    if special.follows not in shown:
        return frame
    source = draft.special(special.follows)
    kinds = {
        *(source.moved.kinds if source.moved else ()),
        *(source.averaged.kinds if special.named and source.averaged else ()),
    }
    tidy = shown[special.follows].filter(*[pl.col(column) == value for column, value in special.where.items()])
    named = [pl.col(column).alias(ours) for ours, column in special.named.items()]
    keys = [*special.key, *special.named]
    for column in frame.columns:
        at = special.taken_from.get(column, {"indicator_id": column})
        if column not in draft.tables[name].base and at["indicator_id"] in kinds:
            figures = tidy.filter(**at).with_columns(named).select(*keys, pl.col("value").alias("_shown"))
            joined = frame.join(figures.unique(keys), on=keys, how="left", maintain_order="left")
            told = pl.coalesce(joined["_shown"].cast(frame[column].dtype), pl.col(column))
            frame = frame.with_columns(pl.when(pl.col(column).is_not_null()).then(told).alias(column))
    return frame


def _followed(draft: Draft, name: str, mask: pl.DataFrame, masks: Masks) -> Reasons:
    special = draft.special(name)
    if not special.follows:
        return []
    tidy = draft.frames[special.follows].with_columns(masks[special.follows]["value"].alias("_reason"))
    fixed = [pl.col(column) == value for column, value in special.where.items()]
    found = tidy.filter(pl.col("_reason").is_not_null(), *fixed)
    named = [pl.col(column).alias(name) for name, column in special.named.items()]
    keys = draft.frames[name].select(*special.key, *special.named)
    return [
        (
            [column],
            _reasons_of(keys, found.filter(**special.taken_from.get(column, {"indicator_id": column})), named),
        )
        for column in mask.columns
    ]


def _reasons_of(keys: pl.DataFrame, found: pl.DataFrame, named: Sequence[pl.Expr]) -> pl.Series:
    reasons = found.with_columns(named).select(*keys.columns, "_reason").unique(keys.columns)
    return keys.join(reasons, on=keys.columns, how="left", maintain_order="left")["_reason"]
