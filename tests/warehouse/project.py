"""Copies of the dbt project: with the small structure and calendar of the tests, or cut down to some marts."""

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

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
    """Take away all models, seeds and data tests on which none of the marts rests: the rest builds in half the time.

    Args:
        project: A copy of the project; it is changed.
        marts: Names of the models to keep, with all that they read.
    """
    parts = ("models/**/*.sql", "models/**/*.py", "seeds/**/*.csv")
    files = {file.stem: file for part in parts for file in project.glob(part)}
    macros = {name: text for text in map(_text, project.glob("macros/*.sql")) for name in MACRO.findall(text)}
    kept: set[str] = set()
    wanted = set(marts)
    while wanted:
        kept |= wanted
        models = (files[one] for one in wanted if files[one].suffix != ".csv")
        wanted = {name for one in models for name in _read_by(one, macros)} & files.keys() - kept
    left = files.keys() - kept
    _leave_out(project, [files[name] for name in left if files[name].suffix == ".csv"])
    for name in left:
        if files[name].suffix != ".csv":
            files[name].unlink()
    for file in (*project.glob("models/**/*unit_tests.yml"), *project.glob("tests/*.sql")):
        if file.suffix == ".yml" or _read_by(file, macros) & left:
            file.unlink()
    return project


def _leave_out(project: Path, seeds: Iterable[Path]) -> None:
    """Tell dbt to leave these seeds alone; the files stay, contracts look up their code lists in them."""
    file = project / "dbt_project.yml"
    told = yaml.safe_load(_text(file))
    ours = told.setdefault("seeds", {}).setdefault(told["name"], {})
    for seed in seeds:
        place = ours
        for folder in (*seed.relative_to(project / "seeds").parts[:-1], seed.stem):
            place = place.setdefault(folder, {})
        place["+enabled"] = False
    file.write_text(yaml.safe_dump(told), encoding="utf-8")


def _read_by(file: Path, macros: Mapping[str, str]) -> set[str]:
    """Return all names that a model or test may read: those quoted in its text and in the macros that it names."""
    text = _text(file)
    called = (macro for name, macro in macros.items() if name in text)
    return {name for one in (text, *called) for name in QUOTED.findall(one)}


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
