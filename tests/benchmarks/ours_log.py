"""The build of a lake with an event log, with all its models and data tests, and what each of them took."""

import sys
from dataclasses import replace
from pathlib import Path

from flows.settings import load_settings
from flows.warehouse.build import build
from tests.benchmarks.logs import contracts
from tests.benchmarks.watched import watched


def main(workspace: str) -> None:
    """Build the warehouse of a workspace."""
    settings = load_settings(workspace=workspace, as_of="2026-09-30", known_on="2026-10-31", memory_limit="4GB")
    with watched(Path(workspace)):
        build(replace(settings, contracts=(Path(workspace),)), contracts(Path(workspace)))


main(*sys.argv[1:])
