"""Takes one file in, in a process that ends itself with SIGKILL at a named step.

Run as `python -m tests.faults.taking_in FOLDER STEP`; an unknown step lets it finish.
"""

import os
import signal
import sys
from pathlib import Path

from flows.contracts.load import load_contracts
from flows.intake import land
from flows.intake.deliver import Outcome, take_in
from flows.intake.pseudonym import load_key
from flows.pull import receive
from tests.contracts.small_project import settings_for

STEPS = (
    "copied", "read", "judged", "written", "synced", "cleared", "vault_placed", "lake_placed",
)  # fmt: skip


def main(folder: str, step: str) -> None:
    """Take the file in, or die on the way."""
    land.checkpoint = lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == step else None
    take(Path(folder))


def take(root: Path) -> Outcome:
    """Take the one file of the inbox in."""
    settings = settings_for(root)
    contracts = load_contracts(settings, root)
    contract = contracts.sources["log"]
    (received,) = receive(contract, settings)
    return take_in(received, contract, contracts, settings, load_key(settings.key_file))


if __name__ == "__main__":
    main(*sys.argv[1:])
