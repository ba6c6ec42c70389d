"""The build of a lake with an event log, with all its models and data tests, and what each of them took."""

import json
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from flows.settings import load_settings
from flows.warehouse.build import build
from tests.benchmarks.logs import contracts

TOOK = "took.json"  # name of a model, seed or test -> its CPU seconds


def main(workspace: str) -> None:
    """Build the warehouse of a workspace."""
    took = _watched()
    settings = load_settings(workspace=workspace, as_of="2026-09-30", known_on="2026-10-31", memory_limit="4GB")
    build(replace(settings, contracts=(Path(workspace),)), contracts(Path(workspace)))
    (Path(workspace) / TOOK).write_text(json.dumps(took), encoding="utf-8")


def _watched() -> dict[str, float]:
    """Return what will hold the CPU seconds of each node: they run one after the other, each on all cores."""
    from dbt.task.base import BaseRunner

    took: dict[str, float] = {}
    run = BaseRunner.run_with_hooks

    def watched(self: Any, manifest: Any) -> Any:
        before = _cpu()
        try:
            return run(self, manifest)
        finally:
            took[self.node.name] = _cpu() - before

    BaseRunner.run_with_hooks = watched
    return took


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


main(*sys.argv[1:])
