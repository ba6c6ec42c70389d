"""A verdict is known by all that could change it: what the contract means, its lists, the code that judges."""

import ast
import hashlib
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from flows.contracts.model import Contract, Contracts
from flows.settings import ROOT

# What a contract says without changing any row: how it is shown and scheduled, where it stands, and what its history
# is held against, which each build judges anew.
TOLD = frozenset(
    {"path", "title", "grain", "description", "cadence", "due_day", "required", "pull", "version", "history"}
)
# Code that moves, lists and keeps; all other code of intake decides what is read and what lands.
MOVERS = frozenset(
    {
        "again",
        "deliver",
        "judgement",
        "keys",
        "land",
        "manifest",
        "parts",
        "refused",
        "rekey",
        "store",
        "tries",
        "workbook",
    }
)
REASONS = {"contract": "the contract", "lists": "a code list or reference", "code": "the code that judges"}


def judged_by(contract: Contract, contracts: Contracts) -> dict[str, str]:
    """Return digests of what a verdict hangs on: `contract` (with its codebook), `lists`, `code`."""
    return {
        "contract": _digest(_meant(contract)),
        "lists": _digest(_lists(contract, contracts)),
        "code": code_digest(),
    }


def what_changed(manifest: dict[str, Any], contract: Contract, contracts: Contracts) -> tuple[str, ...]:
    """Return which of these changed since a delivery was judged; all where its manifest does not say."""
    before, now = manifest.get("judged_by") or {}, judged_by(contract, contracts)
    return tuple(text for name, text in REASONS.items() if before.get(name) != now[name])


@cache
def code_digest() -> str:
    """Return a digest of the code that judges, its comments and docstrings apart."""
    intake = ROOT / "flows" / "intake"
    files = [path for path in sorted(intake.rglob("*.py")) if path.stem not in MOVERS]
    files += [ROOT / "expectations" / "suites.py", ROOT / "flows" / "contracts" / "model.py"]
    files += [ROOT / "flows" / "questionnaire" / "conditions.py"]
    return _digest([[path.name, _bare(path.read_text(encoding="utf-8"))] for path in files])


def _bare(text: str) -> str:
    """Return the code of a module without what only people read."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _meant(value: Any) -> Any:
    """Return a value of the contract as plain lists, without what changes no row."""
    if is_dataclass(value):
        return [[one.name, _meant(getattr(value, one.name))] for one in fields(value) if one.name not in TOLD]
    if isinstance(value, dict):
        return [[str(name), _meant(one)] for name, one in value.items()]
    return [_meant(one) for one in value] if isinstance(value, tuple | list) else str(value)


def _lists(contract: Contract, contracts: Contracts) -> Any:
    columns = [column for table in contract.kind.tables for column in table.columns]
    codes = sorted({column.codes for column in columns if isinstance(column.codes, str) and column.codes})
    references = sorted({column.references for column in columns if column.references})
    return [
        [[name, sorted(contracts.codes.get(name, ()))] for name in codes],
        [[name, sorted(contracts.references.get(name, ()))] for name in references],
    ]


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]
