"""A scenario can be listed, checked and worked out from the last build, without a run and without writing anything."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from flows.contracts.check import scenario_document_faults
from flows.contracts.folders import Folders, read_folders
from flows.contracts.marked import Document
from flows.errors import Finding, Place, QdeepError
from flows.redesign.check import plain, redesign_faults
from flows.redesign.tables import scenario_results
from flows.settings import Settings
from flows.warehouse.build import last_build

TABLES = {
    "processes": "int_bpr__redesign_processes",
    "steps": "int_bpr__redesign_steps",
    "people": "int_bpr__redesign_people",
    "tariffs": "int_bpr__role_tariffs",
    "answers": "int_bpr__step_answers",
}
SHOWN = (
    "part",
    "measure_id",
    "role",
    "measured",
    "as_is",
    "to_be",
    "difference",
    "difference_low",
    "difference_high",
    "is_passed",
)
DIGITS = 4


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Return name, process, title, number of edits and first day of each scenario."""
    return [
        {
            "scenario": name,
            "process": document.value.get("process"),
            "title": (document.value.get("name") or {}).get("en"),
            "edits": len(document.value.get("edits") or ()),
            "in_force_from": document.value.get("in_force_from"),
        }
        for name, document in sorted(read_folders(settings).scenarios.items())
    ]


def checked(settings: Settings, name: str = "") -> tuple[Finding, ...]:
    """Return the faults of a scenario, or of all: form first, then meaning.

    Raises:
        QdeepError: E-620 where there is no scenario of the name.
    """
    folders = read_folders(settings)
    if name:
        folders = Folders(scenarios={name: _document(folders, name)}, seeds=folders.seeds)
    form = tuple(fault for document in folders.scenarios.values() for fault in scenario_document_faults(document))
    return (*folders.findings, *form) or tuple(redesign_faults(folders))


def worked(settings: Settings, name: str) -> list[dict[str, Any]]:
    """Return the rows of one scenario, as the mart `bpr_scenarios` would hold them.

    Raises:
        QdeepError: E-620 where there is no such scenario, E-409 where its file is wrong, E-621 without a build.
    """
    document = _document(read_folders(settings), name)
    for fault in checked(settings, name):
        raise QdeepError(fault.code, fault.text, fault.where, fault.expected)
    scenarios = pl.DataFrame({"document": [json.dumps(plain(document.value), sort_keys=True)]})
    rows = scenario_results({**_frames(settings), "scenarios": scenarios}).iter_rows(named=True)
    return [{key: _rounded(value) for key, value in row.items()} for row in rows]


def misses(name: str, rows: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return the warning W-622 where the process as it is was not reproduced."""
    failed = [row["measure_id"] for row in rows if row["part"] == "check" and not row["is_passed"]]
    if not failed:
        return ()
    text = f"Today's process is not reproduced ({', '.join(failed)}); no benefits are shown."
    return (Finding("W-622", text, Place(file=f"scenarios/{name}.yml")),)


def _document(folders: Folders, name: str) -> Document:
    if name not in folders.scenarios:
        known = ", ".join(sorted(folders.scenarios)) or "none"
        raise QdeepError("E-620", f"There is no scenario `{name}`.", expected=f"one of: {known}")
    return folders.scenarios[name]


def _frames(settings: Settings) -> dict[str, pl.DataFrame]:
    standing = last_build(settings)
    if standing is None:
        raise QdeepError("E-621", "No build stands in the workspace.", expected="qdeep run")
    try:
        with duckdb.connect(str(standing.path), read_only=True) as connection:
            return {name: connection.sql(f"from intermediate.{table}").pl() for name, table in TABLES.items()}
    except duckdb.CatalogException as error:
        raise QdeepError("E-621", "The build is older than this version.", expected="qdeep run") from error


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    return value if value is None or isinstance(value, str | int | bool) else str(value)
