"""What a release consists of and how long it stays is data: expectations/release.yml, checked against its schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.contracts.schema import as_json, faults
from flows.errors import Place, QdeepError
from flows.settings import ROOT

POLICY = ROOT / "expectations" / "release.yml"
SCHEMA = ROOT / "expectations" / "schemas" / "release.json"


@dataclass(frozen=True)
class Retention:
    """How long releases stay: the newest `last`, and the newest of each of the newest `days` as_of days."""

    last: int
    days: int


@dataclass(frozen=True)
class Policy:
    """The content of expectations/release.yml.

    Attributes:
        formats: Copies written beside the parquet files.
        languages: Languages of the words in workbooks, the first one leading.
        retired: Tables and indicators given up on purpose -> since when.
        publisher: Language -> name of the body that publishes.
        access: open, restricted or internal.
        spreadsheet_rows: Longest table of which workbooks and local CSV are written.
    """

    formats: tuple[str, ...]
    languages: tuple[str, ...]
    retention: Retention
    retired: Mapping[str, str]
    publisher: Mapping[str, str]
    access: str
    spreadsheet_rows: int = 100_000


def load_policy(path: Path = POLICY) -> Policy:
    """Read and check the policy of releases.

    Raises:
        QdeepError: E-409 where the file cannot be read or breaks its schema.
    """
    import yaml

    try:
        raw = as_json(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise QdeepError("E-409", "The policy of releases cannot be read.", Place(file=path.name)) from error
    for fault in faults(SCHEMA, raw):
        raise QdeepError(
            "E-409", f"The policy of releases is wrong: {fault.text}", Place(file=path.name, column=fault.where)
        )
    return _policy(raw)


def _policy(raw: Mapping[str, Any]) -> Policy:
    return Policy(
        formats=tuple(raw["formats"]),
        languages=tuple(raw["languages"]),
        retention=Retention(**raw["retention"]),
        retired=dict(raw.get("retired") or {}),
        publisher=dict(raw["publisher"]),
        access=raw["access"],
        spreadsheet_rows=raw.get("spreadsheet_rows", Policy.spreadsheet_rows),
    )
