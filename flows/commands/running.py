"""Commands that work: take in what arrived, check one file, serve the schedules."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from flows import console
from flows.commands.common import USUAL, Common, must_be_known, must_exist
from flows.engine import EngineName, named
from flows.errors import Place, QdeepError
from flows.runs import FINDINGS, FINE, INTERRUPTED, RunResult, needs_attention, shape
from flows.settings import Settings, load_settings

if TYPE_CHECKING:
    from flows.contracts.model import Contract, Contracts

UNITS = {"s": 1, "m": 60, "h": 3600}


def run(  # noqa: PLR0913 - one parameter for each option
    *,
    only: Annotated[tuple[str, ...], Parameter(help="Sources to take in; all where not given.", negative=())] = (),
    engine: Annotated[EngineName, Parameter(help="Work through Prefect, or call the steps directly.")] = "prefect",
    ui: Annotated[bool, Parameter(help="Show Prefect's pages while the run lasts.", negative=())] = False,
    wait: Annotated[str, Parameter(help="How long to wait for another run: 30s, 10m, 1h.")] = "0s",
    as_of: Annotated[date | None, Parameter(help="The world as it was on that day.")] = None,
    known_on: Annotated[date | None, Parameter(help="Deliveries known later are left out.")] = None,
    common: Common = USUAL,
) -> int:
    """Take in what has arrived, build the marts, publish a release."""
    from flows import steps

    settings = load_settings(common.config, as_of=as_of, known_on=known_on)
    worker = named(engine, ui=ui, announce=console.tell)
    with console.progress(is_json=common.is_json) as progress:
        result = steps.run(settings, only, engine=worker, progress=progress, wait=_seconds(wait))
    if common.is_json:
        console.say_json(result.as_dict())
    else:
        _say_result(result)
    return result.exit


def check(
    file: Path,
    /,
    *,
    source: Annotated[str, Parameter(help="Source that sent it; guessed from the file name where not given.")] = "",
    common: Common = USUAL,
) -> int:
    """Check one file against its contract and write nothing.

    Parameters
    ----------
    file:
        The file as it was received.
    """
    from flows.intake.deliver import check_file
    from flows.steps import load_contracts

    settings = load_settings(common.config)
    contracts = load_contracts(settings)
    contract = _contract_of(file, source, contracts, settings)
    outcome = check_file(file, contract, contracts, settings)
    code = FINDINGS if needs_attention(outcome.findings) or outcome.status == "refused" else FINE
    item = {"source": contract.source, "file": file.name, "status": outcome.status}
    rows = {"read": outcome.read, "landed": outcome.landed, "refused": outcome.refused}
    if common.is_json:
        console.say_json(shape("check", code, [item | rows], tuple(outcome.findings)))
        return code
    verdict = "would be refused whole" if outcome.status == "refused" else f"{outcome.landed:,} rows would land"
    console.say(f"{file.name}  contract {contract.source}, version {contract.version}")
    console.say_findings(outcome.findings)
    state = {FINE: "ok"}.get(code, "fail" if outcome.status == "refused" else "warn")
    console.say_state(state, f"{outcome.read:,} rows read, {outcome.refused:,} refused: {verdict}")
    return code


def serve(*, common: Common = USUAL) -> int:
    """Register the schedules of prefect.yaml with Prefect and work until Ctrl-C."""
    from flows.engine import told
    from flows.server import server

    settings = load_settings(common.config)
    with server(settings, ui=True) as where:
        from flows.pipeline import definitions, serve_deployments

        console.say(told(where))
        for entry in definitions():
            times = ", ".join(f"{one['cron']} {one['timezone']}" for one in entry["schedules"])
            console.say(f"  {entry['name']:<16} {times:<44} {entry['description']}")
        console.say("working  (Ctrl-C stops after the current run)")
        serve_deployments(_config_file(common.config))
    return INTERRUPTED


def _say_result(result: RunResult) -> None:
    if result.findings:
        console.say(f"findings ({len(result.findings)})")
        console.say_findings(result.findings)
    console.say(f"{result.note}; release {result.release or 'none'}")
    gravest = max((finding.code for finding in result.findings if finding.code.startswith("E")), default="")
    if gravest:
        has_rows = any(item.refused for item in result.items)
        console.say("next   " + ("qdeep refused list, " if has_rows else "") + f"qdeep explain {gravest}")


def _seconds(text: str) -> float:
    number, unit = (text[:-1], text[-1:]) if text[-1:] in UNITS else (text, "s")
    try:
        return float(number) * UNITS[unit]
    except ValueError as error:
        raise QdeepError("E-407", "The time to wait is not a duration.", expected="30s, 10m or 1h") from error


def _config_file(given: Path | None) -> Path | None:
    named_file = given or os.environ.get("QDEEP_CONFIG") or "qdeep.toml"
    return Path(named_file) if Path(named_file).is_file() else None


def _contract_of(file: Path, source: str, contracts: "Contracts", settings: Settings) -> "Contract":
    from flows.pull.folder import folder_of, is_expected

    must_exist(file)
    fitting = [source] if source else [s for s, c in contracts.sources.items() if is_expected(file.name, c)]
    must_be_known(source, contracts)
    if not fitting:
        raise QdeepError("E-207", "The file name fits no contract.", Place(file=file.name), "the source: --source NAME")
    beside = [s for s in fitting if file.resolve().parent.name == folder_of(contracts.sources[s], settings).name]
    fitting = beside if len(beside) == 1 else fitting
    if len(fitting) > 1:
        text = f"The file name fits several contracts: {', '.join(sorted(fitting))}."
        raise QdeepError("E-207", text, Place(file=file.name), "the source: --source NAME")
    return contracts.sources[fitting[0]]
