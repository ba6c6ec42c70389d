"""One warm reading process for all tests of this folder."""

from collections.abc import Iterator

import pytest

from flows.intake import read as reader
from tests.hostile.warm import WarmReader


@pytest.fixture(scope="session")
def warm_process() -> Iterator[WarmReader]:
    """The process, started once; it takes one job at a time."""
    process = WarmReader()
    yield process
    process.close()


@pytest.fixture
def warm(warm_process: WarmReader, monkeypatch: pytest.MonkeyPatch) -> WarmReader:
    """Read through forks of one process during one test; all other tests start the real reading process."""
    monkeypatch.setattr(reader, "_run", warm_process.run)
    return warm_process
