"""After a pull the files that a sender has delivered are known by name, bytes and id; nothing of theirs was touched.

A kind of sender is one module of this package with a function `receive(contract, settings)`; a contract names it
under `pull.connector`, and `expectations/schemas/pull/<connector>.json` says what else may stand there.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from flows.contracts.model import Contract, Contracts
from flows.errors import Finding, Place, QdeepError
from flows.pull.received import Received
from flows.settings import ROOT, Settings

__all__ = ["PartlyError", "Received", "connectors", "receive", "strangers"]

DEFAULT = "folder"
SCHEMAS = ROOT / "expectations" / "schemas" / "pull"


class PartlyError(QdeepError):
    """Some of what stands ready at a sender could not be fetched; carries what could."""

    def __init__(self, received: list[Received], findings: list[Finding]) -> None:
        """Keep the files and the findings; the message is that of the first finding."""
        first = findings[0]
        super().__init__(first.code, first.text, first.where, first.expected)
        self.received = received
        self.findings = findings


def receive(contract: Contract, settings: Settings) -> list[Received]:
    """Fetch the files that stand ready for a source, sorted by name.

    Raises:
        PartlyError: E-103, E-116, E-121 to E-127 where the sender or one of its files could not be reached;
            E-207 where nothing that is there has an expected name.
        QdeepError: E-409 where the contract names a connector that does not exist.
    """
    name = contract.pull.get("connector", DEFAULT)
    module = f"flows.pull.{name}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name not in connectors() or find_spec(module) is None:
        where = Place(source=contract.source, file=contract.path.name)
        raise QdeepError("E-409", f"There is no connector {name}.", where, f"one of: {', '.join(connectors())}")
    received: list[Received] = []
    findings: list[Finding] = []
    try:
        for one in import_module(module).receive(contract, settings):
            (received if isinstance(one, Received) else findings).append(one)
    except QdeepError as error:
        findings.append(error.finding)
    received.sort(key=lambda one: one.name)
    if findings:
        raise PartlyError(received, findings)
    return received


def connectors() -> tuple[str, ...]:
    """Return the names of all connectors."""
    return tuple(sorted(path.stem for path in SCHEMAS.glob("*.json")))


def strangers(contracts: Contracts, settings: Settings) -> tuple[Finding, ...]:
    """Return a finding for each file of a watched folder that no contract expects: E-207, or E-208 without contract."""
    return tuple(_strangers(contracts, settings))


def _strangers(contracts: Contracts, settings: Settings) -> Iterator[Finding]:
    from flows.pull import folder

    watched: dict[str, list[Contract]] = {}
    for contract in contracts.sources.values():
        if contract.pull.get("connector", DEFAULT) == DEFAULT:
            watched.setdefault(folder.folder_of(contract, settings).name, []).append(contract)
    for path in folder.files(settings.inbox, "*"):
        text = "The file lies beside the folders of the sources, where nothing is read."
        yield Finding("E-208", text, Place(file=path.name), expected="a file in the folder of its source")
    for path in folder.files(settings.inbox, "*/*"):
        expecting = watched.get(path.parent.name)
        where = Place(source=path.parent.name, file=path.name)
        if expecting is None:
            yield Finding("E-208", "No contract reads this folder.", where, expected="a contract of that source")
        elif not any(folder.is_expected(path.name, one) or folder.is_totals(path.name, one) for one in expecting):
            yield Finding("E-207", "No contract expects a file of this name.", where, expected=expecting[0].file.name)
