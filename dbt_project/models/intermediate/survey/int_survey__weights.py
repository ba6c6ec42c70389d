"""One row per valid response, with the persons that it stands for."""

from typing import Any

from flows.statistics.weighting import survey_weights


def model(dbt: Any, _session: Any) -> Any:
    """Hand responses, frame and schemes to the statistics."""
    dbt.config(materialized="table")
    responses = dbt.ref("int_survey__weighed_responses").pl()
    return survey_weights(responses, dbt.ref("int_survey__frame").pl(), dbt.ref("stg_survey__weightings").pl())
