"""The heart of the floor, persons by month, as it is written with pandas or with polars: month by month in memory.

Days, heads, women, managers and age bands, and the medians of age and tenure, by unit, ministry, service and sex.
Movements, posts, longer periods and other breakdowns are left out.
"""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import polars as pl

MONTHS = [date(2024 + (n + 8) // 12, (n + 8) % 12 + 1, 1) for n in range(25)]
LEVELS = ("unit", "ministry", "service")


def _last(month: date) -> date:
    return (month + timedelta(31)).replace(day=1) - timedelta(1)


def polars_months(lake: str) -> Iterator[pl.DataFrame]:
    """Yield the figures of each month and level."""
    posts = pl.scan_parquet(f"{lake}/staffing/*/rows.parquet").select("position_id", "is_managerial")
    people = pl.scan_parquet(f"{lake}/personnel/*/rows.parquet").join(posts, on="position_id", how="left")
    placed = people.with_columns(unit="org_unit_id", ministry=pl.lit("MOA"), service=pl.lit("UZ")).collect()
    for month in MONTHS:
        last = _last(month)
        left = pl.col("end_date").fill_null(last).clip(upper_bound=last)
        held = placed.filter(pl.col("start_date") <= last, pl.col("end_date").fill_null(last) >= month).with_columns(
            days=(left - pl.col("start_date").clip(lower_bound=month)).dt.total_days() + 1,
            is_end=pl.col("end_date").fill_null(last) >= last,
            age=12 * (last.year - pl.col("birth_month").dt.year()) + last.month - pl.col("birth_month").dt.month(),
            tenure=(left - pl.col("civil_service_start_date")).dt.total_days(),
        )
        for level in LEVELS:
            for keys in ([level], [level, "sex"]):
                yield held.group_by(keys).agg(
                    pl.col("days", "is_end").sum(),
                    pl.col("is_managerial").filter("is_end").sum(),
                    (pl.col("is_end") & (pl.col("age") < 360)).sum().alias("under_30"),
                    pl.col("age", "tenure").filter("is_end").median(),
                )


def pandas_months(lake: str) -> Iterator[pd.DataFrame]:
    """Yield the figures of each month and level."""
    columns = ["position_id", "org_unit_id", "sex", "birth_month", "civil_service_start_date", "start_date", "end_date"]
    [personnel], [staffing] = (list(Path(lake).glob(f"{kind}/*/rows.parquet")) for kind in ("personnel", "staffing"))
    posts = pd.read_parquet(staffing, columns=["position_id", "is_managerial"])
    people = pd.read_parquet(personnel, columns=columns).merge(posts, on="position_id", how="left")
    for name in ("birth_month", "civil_service_start_date", "start_date", "end_date"):
        people[name] = pd.to_datetime(people[name])
    people = people.assign(unit=people["org_unit_id"], ministry="MOA", service="UZ")
    for month in MONTHS:
        first, last = pd.Timestamp(month), pd.Timestamp(_last(month))
        held = people[(people["start_date"] <= last) & (people["end_date"].fillna(last) >= first)].copy()
        left = held["end_date"].fillna(last).clip(upper=last)
        held["days"] = (left - held["start_date"].clip(lower=first)).dt.days + 1
        held["is_end"] = held["end_date"].fillna(last) >= last
        held["age"] = 12 * (last.year - held["birth_month"].dt.year) + last.month - held["birth_month"].dt.month
        held["tenure"] = (left - held["civil_service_start_date"]).dt.days
        held["under_30"] = held["age"] < 360
        end = held[held["is_end"]]
        for level in LEVELS:
            for keys in ([level], [level, "sex"]):
                sums = held.groupby(keys)[["days", "is_end"]].sum()
                stocks = end.groupby(keys)[["is_managerial", "under_30"]].sum()
                yield sums.join(stocks).join(end.groupby(keys)[["age", "tenure"]].median())


def main(library: str, lake: str) -> None:
    """Work all months out."""
    months = {"pandas": pandas_months, "polars": polars_months}[library]
    print(sum(len(figures) for figures in months(lake)))


main(*sys.argv[1:])
