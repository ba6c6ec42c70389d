"""What respondents of a process questionnaire estimate together has an interval."""

from collections.abc import Iterator
from zlib import crc32

import numpy as np
import polars as pl

from flows.statistics.bootstrap import Sample, interval, pooled_sum

GROUP = ("process_id", "org_unit_id", "period_start", "period_end")
TIMES = {"touch": "touch_mean_min", "wait": "wait_p50_wh"}
SERVICE = "UZ"


def survey_intervals(answers: pl.DataFrame) -> pl.DataFrame:
    """Return 95 % intervals of touch and waiting time of each process, organisation and wave.

    Args:
        answers: One row per respondent and step described: response_key, process_id, ministry_id,
            period_start, period_end, step_id, reach_share (0 to 1), touch_mean_min (minutes),
            wait_p50_wh (working hours).

    Returns:
        One row per process_id, org_unit_id (service and ministries), period_start and period_end with
        touch_low, touch_high (minutes per case), wait_low and wait_high (working hours per case); null
        for fewer than three respondents.
    """
    service = answers.with_columns(org_unit_id=pl.lit(SERVICE))
    ministries = answers.filter(pl.col("ministry_id").is_not_null()).with_columns(org_unit_id=pl.col("ministry_id"))
    placed = pl.concat([service, ministries]).filter(pl.col("step_id").is_not_null())
    rows = [dict(zip(GROUP, key, strict=True)) | dict(_bounds(key, part)) for key, part in _groups(placed)]
    types = {name: placed.schema[name] for name in GROUP}
    bounds = {f"{time}_{side}": pl.Float64 for time in TIMES for side in ("low", "high")}
    return pl.DataFrame(rows, schema=types | bounds)


def _groups(placed: pl.DataFrame) -> Iterator[tuple[tuple[object, ...], pl.DataFrame]]:
    yield from placed.sort(*GROUP).group_by(*GROUP, maintain_order=True)


def _bounds(key: tuple[object, ...], answers: pl.DataFrame) -> Iterator[tuple[str, float | None]]:
    seed = crc32("|".join(map(str, key)).encode())
    for time, column in TIMES.items():
        low, high = interval(_sample(answers, column), pooled_sum, seed)
        yield f"{time}_low", None if np.isnan(low) else low
        yield f"{time}_high", None if np.isnan(high) else high


def _sample(answers: pl.DataFrame, column: str) -> Sample:
    """Return reach and time, shape (respondents, steps, 2), in an order that hangs on the answers, not on keys."""
    sides = [_matrix(answers, name) for name in ("reach_share", column)]
    sample = np.stack(sides, axis=2)
    order = np.lexsort(np.nan_to_num(sample, nan=-1).reshape(len(sample), -1).T)
    return sample[order]


def _matrix(answers: pl.DataFrame, column: str) -> Sample:
    wide = answers.pivot("step_id", index="response_key", values=column, aggregate_function="mean", sort_columns=True)
    return wide.sort("response_key").drop("response_key").cast(pl.Float64).to_numpy()
