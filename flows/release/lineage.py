"""A release knows what it was made from: deliveries, dates, code, thresholds, and what is missing."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flows.contracts.model import Contracts
from flows.release.labels import COLUMNS, DESCRIPTIONS
from flows.release.policy import POLICY
from flows.release.protection.rules import RULES
from flows.settings import ROOT, Settings

# What decides the bytes of a release besides the warehouse: this code with its templates and words.
FOLDERS = (ROOT / "flows" / "release", ROOT / "flows" / "report")
CODE = ("*.py", "*.j2", "*.css", "*.csv")
DELIVERY = ("delivery_id", "source", "kind", "organisation", "period", "known_from")


@dataclass(frozen=True)
class Lineage:
    """What every file of a release says about its origin.

    Attributes:
        release_id: `<as_of>-<8 hex digits>`; the digits change with data, code, dates and thresholds.
        deliveries: The deliveries that the figures rest on, sorted.
        missing_sources: Required sources with no delivery: source and title by language.
    """

    release_id: str
    as_of: str
    known_on: str
    is_sample: bool
    build_key: str
    code_version: str
    deliveries: tuple[dict[str, str], ...]
    missing_sources: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "deliveries": list(self.deliveries), "missing_sources": list(self.missing_sources)}


def read_lineage(connection: Any, settings: Settings, contracts: Contracts, build_key: str) -> Lineage:
    """Read from an open warehouse file what the release is made from."""
    columns = ", ".join(f"coalesce(cast({name} as varchar), '') as {name}" for name in DELIVERY)
    rows = connection.execute(
        f"select {columns} from lake.deliveries where is_current order by source, period, delivery_id"
    ).fetchall()
    deliveries = tuple(dict(zip(DELIVERY, row, strict=True)) for row in rows)
    return Lineage(
        release_id=release_id(settings, build_key),
        as_of=settings.as_of.isoformat(),
        known_on=settings.known_on.isoformat(),
        is_sample=settings.sample,
        build_key=build_key,
        code_version=code_version(),
        deliveries=deliveries,
        missing_sources=missing_sources(contracts, {delivery["source"] for delivery in deliveries}),
    )


def release_id(settings: Settings, build_key: str) -> str:
    """Return the id of the release that these settings, this build, this code and these thresholds give."""
    parts = (
        build_key,
        code_version(),
        _digest([RULES, POLICY, COLUMNS, DESCRIPTIONS]),
        str(settings.known_on),
        str(settings.sample),
    )
    return f"{settings.as_of.isoformat()}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:8]}"


def missing_sources(contracts: Contracts, delivered: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """Return the required sources that delivered nothing usable, sorted, each with its titles."""
    present = set(delivered)
    absent = [c for c in contracts.sources.values() if c.required and c.source not in present]
    return tuple({"source": c.source, "title": dict(c.title)} for c in sorted(absent, key=lambda c: c.source))


@cache
def code_version() -> str:
    """Return version and digest of the code that makes releases."""
    from importlib.metadata import PackageNotFoundError, version

    files = [path for folder in FOLDERS for pattern in CODE for path in folder.rglob(pattern)]
    try:
        number = version("qdeep")
    except PackageNotFoundError:
        number = "0"
    return f"{number}+{_digest(files)}"


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]
