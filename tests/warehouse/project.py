"""Copies of the dbt project: with the small structure and calendar of the tests, or cut down to some marts."""

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from flows.settings import ROOT

SMALL_SEEDS = Path(__file__).parent / "seeds"
MACRO = re.compile(r"macro (\w+)\(")
QUOTED = re.compile(r"""["'](\w+)["']""")


def small_project(target: Path) -> Path:
    """Copy the project; seeds of org, processes and calendars that the tests have stand in place of the real ones."""
    shutil.copytree(ROOT / "dbt_project", target, ignore=shutil.ignore_patterns("target", "logs"))
    for folder in ("org", "processes", "calendars"):
        shutil.copytree(SMALL_SEEDS / folder, target / "seeds" / folder, dirs_exist_ok=True)
    return target


def cut_to(project: Path, marts: Iterable[str]) -> Path:
    """Take away all models and data tests on which none of the marts rests: the rest builds in half the time.

    Args:
        project: A copy of the project; it is changed.
        marts: Names of the models to keep, with all that they read.
    """
    files = {file.stem: file for pattern in ("*.sql", "*.py") for file in project.glob(f"models/**/{pattern}")}
    macros = {name: text for text in map(_text, project.glob("macros/*.sql")) for name in MACRO.findall(text)}
    kept: set[str] = set()
    wanted = set(marts)
    while wanted:
        kept |= wanted
        wanted = {name for one in wanted for name in _read_by(files[one], macros)} & files.keys() - kept
    for name in files.keys() - kept:
        files[name].unlink()
    for file in (*project.glob("models/**/*unit_tests.yml"), *project.glob("tests/*.sql")):
        if file.suffix == ".yml" or _read_by(file, macros) & files.keys() - kept:
            file.unlink()
    return project


def _read_by(file: Path, macros: Mapping[str, str]) -> set[str]:
    """Return all names that a model or test may read: those quoted in its text and in the macros that it names."""
    text = _text(file)
    called = (macro for name, macro in macros.items() if name in text)
    return {name for one in (text, *called) for name in QUOTED.findall(one)}


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
