"""One row per organisation, assessment, recommendation, process and condition."""

from typing import Any

from flows.statistics.recommendations import recommendation_rows


def model(dbt: Any, _session: Any) -> Any:
    """Hand figures and rules to the statistics; they speak of ministries, not of the service."""
    dbt.config(materialized="table")
    figures, units = dbt.ref("int_model__figures").pl(), dbt.ref("stg_org__units").pl()
    ministries = units.filter(units["level"] == "ministry")["org_unit_id"].unique()
    own = figures.filter(figures["org_unit_id"].is_in(ministries.to_list()))
    rules, conditions = dbt.ref("recommendation_rules").pl(), dbt.ref("recommendation_conditions").pl()
    return recommendation_rows(own, rules, conditions)
