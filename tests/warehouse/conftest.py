"""The dbt project with the small structure of the tests stands in the place of the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.warehouse import build
from tests.warehouse.project import small_project


@pytest.fixture(scope="session")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that no test changes."""
    return small_project(tmp_path_factory.mktemp("project") / "dbt_project")


@pytest.fixture
def project(project_copy: Path) -> Iterator[Path]:
    """Build with the copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PROJECT", project_copy)
        yield project_copy
