"""A copy of the dbt project with the small structure, processes and calendar of the tests in place of the real ones."""

import shutil
from pathlib import Path

from flows.settings import ROOT

SMALL_SEEDS = Path(__file__).parent / "seeds"


def small_project(target: Path) -> Path:
    """Copy the project; seeds of org, processes and calendars that the tests have stand in place of the real ones."""
    shutil.copytree(ROOT / "dbt_project", target, ignore=shutil.ignore_patterns("target", "logs"))
    for folder in ("org", "processes", "calendars"):
        shutil.copytree(SMALL_SEEDS / folder, target / "seeds" / folder, dirs_exist_ok=True)
    return target
