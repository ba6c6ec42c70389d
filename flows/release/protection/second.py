"""What would give a withheld figure away is withheld too: over time, units, parts of the staff, views and money."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from flows.release.protection.averages import averages, with_stocks
from flows.release.protection.cube import cells_of
from flows.release.protection.dark import Dark
from flows.release.protection.draft import Draft, is_release
from flows.release.protection.flowing import flowing
from flows.release.protection.masks import SECONDARY, Masks, because, merged
from flows.release.protection.movements import Movements, movements
from flows.release.protection.outside import given_away
from flows.release.protection.pay import Money, pay_of
from flows.release.protection.rests import rested_on
from flows.release.protection.rules import Moved
from flows.release.protection.secondary import shield, without_lost
from flows.release.protection.series import AVERAGES, STOCKS, Told, choose, system
from flows.release.protection.series import told as read_series
from flows.release.protection.system import Flags, System


def secondary_cells(draft: Draft, masks: Masks) -> Masks:
    """Withhold what would give a withheld count away, over all tables at once of the families that the rules name.

    Raises:
        QdeepError: E-501 where a small count stays exposed whatever is withheld.
    """
    families = draft.rules.protection.second_cells
    cube = draft.rules.cube if families else None
    masks = series_cells(draft, masks) if "headcount" in families else masks
    chosen = {name: frame for name, frame in draft.frames.items() if draft.tables[name].family in {*families, "none"}}
    least = {name: draft.family(name).base_min for name in chosen}
    cells = cells_of(cube, chosen, least, masks, draft.memory) if cube else None
    if cells is None:
        return masks
    done = _shielded(draft, cells.system, cells.dark)
    known = ~np.isnan(cells.system.value[: cells.dark.small.size])
    return _spread(draft, masks, cells.places, done.withheld & known, cells.dark.small)


def money_cells(draft: Draft, masks: Masks) -> Masks:
    """Withhold sums of money that would give an unsafe one away within its protection interval.

    Raises:
        QdeepError: E-501 where an unsafe sum stays exposed whatever is withheld, and no earlier release is to blame.
    """
    cube, rules = draft.rules.cube, draft.rules
    for name in masks:
        special = draft.special(name)
        if cube and cube.series and special.dominance and draft.tables[name].family in rules.protection.second_cells:
            least = max([draft.family(name).base_min, *cube.series.least.values()])
            money = Money(name, special.dominance, special.rounded, special.averaged, rules.protection, least)
            shown = draft.as_shown(name, draft.frames[name])
            found = pay_of(cube, money, draft.frames, shown, masks, draft.memory)
            if found is not None:
                done = _shielded(draft, found.system, found.dark)
                masks = _spread(draft, masks, found.places, done.withheld, found.dark.small)
    return masks


def series_cells(draft: Draft, masks: Masks) -> Masks:
    """Withhold what would give a withheld count of persons away: over time, units, parts of the staff, and flows.

    Stocks are protected day by day, flows over as many spans as give nothing away over time, and then span by span.
    What is left of a month beside units is nobody's cell.

    Raises:
        QdeepError: E-501 where a small count stays exposed whatever is withheld.
    """
    cube = draft.rules.cube
    if cube is None or cube.series is None or cube.series.table not in draft.frames:
        return masks
    series, units = cube.series, draft.frames.get(cube.tree.table)
    counted = {name for name, table in draft.tables.items() if table.family in {"headcount", "survey"}}
    persons = {name: draft.frames[name] for name in draft.frames if name in {*counted, cube.tree.table}}
    found = read_series(series, cube, persons, draft.family(series.table).base_min)
    if not found.size:
        return masks
    dark = Dark.of(found.places, masks, draft.memory, found.small)
    rule = draft.special(series.table).moved or NOT_MOVED
    known = movements(series, found, rule, _told_exactly(draft, found))
    chosen, numbers = choose(series, found, STOCKS)
    if numbers.size:
        low, high = (end[numbers] for end in known.known(dark))
        free = (end[numbers] for end in known.known(dark.everything()))
        whole = system(cube, series, units, chosen, dark.at(numbers), STOCKS).told(low, high, *free)
        dark = dark.with_(_shielded(draft, whole, dark.at(numbers)).withheld, numbers)
    if series.averages_to:
        dark = _averages(draft, found, dark)
    if series.flows and is_release(draft.frames[series.table]):
        draft.given_away.append(given_away(series, rule, found, known, dark).size)
    elif series.flows:
        dark = _flows(draft, found, known, dark)
    return _spread(draft, masks, found.places, dark.withheld & found.known, found.small)


# Where no rule rounds movements they stand as they are.
NOT_MOVED = Moved(to=1)


def _told_exactly(draft: Draft, found: Told) -> Flags:
    """Return the cells of the rows on which other tables rest."""
    series = draft.rules.cube.series if draft.rules.cube else None
    flags = np.zeros(found.size, bool)
    if series:
        rows = rested_on(draft, list(draft.rules.tables), series.table).arg_true()
        told = found.places.filter((pl.col("table") == series.table) & pl.col("row").is_in(rows.implode()))
        flags[told["cell"].to_numpy()] = True
    return flags


def _averages(draft: Draft, found: Told, dark: Dark) -> Dark:
    """Withhold averages with the staff at the end of their time, and what would give a small one away.

    Of a part of the staff they are shown rounded, of a whole unit as they are. Of a release, where they are rounded
    already and no longer add up, only the first is asked.

    Raises:
        QdeepError: E-501 where a small average stays exposed whatever is withheld, and no earlier release is to blame.
    """
    cube = draft.rules.cube
    if cube is None or cube.series is None:
        return dark
    series, units = cube.series, draft.frames.get(cube.tree.table)
    dark = with_stocks(series, found, dark)
    chosen, numbers = choose(series, found, AVERAGES)
    if not numbers.size or is_release(draft.frames[series.table]):
        return dark
    whole, told = averages(cube, series, units, chosen, dark.at(numbers)), dark.told[numbers]
    more = np.zeros(whole.value.size - numbers.size, bool)
    dear = np.where(np.concatenate([told, more]), np.inf, whole.cost)
    done = shield(replace(whole, cost=dear), draft.rules.protection)
    draft.settle(done.exposed.size, blamed=bool(told.any()))
    return dark.with_(done.withheld[: numbers.size], numbers)


def _flows(draft: Draft, found: Told, known: Movements, dark: Dark) -> Dark:
    """Withhold movements, so that neither time nor other units, parts and kinds tell a small one.

    Raises:
        QdeepError: E-501 where a small movement stays exposed whatever is withheld, and no earlier release is to blame.
    """
    cube = draft.rules.cube
    if cube is None or cube.series is None:
        return dark
    units = draft.frames.get(cube.tree.table)
    done = flowing(cube, cube.series, units, found, known, dark, draft.rules.protection)
    draft.settle(done.exposed, blamed=bool(dark.told.any()))
    draft.open.append(done.open)
    return done.dark


def _shielded(draft: Draft, system: System, dark: Dark) -> Dark:
    """Withhold counts so that no small one can be bounded, not even with earlier releases beside it.

    Raises:
        QdeepError: E-501 where a small count stays exposed whatever is withheld, and no earlier release is to blame.
    """
    if dark.told.any():
        system, lost = without_lost(system.knowing(dark.told), draft.rules.protection)
        draft.lost.append(lost)
    done = shield(system, draft.rules.protection)
    draft.settle(done.exposed.size, blamed=bool(dark.told.any()))
    return dark.with_(done.withheld[: dark.withheld.size])


def _spread(draft: Draft, masks: Masks, places: pl.DataFrame, withheld: Flags, sensitive: Flags) -> Masks:
    """Withhold every place of the withheld cells: C where the small count itself stood, D elsewhere."""
    gone = places.filter(pl.Series(withheld[places["cell"].to_numpy()]))
    small = pl.Series(sensitive[gone["cell"].to_numpy()]) & (gone["column"] != "")
    gone = gone.with_columns(because(small).fill_null(SECONDARY).alias("reason")).sort("reason")
    spread = dict(masks)
    for (table, column), part in gone.group_by("table", "column", maintain_order=True):
        name, rows = str(table), part.unique("row", keep="first")
        keys = pl.DataFrame({"row": range(masks[name].height)}, schema={"row": rows.schema["row"]})
        found = keys.join(rows, on="row", how="left", maintain_order="left")["reason"]
        spread[name] = merged(spread[name], [(_going(draft, name, str(column)), found)])
    return spread


def _going(draft: Draft, name: str, column: str) -> Sequence[str]:
    """Return the columns of a row that go with one of them."""
    special, columns = draft.special(name), draft.hidden_columns(name)
    groups = [group.hide for group in special.groups if column in group.hide]
    if groups:
        return groups[0]
    return [column] if column and special.by_cell else columns
