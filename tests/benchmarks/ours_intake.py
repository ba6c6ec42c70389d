"""Intake of one extract, from the received file to the committed delivery, in a workspace of its own."""

import sys
from pathlib import Path

from flows.contracts.load import load_contracts
from flows.intake.deliver import take_in
from flows.intake.pseudonym import load_key, new_key
from flows.pull import receive
from flows.settings import load_settings
from tests.benchmarks.inputs import SOURCE


def main(inbox: str, project: str, workspace: str) -> None:
    """Take in every file of the inbox; a refused delivery raises."""
    key_file = Path(workspace).parent / "bench.key"
    if not key_file.exists():
        new_key(key_file)
    settings = load_settings(
        workspace=workspace, inbox=inbox, contracts=[Path(project) / "contracts"], key_file=key_file
    )
    contracts = load_contracts(settings, Path(project))
    contract = contracts.sources[SOURCE]
    for received in receive(contract, settings):
        outcome = take_in(received, contract, contracts, settings, load_key(key_file))
        if outcome.status != "landed":
            raise SystemExit(f"{outcome.status}: {[finding.code for finding in outcome.findings]}")


main(*sys.argv[1:])
