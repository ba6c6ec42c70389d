"""The contracts of the sources: check them, draft one."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from flows import console
from flows.commands.common import UPKEEP, USUAL, Common, say_found
from flows.runs import FINDINGS, FINE, shape
from flows.settings import load_settings

app = App(name="contract", help="The contracts of the sources.", group=UPKEEP)


@app.command(name="check")
def contract_check(*, common: Common = USUAL) -> int:
    """Check all contract files; name file and line of what is wrong."""
    from flows.contracts.check import check_contracts
    from flows.steps import load_contracts

    settings = load_settings(common.config)
    faults = check_contracts(settings)
    if faults:
        return say_found("contract check", faults, f"{len(faults)} faults in the contracts", common)
    sources = load_contracts(settings).sources
    return say_found("contract check", (), f"{len(sources)} contracts are right", common)


@app.command(name="draft")
def contract_draft(  # noqa: PLR0913 - one parameter for each option
    file: Path,
    /,
    *,
    source: Annotated[str, Parameter(help="Name of the source: small letters, digits and _.")],
    organisation: Annotated[str, Parameter(help="Code of the organisation that sends it.")] = "",
    case: Annotated[str, Parameter(help="Type of object that is a case, for an OCEL log of several.")] = "",
    kind: Annotated[
        str, Parameter(help="What the table is (survey, personnel, ...), where the draft guesses wrong.")
    ] = "",
    sheet: Annotated[
        str, Parameter(help="Sheet of a workbook, or file of an archive, that holds the rows; by default the first.")
    ] = "",
    into: Annotated[Path, Parameter(help="Folder of contracts to write to.")] = Path("draft"),
    common: Common = USUAL,
) -> int:
    """Propose a contract from a file; no cell stands in it but words of code lists that many rows hold.

    Parameters
    ----------
    file:
        A file as the sender would send it.
    """
    from flows.draft.write import draft

    settings = load_settings(common.config)
    made = draft(file, source, organisation, into, settings, case=case, kind=kind, sheet=sheet)
    found = made.proposal
    if common.is_json:
        item = {"source": source, "kind": found.kind.name, "columns": sorted(found.headers), "to_do": found.todo}
        item["files"] = [str(path) for path in made.files]
        console.say_json(shape("contract draft", FINDINGS if made.faults else FINE, [item], made.faults))
        return FINDINGS if made.faults else FINE
    console.say(f"{file.name}  looks like {found.kind.name}: {len(found.headers)} of its columns are there")
    for text in (*(f"to do  {one}" for one in found.todo), *(f"note   {one}" for one in found.notes)):
        console.say(text)
    console.say("wrote  " + ", ".join(map(str, made.files)))
    return say_found("contract draft", made.faults, "read each line before you trust it", common)
