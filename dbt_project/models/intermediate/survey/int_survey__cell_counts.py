"""One row per cell of respondents, with how many answered how far and how attentively."""

from typing import Any

from flows.statistics.attention import cell_counts


def model(dbt: Any, _session: Any) -> Any:
    """Hand the sheets of the respondents to the statistics."""
    dbt.config(materialized="table")
    cells = dbt.ref("int_survey__cells").pl()
    return cell_counts(dbt.ref("int_survey__sheets").to_arrow_table(), cells, dbt.ref("int_survey__codes").pl())
