"""One row per assessment, version of the goalposts, test of the HRM model and subject."""

from typing import Any

from flows.statistics.model_tests import model_tests

# Answers of units and of the whole service; exits of twelve months and vacancies of a month of units.
ESTIMATES = "org_view = 'as_was' and n >= 10 and (category_1 = 'all' or org_unit_id = 'UZ')"
SPLITS = """org_view = 'as_was' and category_1 = 'all' and category_2 = 'all' and value is not null and n >= 10
    and (indicator_id = 'voluntary_rate' and period_kind = 'r12'
    or indicator_id = 'vacancy_rate' and period_kind = 'month')"""


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
        "known_groups": dbt.ref("known_groups").pl(),
        "estimates": dbt.ref("survey_estimates").filter(ESTIMATES).pl(),
        "splits": dbt.ref("hrm_indicators").filter(SPLITS).pl(),
    }
    ministries = units.filter(units["level"] == "ministry")["org_unit_id"].unique().to_list()
    return model_tests(dbt.ref("int_model__figures").pl(), ministries, seeds)
