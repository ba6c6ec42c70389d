"""The golden world is built once for all tests of this folder."""

from pathlib import Path

import pytest

from flows.warehouse import build
from tests.golden.world import golden_lake
from tests.warehouse.project import small_project


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse file of the golden world."""
    folder = tmp_path_factory.mktemp("golden")
    lake = golden_lake(folder / "workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PROJECT", small_project(folder / "dbt_project"))
        return build.build(lake.settings, lake.contracts).path
