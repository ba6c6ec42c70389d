"""One row per organisation, assessment, version of the goalposts and input, domain or overall score."""

from typing import Any

from flows.statistics.hrm_scores import model_scores


def model(dbt: Any, _session: Any) -> Any:
    """Hand figures and seeds to the statistics."""
    dbt.config(materialized="table")
    units = dbt.ref("stg_org__units").pl()
    seeds = {
        "model_inputs": dbt.ref("model_inputs").pl(),
        "model_goalposts": dbt.ref("model_goalposts").pl(),
        "model_domains": dbt.ref("model_domains").pl(),
        "model_gates": dbt.ref("model_gates").pl(),
        "model_levels": dbt.ref("model_levels").pl(),
        "model_quality": dbt.ref("model_quality").pl(),
        "parameters": dbt.ref("parameters").pl(),
    }
    ministries = units.filter(units["level"] == "ministry")["org_unit_id"].unique().to_list()
    return model_scores(dbt.ref("int_model__figures").pl(), ministries, seeds)
