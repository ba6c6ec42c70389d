"""What nobody foresaw while we look through the bytes of a file is a refusal of that file, not the end of the run."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import Place, QdeepError

OURS = (QdeepError, OSError, MemoryError)  # told already, or faults of the machine


@contextmanager
def refused_as(code: str, path: Path, expected: str) -> Generator[None]:
    """Turn any other error into a refusal that names its kind alone: its message may quote the file."""
    try:
        yield
    except OURS:
        raise
    except Exception as error:  # noqa: BLE001 - the bytes are a stranger's: what they lead to cannot be listed
        text = f"The file could not be looked through ({type(error).__name__})."
        raise QdeepError(code, text, Place(file=path.name), expected) from None
