"""All scenarios are worked out from the step table of the warehouse: one row for each figure of each."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from flows.redesign.asis import Evidence, LogEvidence, pools_of, survey_evidence
from flows.redesign.compare import Measured, compare
from flows.redesign.edits import EditError
from flows.redesign.process import Process
from flows.redesign.scenario import Scenario, scenario_of

SCHEMA: dict[str, Any] = {
    "scenario_id": pl.String,
    "process_id": pl.String,
    "evidence_source": pl.String,
    "evidence_level": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "part": pl.String,
    "measure_id": pl.String,
    "role": pl.String,
    **dict.fromkeys(
        ("measured", "as_is", "to_be", "difference", "difference_low", "difference_high", "tolerance"), pl.Float64
    ),
    "is_passed": pl.Boolean,
    "n": pl.Int64,
}
SOURCES = ("log", "survey")  # the better evidence first
FEWEST = 3  # respondents or cases; below them nothing can be drawn
Row = Mapping[str, Any]


def scenario_results(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the checks, queues and benefits of all scenarios.

    Args:
        frames: `scenarios` (document: the file as JSON), `processes`, `steps` and `people` (int_bpr__redesign_*),
            `tariffs` (role, hour_uzs, is_current) and `answers` (int_bpr__step_answers).

    Returns:
        SCHEMA, ordered by scenario and as `compare` gives the rows. A scenario whose process has no evidence yet, or
        none of a step that it changes, has one row with the part `check` and the measure `evidence`, not passed.
    """
    rows = [row for document in sorted(frames["scenarios"]["document"]) for row in _worked(document, frames)]
    return pl.DataFrame(rows, schema=SCHEMA)


def _worked(document: str, frames: Mapping[str, pl.DataFrame]) -> Iterator[dict[str, Any]]:
    scenario = scenario_of(json.loads(document))
    names = {"scenario_id": scenario.scenario_id, "process_id": scenario.process_id}
    told = _told(scenario, frames["processes"])
    if told is None:
        yield names | _missing()
        return
    about = names | {name: told[name] for name in ("evidence_source", "evidence_level", "period_start", "period_end")}
    try:
        yield from (about | row for row in compare(scenario, *_inputs(scenario, told, frames)))
    except EditError:
        yield about | _missing() | {"n": told["n"]}


def _missing() -> dict[str, Any]:
    return {"part": "check", "measure_id": "evidence", "role": "all", "is_passed": False}


def _told(scenario: Scenario, processes: pl.DataFrame) -> Row | None:
    """Return what is known of the whole process, by the evidence that the scenario names or else the better one."""
    wanted = [scenario.evidence] if scenario.evidence else SOURCES
    found = {
        row["evidence_source"]: row
        for row in processes.iter_rows(named=True)
        if row["process_id"] == scenario.process_id
    }
    chosen = next((found[source] for source in wanted if source in found), None)
    if chosen is None or chosen["n"] < FEWEST or not chosen["cases_year"]:
        return None
    return chosen


def _inputs(scenario: Scenario, told: Row, frames: Mapping[str, pl.DataFrame]) -> tuple[Process, Evidence, Measured]:
    mine = pl.col("process_id") == scenario.process_id
    people = frames["people"].filter(mine).iter_rows(named=True)
    known = {row["role"]: (row["persons"], row["time_share"]) for row in people}
    bare = Process(
        scenario.process_id,
        (),
        pools_of(known, scenario.pools),
        told["cases_year"],
        told["hours_year"],
        dict(frames["tariffs"].filter("is_current").select("role", "hour_uzs").iter_rows()),
        0.0,
        told["deadline_wh"],
        told["applicant_min"] / 60,
        told["applicant_uzs"],
        told["citizen_hour_uzs"],
        told["fte_hours"],
    )
    leads = (told["lead_p10_wh"], told["lead_p50_wh"], told["lead_p90_wh"])
    measured = Measured(told["n"], *leads, told["in_process"], told["evidence_source"] == "survey")
    return bare, _evidence(told, frames, mine), measured


def _evidence(told: Row, frames: Mapping[str, pl.DataFrame], mine: pl.Expr) -> Evidence:
    source = told["evidence_source"]
    steps = frames["steps"].filter(mine & (pl.col("evidence_source") == source))
    rows = tuple(steps.sort("position", "step_id", nulls_last=True).iter_rows(named=True))
    if source == "log":
        return LogEvidence(rows)
    wave = (pl.col("period_start") == told["period_start"]) & (pl.col("period_end") == told["period_end"])
    return survey_evidence(rows, frames["answers"].filter(mine & wave))
