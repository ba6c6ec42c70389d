"""One row per organisation, assessment, indicator and reference."""

from typing import Any

from flows.statistics.hrm_gaps import model_gaps


def model(dbt: Any, _session: Any) -> Any:
    """Hand figures and seeds to the statistics."""
    dbt.config(materialized="table")
    seeds = {
        "benchmarks": dbt.ref("benchmarks").pl(),
        "model_goalposts": dbt.ref("model_goalposts").pl(),
        "model_inputs": dbt.ref("model_inputs").pl(),
        "indicators": dbt.ref("indicators").pl(),
    }
    return model_gaps(dbt.ref("int_model__figures").pl(), seeds)
