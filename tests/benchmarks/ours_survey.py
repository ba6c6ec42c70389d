"""The survey part of the build, with its data tests, in a warehouse that holds the rest."""

import sys
from pathlib import Path

from tests.benchmarks.surveys import run_dbt

FOLDERS = ("models/staging/survey", "models/intermediate/survey", "models/marts/survey")


def main(workspace: str) -> None:
    """Build the survey models."""
    folder = Path(workspace)
    run_dbt(folder / "dbt_project", folder / "warehouse.duckdb", " ".join(f"path:{name}" for name in FOLDERS))


main(*sys.argv[1:])
