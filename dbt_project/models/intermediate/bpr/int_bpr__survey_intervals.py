"""One row per process, organisation and wave, with intervals of touch and waiting time by resampling."""

from typing import Any

from flows.statistics.process import survey_intervals


def model(dbt: Any, _session: Any) -> Any:
    """Hand the answers to the statistics."""
    dbt.config(materialized="table")
    return survey_intervals(dbt.ref("int_bpr__step_answers").pl())
