"""What a release consists of and how long it stays is data: expectations/release.yml, checked against its schema."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """

    formats: tuple[str, ...]
    languages: tuple[str, ...]
    retention: Retention
    retired: Mapping[str, str]
    publisher: Mapping[str, str]
    access: str


def load_policy(path: Path = POLICY) -> Policy:
    """Read and check the policy of releases.

    Raises:
        QdeepError: E-409 where the file cannot be read or breaks its schema.
    """
    import jsonschema
    import yaml

    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        jsonschema.validate(raw, json.loads(SCHEMA.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise QdeepError("E-409", "The policy of releases cannot be read.", Place(file=path.name)) from error
    except jsonschema.ValidationError as error:
        where = Place(file=path.name, column=error.json_path)
        raise QdeepError("E-409", f"The policy of releases is wrong: {error.message}", where) from error
    return _policy(raw)


def _policy(raw: Mapping[str, Any]) -> Policy:
    return Policy(
        formats=tuple(raw["formats"]),
        languages=tuple(raw["languages"]),
        retention=Retention(**raw["retention"]),
        retired=dict(raw.get("retired") or {}),
        publisher=dict(raw["publisher"]),
        access=raw["access"],
    )
