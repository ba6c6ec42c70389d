"""The thresholds of expectations/disclosure.yml are checked against their schema and are plain values."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.contracts.schema import as_json, faults
from flows.errors import Place, QdeepError
from flows.settings import ROOT

RULES = ROOT / "expectations" / "disclosure.yml"
SCHEMA = ROOT / "expectations" / "schemas" / "disclosure.json"
# What the numerator, the denominator and the base of an indicator are, and over which time a measure sums.
SEEDS = ROOT / "dbt_project" / "seeds" / "indicators"


@dataclass(frozen=True)
class Family:
    """Thresholds of one family of tables.

    Attributes:
        base_min: Fewest persons, respondents or cases behind a figure that is shown.
        zero_is_shown: Whether a base of 0 is shown.
        evidence_shown: Evidence levels that are shown; empty means all.
        change_min: Fewest by which a base differs from that of an earlier release; 0 asks nothing.
    """

    base_min: int = 0
    zero_is_shown: bool = True
    evidence_shown: tuple[str, ...] = ()
    change_min: int = 0


@dataclass(frozen=True)
class Group:
    """Columns of one row that are withheld together when one of their bases is small."""

    base: tuple[str, ...]
    hide: tuple[str, ...]
    evidence: str = ""


@dataclass(frozen=True)
class Dominance:
    """When one person gives so much of a sum of money that it gives him away; see expectations/disclosure.yml.

    Attributes:
        column: Column with the share of the largest person in the sum; a figure without it is withheld.
        indicators: Indicators that are sums of money.
        p_share: The rest without the two largest must be at least this share of the largest.
        two_share: Largest share of the two largest together.
        prior: Between what shares of a withheld sum everybody knows it to lie, by the pay scale.
        amounts: Indicator -> column -> measure that it shows, by the formula of the indicator.
        persons: Measures among them that are persons on average, not money.
    """

    column: str
    indicators: tuple[str, ...]
    p_share: float
    two_share: float
    prior: tuple[float, float] = (0.0, float("inf"))
    amounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    persons: tuple[str, ...] = ()

    @property
    def limit(self) -> float:
        """Share of the largest person that is shown at most, the second being at most as large."""
        return min(1 / (2 + self.p_share), self.two_share / 2)


@dataclass(frozen=True)
class Rounded:
    """Columns shown with few figures, in the rows of some indicators or in all.

    Attributes:
        columns: Columns to be rounded to significant figures.
        n: Column that counts the persons or cases, rounded to the nearest multiple of `n_to`.
        counts: Further counts, rounded like `n`.
        indicators: Indicators rounded; empty means all rows.
        few: Below so many persons `figures_of_few` figures are shown, else `figures`.
        where: Columns that have one value in the rows rounded,
        unless: and columns that have another there.
        quotient: Whether the columns are numerator, denominator and value of a quotient. Then the value has `figures`,
            a denominator that is the base goes with it, another has two figures (one below 100), and the numerator is
            what the two give: no two of the three tell the third more closely.
    """

    columns: tuple[str, ...]
    n: str
    n_to: int
    few: int
    figures_of_few: int
    figures: int
    indicators: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    unless: Mapping[str, str] = field(default_factory=dict)
    quotient: bool = False


@dataclass(frozen=True)
class Averaged:
    """Averages of persons, in rows about a part of the staff; see expectations/disclosure.yml.

    Attributes:
        to: Persons are shown to the nearest multiple.
        one_figure_below: Amounts of fewer persons have one figure,
        two_figures_below: of fewer than these two, of more three.
        kinds: Indicator -> what it shows: `persons` and `fte` on average, a rate `per_year` or `per_person`, a quotient
            of `amounts`, or something else of which persons on average are the `base`.
        ratios: Quotients of two such rates: shown with two figures in every row.
    """

    to: int
    one_figure_below: int
    two_figures_below: int
    kinds: Mapping[str, str] = field(default_factory=dict)
    ratios: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moved:
    """Movements of persons, to the nearest multiple; see expectations/disclosure.yml.

    Attributes:
        to: Movements are shown to the nearest multiple,
        exact_from: of a whole unit over twelve months exactly from so many on.
        one_digit_below: A share of a cohort of fewer persons has one digit, of more two.
        columns: Columns of a wide table that count movements.
        counts: Counts that are rounded.
        kinds: Indicator -> what it shows: `persons` who moved, a `rate` over an average or over other movements, or the
            share of a `cohort`.
        cohorts: Count -> the movement that it is a share of.
    """

    to: int
    exact_from: int = 0
    one_digit_below: int = 0
    columns: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    cohorts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rest:
    """Figures of another table that the rows of a table rest on, and with which they are withheld.

    Attributes:
        table: The other table; it must stand before in the file, or be withheld by earlier steps alone.
        key: Column here -> column there.
        where: Columns there that have one value.
        when: Columns here that have one value in rows that rest on that table.
        figure: Column here that is empty where a row shows no figure; none: every row rests on one.
    """

    table: str
    key: Mapping[str, str]
    where: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    figure: str = ""


@dataclass(frozen=True)
class Total:
    """Rows of a table that sum up its other rows with the same values of `by`."""

    where: Mapping[str, str]
    by: tuple[str, ...]


@dataclass(frozen=True)
class Special:
    """What one table needs beyond its family; see the comments of expectations/disclosure.yml."""

    person_numerators: tuple[str, ...] = ()
    complements: tuple[str, ...] = ()
    each_count: bool = False
    follows: str = ""
    key: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    taken_from: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    cards: str = ""
    dominance: Dominance | None = None
    rounded: Rounded | None = None
    averaged: Averaged | None = None
    moved: Moved | None = None
    rests_on: tuple[Rest, ...] = ()
    totals: tuple[Total, ...] = ()

    @property
    def by_cell(self) -> bool:
        """Whether figures of one row are withheld one by one."""
        return bool(self.each_count or self.follows or self.groups)


@dataclass(frozen=True)
class Protection:
    """How far an outsider must be left in the dark about a withheld count; see expectations/disclosure.yml.

    Attributes:
        second_cells: Families whose tables withhold further counts too, so that no withheld one follows from them.
    """

    second_cells: tuple[str, ...] = ()
    down_least: float = 2
    down_share: float = 0.5
    coded_width: float = 0


@dataclass(frozen=True)
class Shown:
    """A column that shows a count, in the rows that `where` names.

    Attributes:
        fixed: Parts of the key that no column holds, and their value.
        period: Column of the period, where it is not that of all tables.
        also: More columns of the key.
        exceptions: Rows left out: column -> values.
    """

    table: str
    column: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    period: str = ""
    also: tuple[str, ...] = ()
    exceptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Count:
    """A count of persons or cases that published tables show; see expectations/disclosure.yml."""

    shown: tuple[Shown, ...]
    rows: tuple[Shown, ...] = ()
    axes: tuple[str, ...] = ()
    cost: float = 1
    signed: bool = False
    like: str = ""
    lag: int = 0


@dataclass(frozen=True)
class Sum:
    """A whole and parts of it, counts of the same unit, view, period and sex; open where it may hold more."""

    whole: str
    parts: tuple[str, ...]
    open: bool = False


@dataclass(frozen=True)
class Balance:
    """Two sides that are equal to the person."""

    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """The table of units, and its columns for a unit, the unit above it, and the unit of today that follows it."""

    table: str
    unit: str
    parent: str
    successor: str


@dataclass(frozen=True)
class Series:
    """Counts of persons over time; see expectations/disclosure.yml.

    Attributes:
        table: The tidy table.
        indicators: Indicator -> column -> count that the column shows.
        shown: Other table -> column -> count by month.
        stocks: Counts of one day, the last of their period.
        averages: Counts of persons on average over their period.
        exact: Indicator -> how its row tells an average without rounding, as in `Averaged.kinds`.
        averages_to: Of a part of the staff an average is shown to the nearest multiple; 0: exactly, and unprotected.
        opening: The stock at the beginning of a period, and the stock that it was at the end of the one before.
        flows: Whether flows are protected too, not stocks alone.
        came, went: Flows by which a stock differs from the one of the month before.
        least: Count -> fewest persons shown, where they are more than in the family.
        once: Counts of persons who count once in a span however often it happened, so that spans do not add up.
        sums, exchanges, signed: As in the cube.
    """

    table: str
    indicators: Mapping[str, Mapping[str, str]]
    stocks: tuple[str, ...]
    averages: tuple[str, ...]
    opening: tuple[str, str]
    exact: Mapping[str, str] = field(default_factory=dict)
    averages_to: int = 0
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    flows: bool = False
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    least: Mapping[str, int] = field(default_factory=dict)
    once: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = ()
    exchanges: tuple[tuple[str, ...], ...] = ()
    signed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cube:
    """The counts of all published tables and how they add up; see expectations/disclosure.yml."""

    tree: Tree
    key: Mapping[str, str]
    counts: Mapping[str, Count]
    sums: tuple[Sum, ...] = ()
    balances: tuple[Balance, ...] = ()
    exchanges: tuple[tuple[str, ...], ...] = ()
    series: Series | None = None


@dataclass(frozen=True)
class Rules:
    """The content of expectations/disclosure.yml."""

    version: int
    families: Mapping[str, Family]
    tables: Mapping[str, Special] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    protection: Protection = field(default_factory=Protection)
    cube: Cube | None = None


def load_rules(path: Path = RULES) -> Rules:
    """Read and check the disclosure rules.

    Raises:
        QdeepError: E-409 where the file cannot be read or breaks its schema.
    """
    import yaml

    try:
        raw = as_json(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise QdeepError("E-409", "The disclosure rules cannot be read.", Place(file=path.name)) from error
    for fault in faults(SCHEMA, raw):
        raise QdeepError(
            "E-409", f"The disclosure rules are wrong: {fault.text}", Place(file=path.name, column=fault.where)
        )
    return rules_from(_with_counts(raw))


def rules_from(raw: Mapping[str, Any]) -> Rules:
    """Return checked rules as values; reads YAML as well as `asdict` of rules (as a manifest keeps them)."""
    return Rules(
        version=raw["version"],
        families={name: Family(**_tuples(values)) for name, values in raw["families"].items()},
        tables={name: _special(values) for name, values in raw["tables"].items()},
        kept=tuple(raw.get("kept", ())),
        protection=_protection(raw.get("protection", {})),
        cube=_cube(raw["cube"]) if raw.get("cube") else None,
    )


def _protection(raw: Mapping[str, Any]) -> Protection:
    families = raw.get("second_cells") or ()  # the first releases kept a plain no here
    plain: dict[str, Any] = {**raw, "second_cells": tuple(families) if isinstance(families, list | tuple) else ()}
    return Protection(**plain)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _special(values: Mapping[str, Any]) -> Special:
    plain: dict[str, Any] = _tuples(values)
    plain["groups"] = tuple(Group(**_tuples(group)) for group in values.get("groups", ()))
    plain["rests_on"] = tuple(Rest(**rest) for rest in values.get("rests_on", ()))
    plain["totals"] = tuple(Total(**_tuples(total)) for total in values.get("totals", ()))
    for name, kind in (("dominance", Dominance), ("rounded", Rounded), ("averaged", Averaged), ("moved", Moved)):
        if plain.get(name):
            plain[name] = kind(**_tuples(plain[name]))
    return Special(**plain)


def _cube(raw: Mapping[str, Any]) -> Cube:
    return Cube(
        tree=Tree(**raw["tree"]),
        key=dict(raw["key"]),
        counts={name: _count(values) for name, values in raw["counts"].items()},
        sums=tuple(Sum(**_tuples(values)) for values in raw.get("sums", ())),
        balances=tuple(Balance(**_tuples(values)) for values in raw.get("balances", ())),
        exchanges=tuple(tuple(pair) for pair in raw.get("exchanges", ())),
        series=_series(raw["series"]) if raw.get("series") else None,
    )


def _series(raw: Mapping[str, Any]) -> Series:
    plain: dict[str, Any] = _tuples(raw)
    plain["sums"] = tuple(Sum(**_tuples(values)) for values in raw.get("sums", ()))
    plain["exchanges"] = tuple(tuple(pair) for pair in raw.get("exchanges", ()))
    return Series(**plain)


def _with_counts(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say of each indicator which column counts which persons, by its formula in the seeds."""
    series = (raw.get("cube") or {}).get("series")
    if not series:
        return raw
    formulas, measures = (_seed(name) for name in ("formulas", "measures"))
    special, other = raw["tables"][series["table"]], {*series["others"]}
    counted = {row["base"] for row in formulas} | {series["opening"][0]}
    for row in formulas:
        counted |= {row["numerator"]} if row["indicator_id"] in special["person_numerators"] else set()
        counted |= {row["denominator"]} if row["indicator_id"] in special["complements"] else set()
    counted -= {"", *other}
    columns = {"numerator": "numerator", "denominator": "denominator", "n": "base"}
    averages = [row["measure_id"] for row in measures if row["measure_id"] in counted and row["made_from"]]
    kinds = {row["indicator_id"]: _kind(row, averages, counted) for row in formulas if row["base"] in averages}
    told = {
        "indicators": {
            row["indicator_id"]: {column: row[name] for column, name in columns.items() if row[name] in counted}
            for row in formulas
        },
        "stocks": [row["measure_id"] for row in measures if row["period_rule"] == "last"],
        "averages": averages,
        "exact": {name: kind for name, kind in kinds.items() if kind in EXACT},
        "averages_to": (special.get("averaged") or {}).get("to", 0),
    }
    plain = {name: value for name, value in series.items() if name != "others"}
    tables = raw["tables"]
    if special.get("averaged"):
        special = {**special, "averaged": {**special["averaged"], "kinds": kinds}}
    if special.get("dominance"):
        special = {
            **special,
            "dominance": {**special["dominance"], **_amounts(special["dominance"], formulas, measures)},
        }
    if special.get("moved"):
        stands = {*told["stocks"], *averages}
        special = {**special, "moved": {**special["moved"], **_moved(series, formulas, counted - stands, kinds)}}
    tables = {**tables, series["table"]: special}
    return {**raw, "tables": tables, "cube": {**raw["cube"], "series": {**plain, **told}}}


# Rows of which the persons on average follow without rounding.
EXACT = ("persons", "per_year", "per_person")


def _kind(formula: Mapping[str, str], averages: Collection[str], counted: Collection[str]) -> str:
    """Return what an indicator shows whose base is an average of persons; what is not known is an amount."""
    below = formula["denominator"]
    if below == "days":
        return (
            "persons"
            if formula["numerator"] == f"person_days{formula['base'].removeprefix('headcount_avg')}"
            else "fte"
        )
    if below.startswith("person_years"):
        return "per_year"
    if below in averages:
        return "per_person"
    return "base" if not below or {formula["numerator"], below} <= {*counted} else "amounts"


def _amounts(
    rule: Mapping[str, Any], formulas: Sequence[Mapping[str, str]], measures: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """Return which measures the terms of the indicators of money are, and which of them are persons on average."""
    averages = {row["measure_id"] for row in measures if row["made_from"]}
    found = {
        row["indicator_id"]: {name: row[name] for name in ("numerator", "denominator") if row[name]}
        for row in formulas
        if row["indicator_id"] in rule["indicators"]
    }
    used = {measure for columns in found.values() for measure in columns.values()}
    return {"amounts": found, "persons": sorted(used & averages)}


def _moved(
    series: Mapping[str, Any], formulas: Sequence[Mapping[str, str]], flows: Collection[str], over: Collection[str]
) -> dict[str, Any]:
    """Return which counts are movements (they stand over averages, or in the bridge), and what is told over them."""
    bridge = [count for name in ("came", "went") for count in series.get(name, ())]
    rated = [row["numerator"] for row in formulas if row["indicator_id"] in over and row["numerator"] in flows]
    counts = sorted({*bridge, *rated})
    kinds: dict[str, str] = {}
    for row in formulas:
        if row["numerator"] in counts:
            kinds[row["indicator_id"]] = "rate" if row["denominator"] else "persons"
        elif row["denominator"] in counts:
            kinds[row["indicator_id"]] = "cohort"
    cohorts = {row["numerator"]: row["denominator"] for row in formulas if kinds.get(row["indicator_id"]) == "cohort"}
    return {"counts": counts, "kinds": kinds, "cohorts": cohorts}


def _seed(name: str) -> list[dict[str, str]]:
    import csv

    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _count(values: Mapping[str, Any]) -> Count:
    plain: dict[str, Any] = _tuples(values)
    plain["shown"] = tuple(_shown(shown) for shown in values["shown"])
    plain["rows"] = tuple(_shown(shown) for shown in values.get("rows", ()))
    return Count(**plain)


def _shown(values: Mapping[str, Any]) -> Shown:
    plain: dict[str, Any] = _tuples(values)
    plain["exceptions"] = _tuples(values.get("exceptions", {}))
    return Shown(**plain)
