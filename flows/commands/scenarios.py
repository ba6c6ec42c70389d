"""Changed processes: list, check, simulate."""

from cyclopts import App

from flows import console
from flows.commands.common import LOOKING, USUAL, Common, flat, say_found, say_rows
from flows.runs import FINDINGS, FINE, shape
from flows.settings import load_settings

app = App(name="scenario", help="Changed processes: list them, check them, simulate one.", group=LOOKING)


@app.command(name="list")
def scenario_list(*, common: Common = USUAL) -> int:
    """List the scenarios of the contract folders."""
    from flows.redesign.run import listed

    names = ("scenario", "process", "title", "edits", "in_force_from")
    return say_rows("scenario list", names, listed(load_settings(common.config)), common)


@app.command(name="check")
def scenario_check(name: str = "", /, *, common: Common = USUAL) -> int:
    """Check scenario files: their words, and whether each edit can be made on the steps that it finds.

    Parameters
    ----------
    name:
        Scenario; all where not given.
    """
    from flows.redesign.run import checked

    found = checked(load_settings(common.config), name)
    return say_found("scenario check", found, "scenarios are right" if not found else "scenarios have faults", common)


@app.command(name="run")
def scenario_run(name: str, /, *, common: Common = USUAL) -> int:
    """Simulate a scenario from the step table of the last build; writes nothing.

    Parameters
    ----------
    name:
        Scenario, as `qdeep scenario list` names it.
    """
    from flows.redesign.run import SHOWN, misses, worked

    rows = worked(load_settings(common.config), name)
    found = misses(name, rows)
    if common.is_json:
        console.say_json(shape("scenario run", FINDINGS if found else FINE, rows, found))
    else:
        console.say_table([one.replace("_", " ") for one in SHOWN], [[flat(row[one]) for one in SHOWN] for row in rows])
        console.say_findings(found)
    return FINDINGS if found else FINE
