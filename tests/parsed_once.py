"""dbt reads the project once: all builds of the tests share what it read, whichever process and copy they build in."""

import hashlib
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

READ_BY_DBT = (".sql", ".yml", ".md", ".py")


@contextmanager
def parsed_once(folder: Path) -> Generator[None]:
    """Give dbt what it read of equal files before, so that reading takes half a second and not seven.

    Args:
        folder: Keeps what was read, a file for each set of files; processes may share it.
    """
    from dbt.cli import main
    from dbt.contracts.graph.manifest import Manifest

    class Runner(main.dbtRunner):
        def invoke(self, args: list[str], **options: Any) -> Any:
            project, target = (Path(args[args.index(name) + 1]) for name in ("--project-dir", "--target-path"))
            known = folder / _digest(project)
            if known.exists():
                self.manifest = Manifest.from_msgpack(known.read_bytes())
                self._stand_in(project)
            outcome = super().invoke(args, **options)
            if outcome.success and not known.exists():
                fresh = known.with_suffix(f".{os.getpid()}")
                shutil.copy(target / "partial_parse.msgpack", fresh)
                fresh.replace(known)
            return outcome

        def _stand_in(self, project: Path) -> None:
            for node in self.manifest.nodes.values():
                if node.resource_type == "seed":  # rows of seeds are read when they are built
                    node.root_path = str(project)
            self.manifest.build_flat_graph()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "dbtRunner", Runner)
        yield


@contextmanager
def built_only(*models: str) -> Generator[None]:
    """Build these models alone, with all that they read and the data tests that concern nothing else."""
    from dbt.cli import main

    chosen = ["--select", *(f"+{model}" for model in models), "--indirect-selection", "cautious"]

    class Runner(main.dbtRunner):
        def invoke(self, args: list[str], **options: Any) -> Any:
            return super().invoke([*args, *chosen], **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "dbtRunner", Runner)
        yield


def _digest(project: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(project.rglob("*")):
        name = file.relative_to(project)
        if not {"target", "logs"} & set(name.parts) and file.suffix in (*READ_BY_DBT, ".csv"):
            digest.update(str(name).encode() + b"\0")
            digest.update(b"" if file.suffix == ".csv" else file.read_bytes())
    return digest.hexdigest()
