"""No published figure rests on fewer persons, respondents or cases than expectations/disclosure.yml asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
import polars as pl

from flows.errors import Place, QdeepError
from flows.release.averages import averages, with_stocks
from flows.release.cube import cells_of
from flows.release.dark import Dark
from flows.release.flowing import flowing
from flows.release.hidden import Hidden, hidden_figures, mass_withheld
from flows.release.movements import Movements, movements
from flows.release.outside import given_away
from flows.release.past import Memory, Past, counts_of, remember, secrets_of
from flows.release.pay import Money, pay_of
from flows.release.rests import reasons_of_rest, rested_on
from flows.release.rounding import averaged, moved, rounded
from flows.release.rules import Family, Group, Moved, Rules, Special
from flows.release.secondary import shield, without_lost
from flows.release.series import AVERAGES, STOCKS, Told, choose, system
from flows.release.series import told as read_series
from flows.release.system import Flags, System
from flows.release.tables import Field, Table

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

# Rises when other figures are withheld than before under the same rules; a release says which engine made it.
ENGINE = 5

Frames = Mapping[str, pl.DataFrame]
# One column per column that can be withheld; a cell holds the reason (C, D or N), null where the figure is shown.
Masks = Mapping[str, pl.DataFrame]
# Columns of one table with the reason why they are withheld, row by row.
Reasons = Sequence[tuple[Sequence[str], pl.Series]]
Step = Callable[["Draft", Masks], Masks]


@dataclass(frozen=True)
class Draft:
    """All that is about to be published: the steps of disclosure control see every table at once.

    Attributes:
        memory: Table name -> what earlier releases said of its counts.
        lost: How many small counts earlier releases give away whatever this one withholds; grows step by step.
        open: How many small counts whoever goes to and fro between time and sums comes too near to.
        given_away: How many withheld counts a release is found to give away by itself, where one is asked.
    """

    tables: Mapping[str, Table]
    frames: Frames
    rules: Rules
    memory: Mapping[str, Memory] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    given_away: list[int] = field(default_factory=list)

    def special(self, name: str) -> Special:
        """Return the special rules of a table; none where the file names none."""
        return self.rules.tables.get(name, Special())

    def family(self, name: str) -> Family:
        """Return the thresholds of a table.

        Raises:
            QdeepError: E-501 where the table names a family that the rules do not have.
        """
        table = self.tables[name]
        if table.family not in self.rules.families:
            raise QdeepError("E-501", f"{name} has the unknown disclosure family {table.family}.", Place(file=name))
        return self.rules.families[table.family]

    def settle(self, exposed: int, *, blamed: bool) -> None:
        """Take note of small counts that nothing protects.

        Args:
            exposed: How many.
            blamed: Whether earlier releases tell some counts for good.

        Raises:
            QdeepError: E-501 where no earlier release is to blame.
        """
        if exposed and not blamed:
            raise QdeepError("E-501", f"{exposed} small counts cannot be protected from subtraction.")
        self.lost.append(exposed)

    def hidden_columns(self, name: str) -> tuple[str, ...]:
        """Return what a withheld row must not show: the columns named, and every number not known as harmless.

        Raises:
            QdeepError: E-501 where a table with groups of columns has a number that no group names.
        """
        table, groups = self.tables[name], self.special(name).groups
        if table.family == "none":
            return ()
        harmless = {*self.rules.kept, *table.grain}
        numbers = [column.name for column in table.fields if column.is_number and column.name not in harmless]
        evidence = ["evidence_level"] if self.family(name).evidence_shown and table.column("evidence_level") else []
        grouped = tuple(dict.fromkeys(column for group in groups for column in group.hide))
        if groups and not set(numbers) <= set(grouped):
            unruled = sorted(set(numbers) - set(grouped))
            raise QdeepError("E-501", f"No disclosure rule names {', '.join(unruled)} of {name}.", Place(file=name))
        return grouped or tuple(dict.fromkeys([*table.hide, *numbers, *evidence]))


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
    marked = {name: _marked(frame, draft.hidden_columns(name)) for name, frame in frames.items()}
    masks = reduce(lambda masks, step: step(draft, masks), STEPS if steps is None else steps, marked)
    shown = {name: _hide(frame, masks[name], draft, name) for name, frame in frames.items()}
    published = {name: _repeated(frame, draft, name, shown) for name, frame in shown.items()}
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
    as_shown = {name: _as_shown(draft, name, frames[name]) for name in counts if counts[name]}
    return {name: remember(tables[name], frame, counts[name], past) for name, frame in as_shown.items()}


def small_bases(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows, or groups of their columns, whose base is under the family's minimum."""
    return {name: _merge(mask, _small(draft, name, mask)) for name, mask in masks.items()}


def small_parts(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows whose numerator, or its complement, counts a few persons."""
    return {name: _merge(mask, _parts(draft, name, mask)) for name, mask in masks.items()}


def few_by_card(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows behind which fewer stand than the card of the indicator asks for."""
    return {name: _merge(mask, _carded(draft, name, mask)) for name, mask in masks.items()}


def changed_by_few(draft: Draft, masks: Masks) -> Masks:
    """Withhold figures that tell, beside those of an earlier release, of the few who came between the two."""
    return {name: _merge(mask, _changed(draft, name, mask)) for name, mask in masks.items()}


def dominated_sums(draft: Draft, masks: Masks) -> Masks:
    """Withhold sums of money of which one person has so much that they give him away."""
    return {name: _merge(mask, _dominated(draft, name, mask)) for name, mask in masks.items()}


def weak_evidence(draft: Draft, masks: Masks) -> Masks:
    """Withhold figures whose evidence level is not for publication."""
    return {name: _merge(mask, _weak(draft, name, mask)) for name, mask in masks.items()}


def linked_cells(draft: Draft, masks: Masks) -> Masks:
    """Withhold in wide tables what the tidy table that they repeat withholds."""
    return {name: _merge(mask, _followed(draft, name, mask, masks)) for name, mask in masks.items()}


def resting_rows(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows that rest on a withheld figure of another table, the tables in the order of the file."""
    done = dict(masks)
    for name in draft.rules.tables:
        reasons = reasons_of_rest(draft, name, done) if name in done else None
        if reasons is not None:
            done[name] = _merge(done[name], [(done[name].columns, reasons)])
    return done


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
            shown = _as_shown(draft, name, draft.frames[name])
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
    is_release = _is_release(draft.frames[series.table])
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
    if series.flows and is_release:
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
    if not numbers.size or _is_release(draft.frames[series.table]):
        return dark
    whole, told = averages(cube, series, units, chosen, dark.at(numbers)), dark.told[numbers]
    more = np.zeros(whole.value.size - numbers.size, bool)
    dear = np.where(np.concatenate([told, more]), np.inf, whole.cost)
    done = shield(replace(whole, cost=dear), draft.rules.protection)
    draft.settle(done.exposed.size, blamed=bool(told.any()))
    return dark.with_(done.withheld[: numbers.size], numbers)


def _is_release(frame: pl.DataFrame) -> bool:
    return "conf_status" in frame.columns and bool((frame["conf_status"] != "F").any())


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


# What a row must not show by the thresholds alone.
THRESHOLDS: tuple[Step, ...] = (small_bases, small_parts, few_by_card, changed_by_few, dominated_sums, weak_evidence)
STEPS: tuple[Step, ...] = (
    *THRESHOLDS,
    linked_cells,
    secondary_cells,
    money_cells,
    linked_cells,
    resting_rows,
)


def _marked(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return the mask that a frame carries already: in its conf_status, or cell by cell in its list of names."""
    empty = pl.Series(values=[None] * frame.height, dtype=pl.String)
    status = frame["conf_status"].replace("F", None) if "conf_status" in frame.columns else empty
    if "withheld" not in frame.columns:
        return pl.DataFrame(dict.fromkeys(columns, status))
    names = frame["withheld"].fill_null("").str.split(" ")
    return pl.select(pl.when(names.list.contains(name)).then(status).alias(name) for name in columns)


def _merge(mask: pl.DataFrame, reasons: Reasons) -> pl.DataFrame:
    """Add reasons to a mask; a reason that stands already stays."""
    for columns, found in reasons:
        mask = mask.with_columns([mask[column].fill_null(found).alias(column) for column in columns])
    return mask


def _small(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    family, special, frame = draft.family(name), draft.special(name), draft.frames[name]
    if not family.base_min:
        return []
    if special.each_count or special.follows:
        alone = mask.columns if special.each_count else draft.tables[name].base
        return [([column], _reason(_is_small(frame[column], family))) for column in alone]
    groups = special.groups or (Group(draft.tables[name].base, tuple(mask.columns)),)
    return [(group.hide, _reason(_any_small(frame, group, family))) for group in groups]


def _changed(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    least, memory = draft.family(name).change_min, draft.memory.get(name)
    if not least or memory is None:
        return []
    groups = draft.special(name).groups or (Group(draft.tables[name].base, tuple(mask.columns)),)
    few = pl.DataFrame({column: (memory.step[column] < least) & ~memory.told[column] for column in memory.step.columns})
    return [
        (group.hide, _reason(few.select(pl.any_horizontal(pl.lit(value=False), *group.base)).to_series()))
        for group in groups
    ]


def _any_small(frame: pl.DataFrame, group: Group, family: Family) -> pl.Series:
    """True where one base is small, or where a figure stands with no base at all."""
    if not group.base:
        return pl.Series(values=[True] * frame.height, dtype=pl.Boolean)
    small = frame.select(pl.any_horizontal(_is_small(frame[column], family) for column in group.base)).to_series()
    baseless = frame.select(pl.all_horizontal(pl.col(column).is_null() for column in group.base)).to_series()
    return small | (baseless & _has_figures(frame, group))


def _has_figures(frame: pl.DataFrame, group: Group) -> pl.Series:
    return frame.select(pl.any_horizontal(pl.col(column).is_not_null() for column in group.hide)).to_series()


def _is_small(base: pl.Series, family: Family) -> pl.Series:
    size = base.abs()  # movement that no order explains may be negative, and still counts persons
    least = size > 0 if family.zero_is_shown else size >= 0
    return (least & (size < family.base_min)).fill_null(value=False)


def _parts(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    special, frame, family = draft.special(name), draft.frames[name], draft.family(name)
    if not special.person_numerators:
        return []
    counted = frame["indicator_id"].is_in(list(special.person_numerators))
    paired = frame["indicator_id"].is_in(list(special.complements))
    rest = frame["denominator"] - frame["numerator"]
    small = (counted & _is_small(frame["numerator"], family)) | (paired & _is_small(rest, family))
    return [(mask.columns, _reason(small))]


def _carded(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    cards, frame = draft.special(name).cards, draft.frames[name]
    if cards not in draft.frames:
        return []
    least = frame.select("indicator_id").join(
        draft.frames[cards].select("indicator_id", "n_min").unique("indicator_id"),
        on="indicator_id",
        how="left",
        maintain_order="left",
    )["n_min"]
    n = frame[draft.tables[name].base[0]]
    none_is_shown = draft.family(name).zero_is_shown
    return [(mask.columns, _reason(((n < least) & ((n > 0) | (not none_is_shown))).fill_null(value=False)))]


def _dominated(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    rule, frame = draft.special(name).dominance, draft.frames[name]
    if rule is None or rule.column not in frame.columns:  # a release does not hold the column: what failed is marked
        return []
    money = frame["indicator_id"].is_in(list(rule.indicators)) & frame["value"].is_not_null()
    unsafe = (frame[rule.column] > rule.limit).fill_null(value=True)
    return [(mask.columns, _reason(money & unsafe))]


def _weak(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    shown, special, frame = draft.family(name).evidence_shown, draft.special(name), draft.frames[name]
    if not shown:
        return []
    evidence = "evidence_level" if "evidence_level" in frame.columns else ""
    groups = [g for g in special.groups or (Group((), tuple(mask.columns), evidence),) if g.evidence]
    weak = [~frame[group.evidence].is_in(list(shown)).fill_null(value=False) for group in groups]
    return [
        (group.hide, _reason(few & _has_figures(frame, group), WEAK)) for group, few in zip(groups, weak, strict=True)
    ]


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


def _repeated(frame: pl.DataFrame, draft: Draft, name: str, shown: Frames) -> pl.DataFrame:
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


def _reasons_of(keys: pl.DataFrame, found: pl.DataFrame, named: Sequence[pl.Expr]) -> pl.Series:
    reasons = found.with_columns(named).select(*keys.columns, "_reason").unique(keys.columns)
    return keys.join(reasons, on=keys.columns, how="left", maintain_order="left")["_reason"]


def _spread(draft: Draft, masks: Masks, places: pl.DataFrame, withheld: Flags, sensitive: Flags) -> Masks:
    """Withhold every place of the withheld cells: C where the small count itself stood, D elsewhere."""
    gone = places.filter(pl.Series(withheld[places["cell"].to_numpy()]))
    small = pl.Series(sensitive[gone["cell"].to_numpy()]) & (gone["column"] != "")
    gone = gone.with_columns(_reason(small).fill_null(SECONDARY).alias("reason")).sort("reason")
    spread = dict(masks)
    for (table, column), part in gone.group_by("table", "column", maintain_order=True):
        name, rows = str(table), part.unique("row", keep="first")
        keys = pl.DataFrame({"row": range(masks[name].height)}, schema={"row": rows.schema["row"]})
        found = keys.join(rows, on="row", how="left", maintain_order="left")["reason"]
        spread[name] = _merge(spread[name], [(_going(draft, name, str(column)), found)])
    return spread


def _going(draft: Draft, name: str, column: str) -> Sequence[str]:
    """Return the columns of a row that go with one of them."""
    special, columns = draft.special(name), draft.hidden_columns(name)
    groups = [group.hide for group in special.groups if column in group.hide]
    if groups:
        return groups[0]
    return [column] if column and special.by_cell else columns


def _reason(small: pl.Series, reason: str = SMALL) -> pl.Series:
    return pl.select(pl.when(small).then(pl.lit(reason))).to_series()


def _described(table: Table, by_cell: bool) -> Table:  # noqa: FBT001 - a plain property of the table
    if table.family == "none":
        return table
    own = {column.name: column for column in ([STATUS, WITHHELD] if by_cell else [STATUS])}
    kept = [own.pop(column.name, column) for column in table.fields if column.name not in table.inner]
    return replace(table, fields=(*kept, *own.values()), inner=())


def _hide(frame: pl.DataFrame, mask: pl.DataFrame, draft: Draft, name: str) -> pl.DataFrame:
    if draft.tables[name].family == "none":
        return frame
    shown = [pl.when(mask[column].is_null()).then(frame[column]).alias(column) for column in mask.columns]
    status = _status(mask)
    untold = [] if _is_release(frame) else _emptiness(frame, mask, draft.tables[name].base)
    hidden = _as_shown(draft, name, frame.with_columns(*shown, *untold, status))
    hidden = hidden.drop(draft.tables[name].inner)
    return hidden.with_columns(_names(mask)) if draft.special(name).by_cell else hidden


def _emptiness(frame: pl.DataFrame, mask: pl.DataFrame, base: Sequence[str]) -> list[pl.Expr]:
    """Do not tell in `obs_status` that a base is empty (O) where the base is withheld: it would be known to be 0."""
    counted = [name for name in base if name in mask.columns]
    if "obs_status" not in frame.columns or not counted:
        return []
    dark = mask.select(pl.any_horizontal(pl.col(counted).is_not_null())).to_series()
    return [pl.when(dark & (pl.col("obs_status") == "O")).then(pl.lit("A")).otherwise("obs_status").alias("obs_status")]


def _as_shown(draft: Draft, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    special, series = draft.special(name), draft.rules.cube.series if draft.rules.cube else None
    frame, rule = rounded(frame, special.rounded), special.moved
    if rule and rule.kinds and series:
        columns = {
            indicator: [column for column, count in counts.items() if count in rule.counts]
            for indicator, counts in series.indicators.items()
        }
        frame = moved(frame, rule, columns, rested_on(draft, list(draft.rules.tables), name))
    elif rule:
        frame = moved(frame, rule, {}, pl.Series("exact", [False]).new_from_index(0, frame.height))
    return averaged(frame, special.averaged)


def _status(mask: pl.DataFrame) -> pl.Series:
    """Return for each row the first reason for which it withholds anything, F where it withholds nothing."""
    told = {SMALL: (SMALL, SECONDARY), WEAK: (WEAK,)}
    has = [pl.any_horizontal(pl.all().is_in(told[reason])).fill_null(value=False) for reason in REASONS]
    if not mask.width:
        return pl.Series("conf_status", ["F"] * mask.height, pl.String)
    first = [pl.when(found).then(pl.lit(reason)) for found, reason in zip(has, REASONS, strict=True)]
    return mask.select(pl.coalesce(*first, pl.lit("F")).alias("conf_status")).to_series()


def _names(mask: pl.DataFrame) -> pl.Series:
    """Return for each row the names of its withheld columns, null where none."""
    named = [pl.when(pl.col(column).is_not_null()).then(pl.lit(column)) for column in mask.columns]
    joined = mask.select(pl.concat_str(named, separator=" ", ignore_nulls=True).alias("withheld")).to_series()
    return joined.replace("", None)


def _cost(draft: Draft, name: str, mask: pl.DataFrame, published: pl.DataFrame) -> Hidden:
    """Return what a table withholds: figures as readers count them, and the persons behind them."""
    by_cell = draft.special(name).by_cell
    mass = mass_withheld(draft.frames[name], mask, draft.tables[name].base, by_cell=by_cell)
    shown = [column for column in mask.columns if column in published.columns]  # inner columns stay inside
    return replace(hidden_figures(published, shown), share_of_mass=mass)
