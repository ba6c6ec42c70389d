"""One row per cell of respondents, with the persons that each of them stands for."""

from typing import Any

from flows.statistics.weighting import survey_weights


def model(dbt: Any, _session: Any) -> Any:
    """Hand cells, frame and schemes to the statistics."""
    dbt.config(materialized="table")
    cells = dbt.ref("int_survey__cells").pl()
    return survey_weights(cells, dbt.ref("int_survey__frame").pl(), dbt.ref("stg_survey__weightings").pl())
