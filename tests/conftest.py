"""What tests of several folders build once: the small project, the golden world, an empty warehouse, a warm reader."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from flows.intake import read as reader
from flows.warehouse import build
from flows.warehouse.build import Build
from tests.parsed_once import parsed_once
from tests.warehouse.lake import Lake, settings
from tests.warehouse.project import small_project
from tests.warm_reader import WarmReader

REAL = reader._run
hypothesis.settings.register_profile("qdeep", deadline=None)  # a busy machine is no fault of the code
hypothesis.settings.load_profile("qdeep")


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What dbt has read, for all processes of this session."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "parsed"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def _parsed_once(parsed: Path) -> Iterator[None]:
    """Let dbt read the project once for all builds."""
    with parsed_once(parsed):
        yield


@pytest.fixture(scope="session")
def project_copy(tmp_path_factory: pytest.TempPathFactory, _parsed_once: None) -> Path:
    """A copy of the project with the small structure of the tests; no test changes it."""
    return small_project(tmp_path_factory.mktemp("project") / "dbt_project")


@pytest.fixture
def project(project_copy: Path) -> Iterator[Path]:
    """Build with the copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PROJECT", project_copy)
        yield project_copy


@pytest.fixture(scope="session")
def golden_build(tmp_path_factory: pytest.TempPathFactory, project_copy: Path) -> Build:
    """The golden world, built once."""
    from tests.golden.world import golden_lake

    lake = golden_lake(tmp_path_factory.mktemp("golden") / "workspace")
    return _built(project_copy, lake)


@pytest.fixture(scope="session")
def golden(golden_build: Build) -> Path:
    """The warehouse file of the golden world."""
    return golden_build.path


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory, project_copy: Path) -> Build:
    """The warehouse of a lake without deliveries, in a workspace that no test changes."""
    return _built(project_copy, Lake(settings(tmp_path_factory.mktemp("empty"))))


def _built(project: Path, lake: Lake) -> Build:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "PROJECT", project)
        return build.build(lake.settings, lake.contracts)


@pytest.fixture(scope="session", autouse=True)
def warm_reader() -> Iterator[WarmReader]:
    """All tests of this process read files through forks of one reading process; the first that reads starts it."""
    warm = WarmReader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_run", warm.run)
        yield warm
    warm.close()


@pytest.fixture
def real_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a reading process of its own for each file, as a run does."""
    monkeypatch.setattr(reader, "_run", REAL)
