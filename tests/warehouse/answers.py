"""An outsider holds every breakdown of those who answered together with those who sent a form or broke off."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from tests.warehouse.breakdowns import hold
from tests.warehouse.stranger import Cell, Stranger

# What a level of evidence says of the number of answers.
LEVELS = {"D": (3.0, 4.0), "E": (1.0, 2.0)}
Told = dict[Cell, float | None]


def answers_of(rows: pl.DataFrame, measure: str, wave: str) -> Told:
    """Return how many answered a question by unit, view and part, from rows of survey_estimates."""
    here = rows.filter(measure_id=measure, wave_id=wave)
    return _cells(here, here["n"])


def returned_of(rows: pl.DataFrame, wave: str) -> Told:
    """Return how many sent a form back by unit, view and part, from rows of survey_response."""
    here = rows.filter(wave_id=wave)
    return _cells(here, here["n"])


def broken_of(rows: pl.DataFrame, wave: str) -> Told:
    """Return how many broke off by unit and view, from survey_quality: they may have answered a question too."""
    here = rows.filter(wave_id=wave).with_columns(dimension_1=pl.lit("all"), category_1=pl.lit("all"))
    return _cells(here, here["broken_off"])


def _cells(rows: pl.DataFrame, counts: pl.Series) -> Told:
    keys = rows.select("org_unit_id", "org_view", "dimension_1", "category_1").rows()
    parts = [
        (unit, view) if part == "all" else (unit, view, f"{part}={category}") for unit, view, part, category in keys
    ]
    return dict(zip(parts, counts, strict=True))


def levels_of(rows: pl.DataFrame, measure: str, wave: str) -> dict[Cell, tuple[float, float | None]]:
    """Return what levels of evidence tell of numbers of answers that are withheld."""
    here = rows.filter(pl.col("n").is_null(), measure_id=measure, wave_id=wave)
    return {
        cell: LEVELS.get(level, (5.0, None)) for cell, level in _cells(here, here["evidence_level"]).items() if level
    }


def outsider(told: Mapping[str, Told], true: Mapping[str, Told], units: pl.DataFrame) -> Stranger:
    """Return an outsider who knows how parts, units and views add up, and that who answers sent a form or broke off.

    Args:
        told: `answers`, `returned` and `broken`: what is published of each.
        true: The same as it is.
        units: The tree of units.
    """
    stranger = hold(told["answers"], true["answers"], units)
    for kind in ("returned", "broken"):
        more = hold(told[kind], true[kind], units)
        stranger.known |= {(kind, *cell): count for cell, count in more.known.items()}
        stranger.sums += [{(kind, *cell): sign for cell, sign in line.items()} for line in more.sums]
    for cell in told["answers"]:
        forms, broken = ("returned", *cell), ("broken", *cell[:2])
        if {forms, broken} <= set(stranger.known):
            stranger.more.append({cell: 1.0, forms: -1.0, broken: -1.0})
    return stranger


def truths(warehouse: Path, table: str, where: str = "true") -> pl.DataFrame:
    """Return a mart, or some of its rows, as it is before anything is withheld."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return pl.DataFrame(
            pl.from_arrow(connection.sql(f"select * from marts.{table} where {where}").to_arrow_table())
        )
