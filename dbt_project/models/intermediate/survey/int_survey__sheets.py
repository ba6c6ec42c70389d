"""One row per valid response, with its cell, language, seconds and all answers of its scales, a byte each."""

from typing import Any

from flows.statistics.sheets import written


def model(dbt: Any, _session: Any) -> Any:
    """Write the answers on the sheets of their responses, batch by batch."""
    dbt.config(materialized="table")
    responses = dbt.ref("int_survey__placed_responses").pl()
    answers = dbt.ref("int_survey__scaled_answers").to_arrow_reader(1_000_000)
    sheets = written(responses.select("delivery_no", "row_number", "items"), answers)
    kept = responses.select("cell_no", "language", "seconds").to_arrow()
    return kept.append_column("sheet", sheets)
