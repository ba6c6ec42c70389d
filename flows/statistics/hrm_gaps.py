"""A figure stands beside a reference, in its own terms and in scores, where the two may be compared (hrm.md 3.5)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from flows.statistics.goalposts import Goalposts, read_goalposts

COMPARABLE = ("A", "B")
PREVIOUS = "previous"
NUMBERS = ("value", "reference_value", "gap_raw", "score", "reference_score", "gap_score", "share_of_gap_closed")
TEXTS = (
    *("unit", "score_family", "direction", "population", "definition", "source", "source_url", "basis"),
    *("comparability", "benchmark_kind"),
)
SCHEMA: dict[str, Any] = (
    {"org_unit_id": pl.String, "assessed_on": pl.Date, "indicator_id": pl.String, "reference": pl.String}
    | {"reference_year": pl.Int32}
    | dict.fromkeys(NUMBERS, pl.Float64)
    | dict.fromkeys(TEXTS, pl.String)
    | {"note": pl.String, "retrieved_on": pl.Date, "least_n": pl.Int64}
    | {"source_table": pl.String, "figure_start": pl.Date, "figure_end": pl.Date}
)
Row = Mapping[str, Any]
Scope = tuple[str, date]


def model_gaps(figures: pl.DataFrame, seeds: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the gaps of all organisations to benchmarks, and to their own assessment before.

    Args:
        figures: Rows of `int_model__figures`.
        seeds: benchmarks, model_goalposts, model_inputs and indicators (the cards, for the direction).
    """
    rows = {name: frame.to_dicts() for name, frame in seeds.items()}
    known = [row for row in figures.to_dicts() if row["subject"] == "all" and row["value"] is not None]
    goalposts = _goalposts(rows)
    directions = {row["indicator_id"]: row["direction"] for row in rows["indicators"]}
    found = [*_to_benchmarks(known, rows["benchmarks"]), *_to_previous(known, rows["model_inputs"])]
    history = _history(known)
    return pl.DataFrame([_gap(one, goalposts, directions, history) for one in found], schema=SCHEMA)


def signed_gap(value: float, reference: float, direction: str) -> float:
    """Return how far a figure is from its reference; above 0 is better, of a neutral one only more."""
    return reference - value if direction == "lower" else value - reference


def closed_share(first: float, now: float, reference: float) -> float | None:
    """Return the share of the first gap that is closed by now; none where there was no gap."""
    return None if reference == first else (now - first) / (reference - first)


def _goalposts(rows: Mapping[str, Sequence[Row]]) -> dict[tuple[str, str], Goalposts]:
    """Return the newest goalposts by measure and score family."""
    ordered = sorted(rows["model_goalposts"], key=lambda row: int(row["goalpost_version"]))
    newest = {row["input_id"]: read_goalposts(row["points"], row["scale"]) for row in ordered}
    inputs = [row for row in rows["model_inputs"] if row["source"] != "checklist"]
    return {(row["measure_id"], row["score_family"] or ""): newest[row["input_id"]] for row in inputs}


def _to_benchmarks(known: Sequence[Row], benchmarks: Sequence[Row]) -> Iterator[dict[str, Any]]:
    for mark in sorted(benchmarks, key=lambda row: (row["indicator_id"], row["reference"], row["year"])):
        family = mark["score_family"] or ""
        for row in known:
            if row["measure_id"] != mark["indicator_id"] or row["source_table"] in ("checklist", "bpr_metrics"):
                continue
            one = {name: mark[name] for name in SCHEMA if name in mark}
            one |= {"reference_value": mark["value"], "reference_year": mark["year"], "score_family": family}
            if (row["score_family"] or "") != family:  # the figure has another scale: never side by side
                one |= {"comparability": "C"}
            yield one | _of_figure(row)


def _to_previous(known: Sequence[Row], inputs: Sequence[Row]) -> Iterator[dict[str, Any]]:
    names = {(r["measure_id"], r["instrument_id"] or "", r["score_family"] or "") for r in inputs}
    last: dict[tuple[str, ...], Row] = {}
    for row in sorted(known, key=lambda row: row["assessed_on"]):
        name = (row["measure_id"], row["instrument_id"] or "", row["score_family"] or "")
        before = last.get((row["org_unit_id"], *name))
        last[(row["org_unit_id"], *name)] = row
        if before is None or name not in names or before["period_end"] == row["period_end"]:
            continue
        own = {"comparability": "A", "benchmark_kind": "own", "population": "The same organisation"}
        own |= {"definition": "The same figure at the assessment before", "source": "qdeep", "note": ""}
        own |= {"source_url": "", "basis": "own_computation"}
        own |= {"reference": PREVIOUS, "reference_value": before["value"]}
        yield own | {"reference_year": before["period_end"].year, "score_family": name[2]} | _of_figure(row)


def _of_figure(row: Row) -> dict[str, Any]:
    names = ("org_unit_id", "assessed_on", "value", "unit", "least_n", "source_table")
    period = {"figure_start": row["period_start"], "figure_end": row["period_end"]}
    return {name: row[name] for name in names} | period | {"indicator_id": row["measure_id"]}


def _history(known: Sequence[Row]) -> dict[tuple[str, str, str], float]:
    """Return the value of each figure at the first assessment that has it."""
    first: dict[tuple[str, str, str], float] = {}
    for row in sorted(known, key=lambda row: row["assessed_on"]):
        first.setdefault((row["org_unit_id"], row["measure_id"], row["score_family"] or ""), row["value"])
    return first


def _gap(
    one: dict[str, Any],
    goalposts: Mapping[tuple[str, str], Goalposts],
    directions: Mapping[str, str],
    history: Mapping[tuple[str, str, str], float],
) -> dict[str, Any]:
    """Add the numbers; where two figures are not comparable there is context and no number."""
    name = (one["indicator_id"], one["score_family"])
    one = one | {"direction": directions.get(name[0], "higher")}
    if one["comparability"] not in COMPARABLE:
        return one | dict.fromkeys(NUMBERS)
    value, reference = one["value"], one["reference_value"]
    one |= {"gap_raw": signed_gap(value, reference, one["direction"])}
    first = history[(one["org_unit_id"], *name)]
    if one["reference"] != PREVIOUS and first != value:
        one |= {"share_of_gap_closed": closed_share(first, value, reference)}
    if posts := goalposts.get(name):
        score, other = posts.score(value), posts.score(reference)
        one |= {"score": round(score, 1), "reference_score": round(other, 1), "gap_score": round(score - other, 1)}
    return one
