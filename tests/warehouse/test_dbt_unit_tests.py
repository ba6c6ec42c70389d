import shutil
from pathlib import Path

import pytest

from flows.warehouse import build
from flows.warehouse.build import WAREHOUSE_FILE, Build
from tests.warehouse.lake import settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("warehouse"), pytest.mark.usefixtures("project")]


def test_the_unit_tests_of_the_dbt_project_hold(empty: Build, tmp_path: Path) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    workspace, work = settings(tmp_path), tmp_path / "warehouse" / "dbt"
    file = tmp_path / WAREHOUSE_FILE
    shutil.copy(empty.path, file)
    options = ["--project-dir", str(build.PROJECT), "--profiles-dir", str(build.PROJECT)]
    quiet = ["--target-path", str(work / "target"), "--log-path", str(work), "--quiet"]
    try:
        with build._environment(workspace, file):
            outcome = dbtRunner().invoke(["test", "--select", "test_type:unit", *options, *quiet])
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert outcome.exception is None
    assert {result.node.name: result.message for result in outcome.result.results if result.status != "pass"} == {}
    assert len(outcome.result.results) >= 10
