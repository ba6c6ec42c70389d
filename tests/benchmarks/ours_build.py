"""The build of a scaled lake, with all its models and data tests."""

import sys
from dataclasses import replace
from pathlib import Path

from flows.settings import load_settings
from flows.warehouse import build
from tests.benchmarks.scaled import contracts, write_project


def main(workspace: str) -> None:
    """Build the warehouse of a workspace."""
    settings = load_settings(workspace=workspace, as_of="2026-09-30", known_on="2026-10-31", memory_limit="4GB")
    build.PROJECT = write_project(Path(workspace) / "dbt_project")
    build.build(replace(settings, contracts=(Path(workspace),)), contracts(Path(workspace)))


main(*sys.argv[1:])
