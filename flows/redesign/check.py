"""The scenario files of a workspace have been found, and whatever is wrong with one is told with its line."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flows.contracts.marked import WrongFileError, read_document, read_sheet
from flows.errors import Finding
from flows.redesign.scenario import scenario_faults
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.contracts.folders import Folders

NEEDED = ("process_steps", "role_tariffs")


def redesign_faults(folders: "Folders") -> Iterator[Finding]:
    """Return faults of all scenario files that follow their schema (E-409 with the line)."""
    if not folders.scenarios or any(name not in folders.seeds for name in NEEDED):
        return
    try:
        steps, tariffs = (read_sheet(folders.seeds[name]) for name in NEEDED)
    except WrongFileError as error:
        yield error.finding
        return
    listed: dict[str, list[tuple[int, str]]] = {}
    for _, row in steps.rows:
        listed.setdefault(row["process_id"], []).append((int(row["position"]), row["step_id"]))
    ordered = {process: [step for _, step in sorted(places)] for process, places in listed.items()}
    roles = sorted({row["role"] for _, row in (*steps.rows, *tariffs.rows)})
    for document in folders.scenarios.values():
        yield from scenario_faults(document, ordered, roles)


def scenario_values(settings: Settings) -> list[dict[str, Any]]:
    """Return the scenario files of all contract folders as values, in the order of their names."""
    files = {file.stem: file for folder in reversed(settings.contracts) for file in folder.glob("scenarios/*.yml")}
    return [plain(read_document(file).value) for _, file in sorted(files.items()) if not file.name.startswith(".")]


def plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return the values with days as text, whether or not they were quoted."""
    day = value.get("in_force_from")
    return value | ({"in_force_from": str(day)} if day is not None else {})
