"""What the golden tests of processes share."""

from collections.abc import Iterator

import pytest

from flows.warehouse.build import Build
from tests.golden.any_log import AnyLog


@pytest.fixture(scope="session")
def any_log(golden_build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnyLog]:
    """A copy of the golden warehouse in which the log can be another one."""
    log = AnyLog(golden_build, tmp_path_factory.mktemp("any_log"))
    yield log
    log.connection.close()
