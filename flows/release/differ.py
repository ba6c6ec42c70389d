"""What a release says otherwise than the one before it: tables, columns, figures, and what was behind it.

Figures are compared as they were published; what either release withholds is not compared, only counted as withheld or
shown again, so that nothing is said that readers of both could not find by themselves.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.errors import Place, QdeepError
from flows.release.promises import CARDS, changed_columns
from flows.release.restate import SAME, causes, ministries, moved

# Parts of a key that say of which figure a row speaks.
SUBJECTS = ("indicator_id", "measure_id")
UNIT, STATUS, VALUE = "org_unit_id", "conf_status", "value"
# What stands beside a figure and is not one.
BESIDE = ("conf_status", "obs_status", "evidence_level", "withheld", "method_version", "unit")


@dataclass(frozen=True)
class Change:
    """How one table, or one indicator of it, differs.

    Attributes:
        subject: Indicator, or column of a wide table; empty where rows are compared whole.
        changed, appeared, vanished: Figures that both show and that differ, that only one has.
        withheld, shown: Figures that only the earlier, or only the later release shows for reasons of disclosure.
        place: Key of the figure that moved most, with its value before and after.
        deliveries: Ids of the deliveries that came or went and bear on the units concerned.
    """

    table: str
    subject: str
    changed: int = 0
    appeared: int = 0
    vanished: int = 0
    withheld: int = 0
    shown: int = 0
    place: Mapping[str, Any] | None = None
    before: float | None = None
    after: float | None = None
    deliveries: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Figures concerned."""
        return self.changed + self.appeared + self.vanished + self.withheld + self.shown


@dataclass(frozen=True)
class Difference:
    """Two releases held against each other.

    Attributes:
        columns: (table, what, column, type): columns `gone`, `new` or of another `type`.
        came, went: Deliveries that only one of both rests on.
        methods: (indicator, version before, version after); None where a card is new or gone.
        is_new_code, is_new_rules: Whether code or disclosure rules differ.
        names: Indicator or unit id -> language -> name, for words.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    tables_new: tuple[str, ...]
    tables_gone: tuple[str, ...]
    columns: tuple[tuple[str, str, str, str], ...]
    changes: tuple[Change, ...]
    came: tuple[Mapping[str, str], ...]
    went: tuple[Mapping[str, str], ...]
    methods: tuple[tuple[str, int | None, int | None], ...]
    is_new_code: bool
    is_new_rules: bool
    names: Mapping[str, Mapping[str, str]]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        shown = asdict(self)
        del shown["names"]
        ids = {side: self.__getattribute__(side)["release_id"] for side in ("before", "after")}
        changes = [asdict(one) | {"place": _plain(one.place)} for one in self.changes]
        return shown | ids | {"changes": changes}


def differ(before: Path, after: Path) -> Difference:
    """Return how two releases differ.

    Args:
        before: Folder of the earlier release.
        after: Folder of the later one.
    """
    old, new = (json.loads((path / "manifest.json").read_text(encoding="utf-8")) for path in (before, after))
    tables = [{raw["name"]: raw for raw in side["tables"]} for side in (old, new)]
    both = sorted(set(tables[0]) & set(tables[1]))
    came, went = moved(old["deliveries"], new["deliveries"])
    bearing = _Bearing((*came, *went), ministries(after))
    return Difference(
        before={name: old[name] for name in ("release_id", "as_of", "known_on")},
        after={name: new[name] for name in ("release_id", "as_of", "known_on")},
        tables_new=tuple(sorted(set(tables[1]) - set(tables[0]))),
        tables_gone=tuple(sorted(set(tables[0]) - set(tables[1]))),
        columns=tuple((name, *one) for name in both for one in changed_columns(tables[0][name], tables[1][name])),
        changes=tuple(
            change
            for name in both
            if not _same_file(old, new, name)
            for change in _changes(_read(before, name), _read(after, name), tables[1][name], bearing)
        ),
        came=tuple(came),
        went=tuple(went),
        methods=tuple(_methods(before, after)),
        is_new_code=old["code_version"] != new["code_version"],
        is_new_rules=old["disclosure"] != new["disclosure"],
        names=_titles(old) | _titles(new) | _names(before) | _names(after),
    )


@dataclass(frozen=True)
class _Bearing:
    """Which deliveries bear on which units."""

    deliveries: Sequence[Mapping[str, str]]
    ministry: Mapping[str, str | None]

    def on(self, units: Sequence[str]) -> tuple[str, ...]:
        bodies = {name for name in self.ministry.values() if name}
        found = {one for unit in units for one in causes(self.deliveries, self.ministry.get(unit), bodies).split()}
        return tuple(sorted(found))

    def all(self) -> tuple[str, ...]:
        return tuple(sorted({one["delivery_id"] for one in self.deliveries}))


def _same_file(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> bool:
    files = [side["files"].get(f"{name}.parquet", {}).get("sha256") for side in (old, new)]
    return files[0] == files[1] and files[0] is not None


def _read(folder: Path, name: str) -> pl.DataFrame:
    try:
        return pl.read_parquet(folder / f"{name}.parquet", glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        where, wanted = Place(file=f"{folder.name}/{name}.parquet"), f"qdeep release verify {folder.name}"
        raise QdeepError("E-501", "A table of the release cannot be read.", where, wanted) from error


def _changes(
    before: pl.DataFrame, after: pl.DataFrame, table: Mapping[str, Any], bearing: _Bearing
) -> Iterator[Change]:
    grain = [name for name in table["grain"] if name in before.columns and name in after.columns]
    if not grain:
        return
    figures = _figures(before, after, grain)
    both = _joined(before, after, grain, figures)
    if VALUE in figures:
        subject = next((name for name in SUBJECTS if name in grain), "")
        groups = both.partition_by(subject, maintain_order=True) if subject else [both]
        found = (
            _change(table["name"], str(g[subject][0]) if subject else "", g, VALUE, grain, bearing) for g in groups
        )
    elif figures:
        found = (_change(table["name"], name, both, name, grain, bearing) for name in figures)
    else:
        found = iter([_rows_changed(before, after, grain, table["name"], bearing)])
    yield from (one for one in found if one.size)


def _figures(before: pl.DataFrame, after: pl.DataFrame, grain: Sequence[str]) -> list[str]:
    """Return the columns that hold figures in both; in a tidy table the value speaks for what stands beside it."""
    if STATUS not in after.columns:
        return []
    numbers = [
        name
        for name, kind in after.schema.items()
        if kind.is_numeric() and name not in {*grain, *BESIDE} and name in before.columns
    ]
    return [VALUE, *(["n"] if "n" in numbers else [])] if VALUE in numbers else numbers


def _joined(before: pl.DataFrame, after: pl.DataFrame, grain: list[str], figures: Sequence[str]) -> pl.DataFrame:
    sides = [
        side.select(*grain, *figures, *_held(side, figures), pl.lit(value=True).alias("_is"))
        for side in (before, after)
    ]
    keyed = sides[0].join(sides[1], on=grain, how="full", coalesce=True, suffix="__after", nulls_equal=True)
    return keyed.with_columns(pl.col("_is", "_is__after").fill_null(value=False)).sort(grain)


def _held(frame: pl.DataFrame, figures: Sequence[str]) -> list[pl.Expr]:
    """Whether a figure is withheld: named in the list of its row, or empty in a row that withholds."""
    if STATUS not in frame.columns:
        return []
    if "withheld" in frame.columns:
        names = pl.col("withheld").fill_null("").str.split(" ")
        return [names.list.contains(name).alias(f"{name}_held") for name in figures]
    return [((pl.col(STATUS) != "F") & pl.col(name).is_null()).alias(f"{name}_held") for name in figures]


def _change(  # noqa: PLR0913, PLR0917 - a figure, where it stands, and what bears on it
    table: str, subject: str, both: pl.DataFrame, column: str, grain: Sequence[str], bearing: _Bearing
) -> Change:
    old, new, had, has = pl.col(column), pl.col(f"{column}__after"), pl.col("_is"), pl.col("_is__after")
    held, holds = (
        pl.col(f"{column}_held").fill_null(value=False),
        pl.col(f"{column}_held__after").fill_null(value=False),
    )
    scale = pl.max_horizontal(old.abs(), new.abs(), pl.lit(1e-12))
    differs = (new - old).abs() > SAME * pl.max_horizontal(scale, pl.lit(1.0))
    counted = (pl.col("n") != pl.col("n__after")) if column == VALUE and "n" in both.columns else pl.lit(value=False)
    told = both.with_columns(
        changed=(differs | counted).fill_null(value=False) & old.is_not_null() & new.is_not_null(),
        withheld=holds & ~held & had,
        shown=held & ~holds & has,
        appeared=new.is_not_null() & old.is_null() & ~held,
        vanished=old.is_not_null() & new.is_null() & ~holds,
        _by=((new - old).abs() / scale).fill_null(0.0),
    )
    counts = {name: int(told[name].sum()) for name in ("changed", "appeared", "vanished", "withheld", "shown")}
    if not sum(counts.values()):
        return Change(table, subject)
    touched = told.filter(pl.any_horizontal(*counts))
    units = touched[UNIT].unique().sort().to_list() if UNIT in touched.columns else []
    most = told.filter("changed").sort("_by", descending=True, maintain_order=True).head(1).to_dicts()
    place = {name: most[0][name] for name in grain} if most else None
    figures = (most[0][column], most[0][f"{column}__after"]) if most else (None, None)
    return Change(
        table, subject, **counts, place=place, before=figures[0], after=figures[1], deliveries=bearing.on(units)
    )


def _rows_changed(
    before: pl.DataFrame, after: pl.DataFrame, grain: Sequence[str], table: str, bearing: _Bearing
) -> Change:
    shared = [name for name in after.columns if name in before.columns]
    old, new = before.select(shared), after.select(shared)
    gone = old.join(new, on=grain, how="anti", nulls_equal=True).height
    came = new.join(old, on=grain, how="anti", nulls_equal=True).height
    other = new.join(old, on=shared, how="anti", nulls_equal=True).height - came
    return Change(table, "", changed=other, appeared=came, vanished=gone, deliveries=bearing.all())


def _methods(before: Path, after: Path) -> Iterator[tuple[str, int | None, int | None]]:
    if not all((folder / f"{CARDS}.parquet").is_file() for folder in (before, after)):
        return
    old, new = (
        dict(_read(folder, CARDS).select("indicator_id", "method_version").iter_rows()) for folder in (before, after)
    )
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _titles(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    return {raw["name"]: raw["title"] for raw in manifest["tables"]}


def _names(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, key in ((CARDS, "indicator_id"), ("dim_org_units", UNIT)):
        path = folder / f"{table}.parquet"
        if path.is_file():
            for row in pl.read_parquet(path, glob=False).iter_rows(named=True):
                found[row[key]] = {code: row[f"name_{code}"] or row[key] for code in ("uz", "ru", "en", "ko")}
    return found


def _plain(place: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if place is None else {name: _day(value) for name, value in place.items()}


def _day(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
