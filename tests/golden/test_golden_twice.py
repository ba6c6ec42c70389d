"""The golden world built twice, in two folders, is one world."""

from pathlib import Path

import pytest

from flows.warehouse.build import Build, build, build_key
from tests.golden.world import golden_lake
from tests.warehouse.lake import marts

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("golden"), pytest.mark.usefixtures("project")]


def test_the_same_inputs_give_the_same_rows_and_the_same_key(golden_build: Build, tmp_path: Path) -> None:
    lake = golden_lake(tmp_path)
    again = build(lake.settings, lake.contracts)
    assert marts(golden_build.path) == marts(again.path)
    assert golden_build.build_key == again.build_key == build_key(lake.settings, lake.contracts)
