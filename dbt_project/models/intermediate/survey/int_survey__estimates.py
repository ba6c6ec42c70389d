"""One row per item or scale, wave, unit and sex, with value, error, interval, change and benchmarks."""

from typing import Any

from flows.statistics.estimates import estimates


def model(dbt: Any, _session: Any) -> Any:
    """Hand the sums of the cells to the statistics."""
    dbt.config(materialized="table")
    units = dbt.ref("int_org__unit_ministries").pl()
    sums = dbt.ref("int_survey__estimate_sums").pl()
    return estimates(sums, units["ministry_id"].drop_nulls().unique().sort().to_list())
