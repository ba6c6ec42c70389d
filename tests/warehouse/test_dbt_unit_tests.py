from pathlib import Path

import pytest

from flows.warehouse import build
from tests.warehouse.lake import Lake, settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse"), pytest.mark.usefixtures("project")]


def test_the_unit_tests_of_the_dbt_project_hold(tmp_path: Path) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    workspace = settings(tmp_path)
    built = build.build(workspace, Lake(workspace).contracts)
    work = tmp_path / "warehouse" / "dbt"
    options = ["--project-dir", str(build.PROJECT), "--profiles-dir", str(build.PROJECT)]
    quiet = ["--target-path", str(work / "target"), "--log-path", str(work), "--quiet"]
    try:
        with build._environment(workspace, built.path):
            outcome = dbtRunner().invoke(["test", "--select", "test_type:unit", *options, *quiet])
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert outcome.exception is None
    assert {result.node.name: result.message for result in outcome.result.results if result.status != "pass"} == {}
    assert len(outcome.result.results) >= 10
