"""What each node of a build takes of the processors."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOOK = "took.json"  # name of a model, seed or test -> its CPU seconds


@contextmanager
def watched(workspace: Path) -> Iterator[None]:
    """Write down the CPU seconds of each node: they run one after the other, each on all cores."""
    from dbt.task.base import BaseRunner

    took: dict[str, float] = {}
    run = BaseRunner.run_with_hooks

    def run_watched(self: Any, manifest: Any) -> Any:
        before = _cpu()
        try:
            return run(self, manifest)
        finally:
            took[self.node.name] = _cpu() - before

    BaseRunner.run_with_hooks = run_watched
    yield
    (workspace / TOOK).write_text(json.dumps(took), encoding="utf-8")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
