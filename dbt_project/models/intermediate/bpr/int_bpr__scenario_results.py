"""One row per scenario and figure: checks of the replay, queues by role, and what the change would give."""

from typing import Any

from flows.redesign.tables import scenario_results


def model(dbt: Any, _session: Any) -> Any:
    """Hand the step table to the simulation."""
    dbt.config(materialized="table")
    frames = {
        "scenarios": dbt.source("build", "scenarios").pl(),
        "processes": dbt.ref("int_bpr__redesign_processes").pl(),
        "steps": dbt.ref("int_bpr__redesign_steps").pl(),
        "people": dbt.ref("int_bpr__redesign_people").pl(),
        "tariffs": dbt.ref("int_bpr__role_tariffs").pl(),
        "answers": dbt.ref("int_bpr__step_answers").pl(),
    }
    return scenario_results(frames)
