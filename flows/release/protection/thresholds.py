"""A figure behind which too few stand is withheld, by what its own row says."""

import polars as pl

from flows.release.protection.draft import Draft, Step
from flows.release.protection.masks import WEAK, Masks, Reasons, because, merged
from flows.release.protection.rules import Family, Group


def small_bases(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows, or groups of their columns, whose base is under the family's minimum."""
    return {name: merged(mask, _small(draft, name, mask)) for name, mask in masks.items()}


def small_parts(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows whose numerator, or its complement, counts a few persons."""
    return {name: merged(mask, _parts(draft, name, mask)) for name, mask in masks.items()}


def few_by_card(draft: Draft, masks: Masks) -> Masks:
    """Withhold rows behind which fewer stand than the card of the indicator asks for."""
    return {name: merged(mask, _carded(draft, name, mask)) for name, mask in masks.items()}


def changed_by_few(draft: Draft, masks: Masks) -> Masks:
    """Withhold figures that tell, beside those of an earlier release, of the few who came between the two."""
    return {name: merged(mask, _changed(draft, name, mask)) for name, mask in masks.items()}


def dominated_sums(draft: Draft, masks: Masks) -> Masks:
    """Withhold sums of money of which one person has so much that they give him away."""
    return {name: merged(mask, _dominated(draft, name, mask)) for name, mask in masks.items()}


def weak_evidence(draft: Draft, masks: Masks) -> Masks:
    """Withhold figures whose evidence level is not for publication."""
    return {name: merged(mask, _weak(draft, name, mask)) for name, mask in masks.items()}


# What a row must not show by the thresholds alone.
THRESHOLDS: tuple[Step, ...] = (small_bases, small_parts, few_by_card, changed_by_few, dominated_sums, weak_evidence)


def _small(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    family, special, frame = draft.family(name), draft.special(name), draft.frames[name]
    if not family.base_min:
        return []
    if special.each_count or special.follows:
        alone = mask.columns if special.each_count else draft.tables[name].base
        return [([column], because(_is_small(frame[column], family))) for column in alone]
    groups = special.groups or (Group(draft.tables[name].base, tuple(mask.columns)),)
    return [(group.hide, because(_any_small(frame, group, family))) for group in groups]


def _changed(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    least, memory = draft.family(name).change_min, draft.memory.get(name)
    if not least or memory is None:
        return []
    groups = draft.special(name).groups or (Group(draft.tables[name].base, tuple(mask.columns)),)
    few = pl.DataFrame({column: (memory.step[column] < least) & ~memory.told[column] for column in memory.step.columns})
    return [
        (group.hide, because(few.select(pl.any_horizontal(pl.lit(value=False), *group.base)).to_series()))
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
    return [(mask.columns, because(small))]


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
    return [(mask.columns, because(((n < least) & ((n > 0) | (not none_is_shown))).fill_null(value=False)))]


def _dominated(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    rule, frame = draft.special(name).dominance, draft.frames[name]
    if rule is None or rule.column not in frame.columns:  # a release does not hold the column: what failed is marked
        return []
    money = frame["indicator_id"].is_in(list(rule.indicators)) & frame["value"].is_not_null()
    unsafe = (frame[rule.column] > rule.limit).fill_null(value=True)
    return [(mask.columns, because(money & unsafe))]


def _weak(draft: Draft, name: str, mask: pl.DataFrame) -> Reasons:
    shown, special, frame = draft.family(name).evidence_shown, draft.special(name), draft.frames[name]
    if not shown:
        return []
    evidence = "evidence_level" if "evidence_level" in frame.columns else ""
    groups = [g for g in special.groups or (Group((), tuple(mask.columns), evidence),) if g.evidence]
    weak = [~frame[group.evidence].is_in(list(shown)).fill_null(value=False) for group in groups]
    return [
        (group.hide, because(few & _has_figures(frame, group), WEAK)) for group, few in zip(groups, weak, strict=True)
    ]
