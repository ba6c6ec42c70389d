"""After this the files of a watched folder whose names their contract expects are known; the folder is as before."""

import re
from collections.abc import Iterator
from pathlib import Path

from flows.contracts.model import Contract
from flows.intake.formats import FORMATS
from flows.pull.received import Received, fingerprint
from flows.settings import Settings

HALF_WRITTEN = (".", "~$")  # hidden and temporary files, lock files of spreadsheet programs
STILL_ARRIVING = (".part", ".tmp", ".crdownload", ".filepart")


def receive(contract: Contract, settings: Settings) -> list[Received]:
    """Return the expected files of the source's folder."""
    paths = files(folder_of(contract, settings), "*")
    return [fingerprint(contract.source, path) for path in paths if is_expected(path.name, contract)]


def folder_of(contract: Contract, settings: Settings) -> Path:
    """Return the watched folder of a source: its own name in the inbox unless the contract says another."""
    return settings.inbox / contract.pull.get("folder", contract.source)


def files(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield what a sender has put there, sorted; not folders, and nothing that is still being written."""
    for path in sorted(folder.glob(pattern)):
        is_ready = not path.name.startswith(HALF_WRITTEN) and not path.name.endswith(STILL_ARRIVING)
        if is_ready and (path.is_symlink() or not path.is_dir()):
            yield path


def is_expected(name: str, contract: Contract) -> bool:
    """Return whether the contract expects a file of this name; a gzipped text file may carry a further `.gz`."""
    return matched(name, contract) is not None and not is_totals(name, contract)


def is_totals(name: str, contract: Contract) -> bool:
    """Return whether a file holds the signed totals of another; it is no delivery of its own."""
    return contract.control_totals is not None and name.endswith(contract.control_totals.suffix)


def matched(name: str, contract: Contract) -> re.Match[str] | None:
    """Match a file name with the pattern of the contract."""
    plain = name.removesuffix(".gz") if FORMATS[contract.file.format].may_gzip else name
    return re.fullmatch(contract.file.name, name) or re.fullmatch(contract.file.name, plain)
