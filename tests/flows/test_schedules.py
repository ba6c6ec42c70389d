"""Schedules stand in prefect.yaml alone: each cadence a contract may name has its deployment, all in Tashkent time."""

from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import yaml

from flows.contracts.model import Contract
from flows.settings import ROOT


@pytest.fixture(scope="module")
def entries() -> dict[str, dict]:
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    return {entry["name"]: entry for entry in yaml.safe_load(text)["deployments"]}


def test_every_cadence_of_a_contract_has_a_deployment(entries: dict[str, dict]) -> None:
    cadences = get_args(get_type_hints(Contract)["cadence"])
    asked = [entry["parameters"].get("cadence") for entry in entries.values() if "cadence" in entry["parameters"]]
    assert sorted(asked) == sorted(cadences)


def test_schedules_are_those_that_were_reviewed(entries: dict[str, dict]) -> None:
    crons = {name: [one["cron"] for one in entry["schedules"]] for name, entry in entries.items()}
    assert crons == {
        "intake-hourly": ["10 * * * *"],
        "intake-daily": ["0 1 * * *"],
        "intake-weekly": ["15 1 * * 1"],
        "intake-monthly": ["30 1 1-10,15,20,25 * *"],
        "intake-yearly": ["45 1 * * 1"],
        "nightly": ["0 2 * * *"],
    }


def test_all_run_in_tashkent_time_one_at_a_time(entries: dict[str, dict]) -> None:
    for entry in entries.values():
        assert {one["timezone"] for one in entry["schedules"]} == {"Asia/Tashkent"}
        assert entry["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
        path, function = entry["entrypoint"].split(":")
        assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")


def test_only_the_night_builds_and_no_other_module_imports_prefect(entries: dict[str, dict]) -> None:
    phases = {name: entry["parameters"]["phases"] for name, entry in entries.items()}
    assert phases.pop("nightly") == ["release"]
    assert all(phase == ["intake"] for phase in phases.values())
    importing = [path for path in (ROOT / "flows").rglob("*.py") if _imports_prefect(path)]
    assert [path.name for path in importing] == ["pipeline.py"]


def _imports_prefect(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines()
    return any(line.strip().startswith(("import prefect", "from prefect")) for line in lines)
