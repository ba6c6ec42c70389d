"""After a pull the files that a sender has delivered are known by name, bytes and id; nothing of theirs was touched.

A kind of sender is one module of this package with a function `receive(contract, settings)`; a contract names it
under `pull.connector`.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from flows.contracts.model import Contract, Contracts
from flows.errors import Finding, Place, QdeepError
from flows.pull.received import Received
from flows.settings import Settings

__all__ = ["Received", "receive", "strangers"]

DEFAULT = "folder"


def receive(contract: Contract, settings: Settings) -> list[Received]:
    """Fetch the files that stand ready for a source, sorted by name.

    Raises:
        QdeepError: E-409 where the contract names a connector that does not exist.
    """
    name = contract.pull.get("connector", DEFAULT)
    module = f"flows.pull.{name}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or find_spec(module) is None:
        where = Place(source=contract.source, file=contract.path.name)
        raise QdeepError("E-409", f"There is no connector {name}.", where, "a module of flows/pull, such as folder")
    found: list[Received] = import_module(module).receive(contract, settings)
    return sorted(found, key=lambda one: one.name)


def strangers(contracts: Contracts, settings: Settings) -> tuple[Finding, ...]:
    """Return a finding for each file of a watched folder that no contract expects: E-207, or E-208 without contract."""
    return tuple(_strangers(contracts, settings))


def _strangers(contracts: Contracts, settings: Settings) -> Iterator[Finding]:
    from flows.pull import folder

    watched: dict[str, list[Contract]] = {}
    for contract in contracts.sources.values():
        if contract.pull.get("connector", DEFAULT) == DEFAULT:
            watched.setdefault(folder.folder_of(contract, settings).name, []).append(contract)
    for path in folder.files(settings.inbox, "*/*"):
        expecting = watched.get(path.parent.name)
        where = Place(source=path.parent.name, file=path.name)
        if expecting is None:
            yield Finding("E-208", "No contract reads this folder.", where, expected="a contract of that source")
        elif not any(folder.is_expected(path.name, contract) for contract in expecting):
            yield Finding("E-207", "No contract expects a file of this name.", where, expected=expecting[0].file.name)
