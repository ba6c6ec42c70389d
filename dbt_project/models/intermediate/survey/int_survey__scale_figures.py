"""One row per scale, wave, scope and item, with the figures of reliability."""

from typing import Any

from flows.statistics.scales import scale_figures


def model(dbt: Any, _session: Any) -> Any:
    """Hand the sheets of the respondents to the statistics."""
    dbt.config(materialized="table")
    return scale_figures(
        dbt.ref("int_survey__sheets").to_arrow_table(),
        dbt.ref("int_survey__cells").pl(),
        dbt.ref("int_survey__codes").pl(),
        dbt.ref("stg_survey__index_items").pl(),
    )
