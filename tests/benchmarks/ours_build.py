"""The build of a scaled lake, with all its models and data tests, and what each of them took."""

import sys
from dataclasses import replace
from pathlib import Path

from flows.settings import load_settings
from flows.warehouse import build
from tests.benchmarks.scaled import contracts, report_months, write_project
from tests.benchmarks.watched import watched

MEMORY = "2500MB"  # what DuckDB may take of the 4 GB; the rest is left to dbt and to medians in Python


def main(workspace: str, as_of: str, months: str = "24") -> None:
    """Build the warehouse of a workspace as on a day, with so many months, from all files that came since."""
    settings = load_settings(workspace=workspace, as_of=as_of, known_on="2026-12-31", memory_limit=MEMORY)
    build.PROJECT = Path(workspace) / "dbt_project"
    if not build.PROJECT.exists():
        write_project(build.PROJECT)
    report_months(build.PROJECT, months)
    with watched(Path(workspace)):
        build.build(replace(settings, contracts=(Path(workspace),)), contracts(Path(workspace)))


main(*sys.argv[1:])
