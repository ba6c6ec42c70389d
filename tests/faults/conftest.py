"""One warm process and one set of workspaces for all faults."""

from collections.abc import Iterator

import pytest

from tests.faults.faulty import Bases, Warm


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The process that forks the runs."""
    made = Warm()
    yield made
    made.close()


@pytest.fixture(scope="session")
def bases(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Bases:
    """The workspaces in which works begin."""
    return Bases(tmp_path_factory.mktemp("bases"), warm)
