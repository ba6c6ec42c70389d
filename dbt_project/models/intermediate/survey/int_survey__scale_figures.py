"""One row per scale, wave, scope and item, with the figures of reliability."""

from typing import Any

from flows.statistics.scales import scale_figures


def model(dbt: Any, _session: Any) -> Any:
    """Hand the scores of the items to the statistics."""
    dbt.config(materialized="table")
    return scale_figures(dbt.ref("int_survey__placed_scores").pl())
