"""One row per statistic, view, unit with units below, month and breakdown: medians over the persons of its last day."""

from typing import Any

from flows.statistics.spell_medians import spell_medians

BATCH_ROWS = 200_000


def model(dbt: Any, _session: Any) -> Any:
    """Hand the spells to the statistics, some at a time."""
    dbt.config(materialized="table")
    placements = dbt.ref("int_org__placements").pl()
    months, wanted = dbt.ref("int_hrm__median_months").pl(), dbt.ref("int_hrm__wanted").pl()
    # opened last: a connection reads one result at a time
    return spell_medians(dbt.ref("int_hrm__last_days").to_arrow_reader(BATCH_ROWS), placements, months, wanted)
