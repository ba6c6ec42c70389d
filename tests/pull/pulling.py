"""A workspace with the contract of one far source stands in a folder; what it pulls can be read and landed."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from flows.contracts.load import load_contracts
from flows.contracts.model import Contract, Contracts
from flows.intake.deliver import Outcome, take_in
from flows.intake.pseudonym import Key
from flows.pull import PartlyError, Received, receive
from flows.settings import Settings

KEY = Key(b"0123456789abcdef" * 2)
HEADER = "pinfl,full_name,birth_date,sex,position_id,org_unit_id,assignment_type,fte,start_date,end_date"
ROW = "31501851000015,MARKER Shaxs,1985-01-15,male,MOA-HR-P001,MOA-HR,main,1,2020-01-06,"
TABLE = f"{HEADER}\n{ROW}\n".encode()
QUICK = {"tries": 3, "wait_s": 0.01, "timeout_s": 5}
MARKER = "s3cret-MARKER-value"


@dataclass(frozen=True)
class Far:
    """A source whose sender is somewhere else."""

    contract: Contract
    contracts: Contracts
    settings: Settings

    def pull(self) -> list[Received]:
        """Pull what stands ready."""
        return receive(self.contract, self.settings)

    def codes(self) -> list[str]:
        """Pull, and return the codes of what went wrong; no finding may hold a secret."""
        try:
            receive(self.contract, self.settings)
        except PartlyError as error:
            findings = error.findings
        else:
            findings = []
        assert MARKER not in repr(findings)
        assert all(finding.where.source == "far" for finding in findings)
        return [finding.code for finding in findings]

    def land(self, received: Received) -> Outcome:
        """Take a pulled file into lake and vault."""
        return take_in(received, self.contract, self.contracts, self.settings, KEY)

    @property
    def spool(self) -> Path:
        """Folder of what was fetched."""
        return self.settings.workspace / "spool" / "far"


def make(folder: Path, pull: dict[str, Any], **others: Any) -> Far:
    """Make a source with a `pull:` block; `others` replace parts of its contract."""
    source: dict[str, Any] = {
        "source": "far",
        "kind": "personnel",
        "version": 1,
        "title": {"en": "Far", "uz": "Uzoq", "ru": "Far", "ko": "Far"},
        "organisation": "MOA",
        "pull": {**QUICK, **pull},
        "file": {"name": r"far_.*\.csv", "format": "csv"},
        "volume": {"min": 1, "max": 1000},
        "refused_share_max": 1.0,
    }
    write(folder / "contracts" / "sources" / "far.yml", yaml.safe_dump(source | others, sort_keys=False))
    write(folder / "contracts" / "column_maps" / "far.csv", f"version,{HEADER}\n1,{HEADER}\n")
    day = date(2026, 9, 30)
    settings = Settings(folder / "ws", folder / "inbox", (folder / "contracts",), day, day, folder / "key")
    contracts = load_contracts(settings)
    return Far(contracts.sources["far"], contracts, settings)


def write(path: Path, text: str) -> None:
    """Write a file, and its folders where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
