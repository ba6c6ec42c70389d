"""No published figure rests on fewer persons, respondents or cases than expectations/disclosure.yml asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import polars as pl

from flows.release.protection.draft import Draft, Frames, Step, is_release
from flows.release.protection.hidden import Hidden, hidden_figures, mass_withheld
from flows.release.protection.linked import linked_cells, repeated, resting_rows
from flows.release.protection.masks import STATUS, WITHHELD, Masks, marked, names_of, status_of
from flows.release.protection.past import Memory, Past, counts_of, remember, secrets_of
from flows.release.protection.rules import Rules
from flows.release.protection.second import money_cells, secondary_cells
from flows.release.protection.thresholds import THRESHOLDS
from flows.release.tables import Table

# Rises when other figures are withheld than before under the same rules; a release says which engine made it.
ENGINE = 5


@dataclass(frozen=True)
class Protected:
    """Tables and frames as they may be published.

    Attributes:
        hidden: How many figures each table withholds, and which share.
        held: Columns of each table that may be withheld.
        secrets: True counts of what is withheld, for the next release alone.
        lost: Small counts that earlier releases give away whatever this one withholds.
        open: Small counts whose protection whoever goes to and fro between time and sums breaks.
        given_away: Withheld counts that follow from what is shown, where frames of a release were protected again.
    """

    tables: Mapping[str, Table]
    frames: Frames
    hidden: Mapping[str, Hidden] = field(default_factory=dict)
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: Frames = field(default_factory=dict)
    lost: int = 0
    open: int = 0
    given_away: int = 0


STEPS: tuple[Step, ...] = (
    *THRESHOLDS,
    linked_cells,
    secondary_cells,
    money_cells,
    linked_cells,
    resting_rows,
)


def protect(
    tables: Mapping[str, Table],
    frames: Frames,
    rules: Rules,
    past: Sequence[Past] = (),
    steps: Sequence[Step] | None = None,
) -> Protected:
    """Withhold every figure behind which too few stand.

    Each step reads all tables and the masks so far and returns masks that withhold at least as much; further
    disclosure control (rounded flows, audit against earlier releases) joins `STEPS`.
    What a frame marks as withheld stays withheld, so protecting twice is protecting once.

    Args:
        tables: Table name -> description of the table.
        frames: Table name -> rows, with the columns of the table.
        rules: Thresholds.
        past: Earlier releases, known to whoever reads this one.
        steps: What to look for; all of it where nothing else is said.
    """
    counts = {name: counts_of(rules, table) for name, table in tables.items() if table.family != "none"}
    draft = Draft(tables, frames, rules, _memory(tables, frames, rules, counts, past))
    before: Masks = {name: marked(frame, draft.hidden_columns(name)) for name, frame in frames.items()}
    masks = reduce(lambda masks, step: step(draft, masks), STEPS if steps is None else steps, before)
    shown = {name: _hide(frame, masks[name], draft, name) for name, frame in frames.items()}
    published = {name: repeated(frame, draft, name, shown) for name, frame in shown.items()}
    return Protected(
        tables={name: _described(table, draft.special(name).by_cell) for name, table in tables.items()},
        frames=published,
        hidden={name: _cost(draft, name, masks[name], published[name]) for name in frames},
        held={name: tuple(masks[name].columns) for name in frames},
        secrets={name: secrets_of(tables[name], frames[name], masks[name], counts[name]) for name in counts},
        lost=sum(draft.lost),
        open=sum(draft.open),
        given_away=sum(draft.given_away),
    )


def _memory(
    tables: Mapping[str, Table],
    frames: Frames,
    rules: Rules,
    counts: Mapping[str, Sequence[str]],
    past: Sequence[Past],
) -> dict[str, Memory]:
    if not past:
        return {}
    draft = Draft(tables, frames, rules)
    as_shown = {name: draft.as_shown(name, frames[name]) for name in counts if counts[name]}
    return {name: remember(tables[name], frame, counts[name], past) for name, frame in as_shown.items()}


def _hide(frame: pl.DataFrame, mask: pl.DataFrame, draft: Draft, name: str) -> pl.DataFrame:
    if draft.tables[name].family == "none":
        return frame
    shown = [pl.when(mask[column].is_null()).then(frame[column]).alias(column) for column in mask.columns]
    status = status_of(mask)
    untold = [] if is_release(frame) else _emptiness(frame, mask, draft.tables[name].base)
    hidden = draft.as_shown(name, frame.with_columns(*shown, *untold, status))
    hidden = hidden.drop(draft.tables[name].inner)
    return hidden.with_columns(names_of(mask)) if draft.special(name).by_cell else hidden


def _emptiness(frame: pl.DataFrame, mask: pl.DataFrame, base: Sequence[str]) -> list[pl.Expr]:
    """Do not tell in `obs_status` that a base is empty (O) where the base is withheld: it would be known to be 0."""
    counted = [name for name in base if name in mask.columns]
    if "obs_status" not in frame.columns or not counted:
        return []
    dark = mask.select(pl.any_horizontal(pl.col(counted).is_not_null())).to_series()
    return [pl.when(dark & (pl.col("obs_status") == "O")).then(pl.lit("A")).otherwise("obs_status").alias("obs_status")]


def _described(table: Table, by_cell: bool) -> Table:  # noqa: FBT001 - a plain property of the table
    if table.family == "none":
        return table
    own = {column.name: column for column in ([STATUS, WITHHELD] if by_cell else [STATUS])}
    kept = [own.pop(column.name, column) for column in table.fields if column.name not in table.inner]
    return replace(table, fields=(*kept, *own.values()), inner=())


def _cost(draft: Draft, name: str, mask: pl.DataFrame, published: pl.DataFrame) -> Hidden:
    """Return what a table withholds: figures as readers count them, and the persons behind them."""
    by_cell = draft.special(name).by_cell
    mass = mass_withheld(draft.frames[name], mask, draft.tables[name].base, by_cell=by_cell)
    shown = [column for column in mask.columns if column in published.columns]  # inner columns stay inside
    return replace(hidden_figures(published, shown), share_of_mass=mass)
