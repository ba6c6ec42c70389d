"""One row per place (wave, view, unit, category) and item or scale, with the sums that estimates are made of."""

from typing import Any

from flows.statistics.answer_sums import answer_sums


def model(dbt: Any, _session: Any) -> Any:
    """Count over the sheets of the respondents and add up the tree."""
    dbt.config(materialized="table")
    cells = dbt.ref("int_survey__cells").pl().join(dbt.ref("int_survey__weights").pl(), on="cell_no")
    return answer_sums(
        dbt.ref("int_survey__sheets").to_arrow_table(),
        cells,
        dbt.ref("int_survey__cell_places").pl(),
        dbt.ref("int_survey__codes").pl(),
        dbt.ref("stg_survey__index_items").pl(),
    )
