"""One row per item or scale, wave, view, unit and category, with value, error, interval, change and benchmarks."""

from typing import Any

from flows.statistics.estimates import estimates


def model(dbt: Any, _session: Any) -> Any:
    """Hand the sums of the places and their frames to the statistics."""
    dbt.config(materialized="table")
    units = dbt.ref("int_org__unit_ministries").pl()
    sums = dbt.ref("int_survey__estimate_sums").pl()
    ministries = units["ministry_id"].drop_nulls().unique().sort().to_list()
    return estimates(sums, dbt.ref("int_survey__places").pl(), ministries)
