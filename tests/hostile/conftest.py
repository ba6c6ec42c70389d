"""One warm reading process for all tests of this folder."""

from collections.abc import Iterator

import pytest

from flows.intake import read as reader
from tests.hostile.warm import WarmReader


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmReader]:
    """Read through forks of one process instead of a process for each file."""
    process = WarmReader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_run", process.run)
        yield process
    process.close()
