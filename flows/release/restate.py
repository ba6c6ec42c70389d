"""What a later release says otherwise than an earlier one: which figure, by how much, after which deliveries.

Two releases as of the same day, known on two days, are compared cell by cell as they were published. What either
withholds is not compared, so that nothing is said that its readers could not find by themselves.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flows.errors import Place, QdeepError
from flows.release.protection.masks import STATUS
from flows.release.write import sync

TABLE = "hrm_indicators"
RESTATEMENTS = "hrm_restatements"
KEY = (
    "indicator_id",
    "org_unit_id",
    "org_view",
    "period_kind",
    "period_start",
    "period_end",
    "dimension_1",
    "category_1",
    "dimension_2",
    "category_2",
)
# a figure that sums the same numbers in another order is the same figure
SAME = 1e-9


def find(published: Path, known_on: str, as_of: str) -> Path:
    """Return the release known on a day; the newest made where there are several.

    Raises:
        QdeepError: E-480 where no release as of the day was known on that one.
    """
    manifests = {path.parent: _manifest(path.parent) for path in sorted(published.glob("*/manifest.json"))}
    fitting = [
        folder for folder, found in manifests.items() if (found["known_on"], found["as_of"]) == (known_on, as_of)
    ]
    if not fitting:
        known = sorted({found["known_on"] for found in manifests.values() if found["as_of"] == as_of})
        expected = f"one of {', '.join(known)}" if known else "a release of that day"
        raise QdeepError("E-480", f"No release as of {as_of} was known on {known_on}.", Place(file=known_on), expected)
    return max(fitting, key=lambda folder: (folder / "manifest.json").stat().st_mtime_ns)


def restate(before: Path, after: Path) -> pl.DataFrame:
    """Return the figures that differ, one row each, sorted by key.

    Args:
        before: Folder of the earlier release.
        after: Folder of the later one.

    Returns:
        The key of hrm_indicators with `value_before`, `value_after`, `change` (later less earlier), `n_before`,
        `n_after`, `what` (changed, appeared, vanished) and `deliveries`: ids, separated by blanks, of the deliveries
        that came or went between the two and bear on the ministry of the unit. One id is the cause; of several one is.
    """
    both = _figures(before).join(_figures(after), on=KEY, how="full", coalesce=True, suffix="_after")
    named = both.rename({"value": "value_before", "n": "n_before"})
    moved = (pl.col("value_after") - pl.col("value_before")).abs() > SAME * pl.max_horizontal(
        pl.col("value_before").abs(), pl.col("value_after").abs(), pl.lit(1.0)
    )
    one_sided = pl.col("value_before").is_null() != pl.col("value_after").is_null()
    counted = (pl.col("n_before") != pl.col("n_after")).fill_null(value=False)
    differing = named.filter(_comparable() & (moved.fill_null(value=False) | one_sided | counted))
    told = differing.with_columns((pl.col("value_after") - pl.col("value_before")).alias("change"), _what())
    return _with_deliveries(told, before, after).sort(KEY)


def write_restatements(rows: pl.DataFrame, folder: Path, name: str) -> Path:
    """Write the mart hrm_restatements of two releases as parquet and CSV; returns the parquet file."""
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    draft, file = target / f".{RESTATEMENTS}.parquet", target / f"{RESTATEMENTS}.parquet"
    rows.write_parquet(draft)
    sync(draft)
    draft.replace(file)
    rows.write_csv(target / f"{RESTATEMENTS}.csv")
    sync(target)
    return file


def _figures(release: Path) -> pl.DataFrame:
    frame = pl.read_parquet(release / f"{TABLE}.parquet", glob=False)
    return frame.select(*KEY, "value", "n", pl.col(STATUS.name).alias("status"))


def _comparable() -> pl.Expr:
    """What one of the two withholds is left out; what one of them does not have is not."""
    return (pl.col("status").fill_null("F") == "F") & (pl.col("status_after").fill_null("F") == "F")


def _what() -> pl.Expr:
    return (
        pl.when(pl.col("value_before").is_null() & pl.col("value_after").is_not_null())
        .then(pl.lit("appeared"))
        .when(pl.col("value_after").is_null() & pl.col("value_before").is_not_null())
        .then(pl.lit("vanished"))
        .otherwise(pl.lit("changed"))
        .alias("what")
    )


def _with_deliveries(rows: pl.DataFrame, before: Path, after: Path) -> pl.DataFrame:
    """Name for each row the deliveries that only one of the two releases rests on, of its ministry or of all bodies."""
    ministry = ministries(after)
    came, went = moved(_manifest(before)["deliveries"], _manifest(after)["deliveries"])
    bodies = {name for name in ministry.values() if name}
    named = {
        unit: put_down_to([*came, *went], ministry.get(unit), bodies) for unit in rows["org_unit_id"].unique().to_list()
    }
    deliveries = pl.col("org_unit_id").replace_strict(named, default="", return_dtype=pl.String)
    columns = (*KEY, "what", "value_before", "value_after", "change", "n_before", "n_after")
    return rows.select(*columns, deliveries.alias("deliveries"))


def ministries(release: Path) -> dict[str, str | None]:
    """Return the ministry of each unit of a release; empty where it has no table of units."""
    file = release / "dim_org_units.parquet"
    if not file.is_file():
        return {}
    units = pl.read_parquet(file, glob=False)
    return dict(units.select("org_unit_id", "ministry_id").unique("org_unit_id").iter_rows())


def moved(
    old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]]
) -> tuple[list[Mapping[str, str]], list[Mapping[str, str]]]:
    """Return the deliveries that came, and those that went and that no newer one replaced."""
    ids = [{one["delivery_id"] for one in side} for side in (old, new)]
    came = [one for one in new if one["delivery_id"] not in ids[0]]
    scopes = {(one["source"], one["period"]) for one in came}
    went = [one for one in old if one["delivery_id"] not in ids[1] and (one["source"], one["period"]) not in scopes]
    return came, went


def causes(deliveries: Sequence[Mapping[str, str]], ministry: str | None, bodies: set[str]) -> str:
    """Return the ids of the deliveries that bear on a ministry, separated by blanks."""
    mine = [
        one["delivery_id"]
        for one in deliveries
        if ministry is None or one["organisation"] == ministry or one["organisation"] not in bodies
    ]
    return " ".join(sorted(mine))


def put_down_to(deliveries: Sequence[Mapping[str, str]], ministry: str | None, bodies: set[str]) -> str:
    """Return what `causes` returns or, where nothing of the ministry came, the deliveries of the others.

    A person found elsewhere turns who left into who was transferred.
    """
    return causes(deliveries, ministry, bodies) or causes(deliveries, None, bodies)


def _manifest(release: Path) -> dict[str, Any]:
    return json.loads((release / "manifest.json").read_text(encoding="utf-8"))
